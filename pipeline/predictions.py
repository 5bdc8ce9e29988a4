"""Predictions of an exported model, as numbers and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from pipeline.images import LabelledImage


@dataclass(frozen=True)
class Prediction:
    """What the model says of an image.

    Attributes:
        image: The image.
        class_name: The class with the highest probability.
        probability: That probability.
    """

    image: LabelledImage
    class_name: str
    probability: float


def classify(model_dir: str, images: Sequence[LabelledImage]) -> list[Prediction]:
    """Classifies images through the model's signature for encoded images.

    Args:
        model_dir: Folder of the SavedModel.
        images: What to classify.

    Returns:
        A prediction for each.
    """
    model = tf.saved_model.load(model_dir)
    answers = model.signatures["predict_png"](
        png=tf.constant([image.png for image in images])
    )
    return [
        Prediction(image, name.decode(), float(probabilities.max()))
        for image, name, probabilities in zip(
            images,
            answers["class_name"].numpy(),
            answers["probabilities"].numpy(),
            strict=True,
        )
    ]


def draw_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """Draws the images with their predictions into a PNG.

    Args:
        predictions: What to draw, side by side.
        path: File to write.
    """
    figure = Figure(figsize=(3 * len(predictions), 3.6), layout="constrained")
    for axes, prediction in zip(
        np.atleast_1d(figure.subplots(1, len(predictions))), predictions, strict=True
    ):
        axes.imshow(prediction.image.pixels.squeeze(), cmap="gray_r")
        axes.set_title(
            f"{prediction.class_name}, {prediction.probability:.1%}",
            color=_color(prediction),
        )
        axes.set_xlabel(
            f"true class: {prediction.image.true_class_name}"
            if prediction.image.true_class_name
            else prediction.image.title
        )
        axes.set_xticks([])
        axes.set_yticks([])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _color(prediction: Prediction) -> str:
    if prediction.image.true_class_name is None:
        return "black"
    right = prediction.class_name == prediction.image.true_class_name
    return "tab:green" if right else "tab:red"
