"""Two example predictions, as numbers and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from components import features


@dataclass(frozen=True)
class Prediction:
    """What the model says of an image, and what is true.

    Attributes:
        pixels: uint8 array of shape (height, width, channels).
        class_name: The class with the highest probability.
        probability: That probability.
        true_class_name: What the example's label says.
    """

    pixels: np.ndarray
    class_name: str
    probability: float
    true_class_name: str


def predict_examples(
    model_dir: str, examples_uri: str, count: int = 2
) -> list[Prediction]:
    """Classifies the first test examples through the model's serving signature.

    Args:
        model_dir: Folder of the SavedModel.
        examples_uri: Folder of an Examples artifact with the split `test`.
        count: How many examples.

    Returns:
        A prediction for each.
    """
    serve = tf.saved_model.load(model_dir).signatures["serving_default"]
    files = tf.io.gfile.glob(f"{examples_uri}/Split-test/*")
    records = tf.data.TFRecordDataset(sorted(files), compression_type="GZIP")
    serialized = list(records.take(count).as_numpy_iterator())
    answers = serve(examples=tf.constant(serialized))
    return [
        Prediction(
            pixels=tf.io.decode_image(_bytes_feature(record, features.IMAGE)).numpy(),
            class_name=name.decode(),
            probability=float(probabilities.max()),
            true_class_name=_bytes_feature(record, features.CLASS_NAME).decode(),
        )
        for record, name, probabilities in zip(
            serialized,
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
        right = prediction.class_name == prediction.true_class_name
        axes.imshow(prediction.pixels.squeeze(), cmap="gray_r")
        axes.set_title(
            f"{prediction.class_name}, {prediction.probability:.1%}",
            color="tab:green" if right else "tab:red",
        )
        axes.set_xlabel(f"true class: {prediction.true_class_name}")
        axes.set_xticks([])
        axes.set_yticks([])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _bytes_feature(record: bytes, key: str) -> bytes:
    return tf.train.Example.FromString(record).features.feature[key].bytes_list.value[0]
