"""Makes, reads and draws predictions of a model."""

import datetime
import itertools
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from components.evaluator.evaluation_results import EvaluationResults
from components.evaluator.example_predictions import ExamplePredictions
from components.served_model.signatures import PREDICT_IMAGES, PREDICT_PNG, make_inputs
from pipeline.serving.client import Answer, Client
from pipeline.serving.labelled_images import LabelledImage

_COLUMNS = 5
# Pixels. Matplotlib needs 16 bytes for each pixel of a photo.
_DRAWN_SIDE = 400
# Characters that fit over an image.
_TITLE_LENGTH = 30


@dataclass(frozen=True)
class Prediction:
    """An image with the model's answer.

    Attributes:
        image: The image.
        answer: The model's answer.
    """

    image: LabelledImage
    answer: Answer

    @property
    def class_name(self) -> str:
        """Name of the class with the highest probability."""
        return self.answer.class_name

    @property
    def probability(self) -> float:
        """The highest probability."""
        return max(self.answer.probabilities)


def classify(
    client: Client, images: Sequence[LabelledImage], signature: str = PREDICT_PNG
) -> list[Prediction]:
    """Asks a model for the classes of images.

    Args:
        client: The model's client.
        images: What to classify.
        signature: One of `components.served_model.signatures.INPUT_NAMES`.

    Returns:
        A prediction for each image, with the names of all classes if the model gives
        them.

    Raises:
        InputError: If there is no such model, or it refuses the request.
    """
    if signature == PREDICT_IMAGES:
        answers = _classify_pixels(client, images)
    else:
        inputs = make_inputs(signature, [image.encoded for image in images])
        answers = client.predict(signature, inputs)
    names = client.class_names(len(answers[0].probabilities)) if answers else ()
    return [
        Prediction(image, replace(answer, class_names=names))
        for image, answer in zip(images, answers, strict=True)
    ]


def read_chosen_predictions(evaluation_uri: str) -> list[Prediction]:
    """Reads the Evaluator's predictions on the images that were chosen for it.

    Args:
        evaluation_uri: Folder of the evaluation artifact.

    Returns:
        The predictions, in the order of the settings' `EXAMPLE_INDICES`.
    """
    names = EvaluationResults.read(evaluation_uri).class_names
    return [
        Prediction(
            LabelledImage(f"test image {each.index}", each.image, each.true_class_name),
            Answer(
                each.probabilities.index(each.probability),
                each.class_name,
                each.probabilities,
                names,
            ),
        )
        for each in ExamplePredictions.read(evaluation_uri).chosen
    ]


def draw_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """Draws the images with their predictions into a PNG file.

    Args:
        predictions: What to draw, five in a row.
        path: File to write.
    """
    columns = min(_COLUMNS, len(predictions))
    rows = math.ceil(len(predictions) / columns)
    figure = Figure(figsize=(3 * columns, 3.6 * rows), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).flat
    # The predictions come first: `zip` then takes no place that it doesn't use.
    for prediction, axes in zip(predictions, places, strict=False):
        # Without the bounds, the darkest pixel would be drawn black in every image.
        pixels = prediction.image.thumbnail(_DRAWN_SIDE)
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=255)
        # Dollar signs would start a formula.
        axes.set_title(
            _wrap(f"{prediction.class_name}, {prediction.probability:.1%}"),
            color=_color(prediction),
            parse_math=False,
        )
        axes.set_xlabel(
            _wrap(
                f"true class: {prediction.image.true_class_name}"
                if prediction.image.true_class_name
                else prediction.image.title
            ),
            parse_math=False,
        )
        axes.set_xticks([])
        axes.set_yticks([])
    for axes in places:
        axes.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def draw_into_new_file(predictions: Sequence[Prediction], folder: Path) -> Path:
    """Draws predictions into a file that no other call uses.

    Args:
        predictions: What to draw.
        folder: Folder of the pictures, which is created if need be.

    Returns:
        The file, whose name has the time and begins with `predictions`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now().isoformat(timespec="seconds").replace(":", "-")
    for number in itertools.count(1):
        suffix = f"-{number}" if number > 1 else ""
        path = folder / f"predictions-{now}{suffix}.png"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        break
    draw_predictions(predictions, path)
    return path


def _classify_pixels(client: Client, images: Sequence[LabelledImage]) -> list[Answer]:
    """Asks for images of each size in a request of their own."""
    *_, channels = client.input_shape()
    pixels = [image.pixels_of(channels) for image in images]
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for index, each in enumerate(pixels):
        by_shape.setdefault(each.shape, []).append(index)
    answers: dict[int, Answer] = {}
    for indices in by_shape.values():
        batch = np.stack([pixels[index] for index in indices])
        answers |= dict(
            zip(indices, client.predict(PREDICT_IMAGES, batch), strict=True)
        )
    return [answers[index] for index in range(len(images))]


def _wrap(title: str) -> str:
    """Breaks a long title into lines as wide as an image, and cuts it after three."""
    return textwrap.fill(
        title, _TITLE_LENGTH, max_lines=3, placeholder="…", break_on_hyphens=False
    )


def _color(prediction: Prediction) -> str:
    if prediction.image.true_class_name is None:
        return "black"
    right = prediction.class_name == prediction.image.true_class_name
    return "tab:green" if right else "tab:red"
