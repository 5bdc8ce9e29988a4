"""An output folder with a served model, and images to score with it."""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf

from components.machine import Machine
from components.served_model.background import Background
from components.served_model.model_lineage import ModelLineage
from pipeline.metadata.connection import open_store
from pipeline.serving.labelled_images import encode_pixels
from tests.support.fashion import DESCRIPTION
from tests.support.metadata_store import write_model

VERSION, RUN = 7, "run-of-tests"


def make_output(output: Path, model_dir: str) -> Path:
    """Makes an output folder with a pushed version, and the images that trained it.

    Args:
        output: The folder.
        model_dir: Folder of a model of Fashion-MNIST's images.

    Returns:
        The folder.
    """
    examples, trained = output / "examples", output / "trained"
    served = output / "serving" / "fashion_mnist" / str(VERSION)
    write_records(
        examples / "Split-train" / "data_tfrecord-00000.gz", draw(400, 1), "GZIP"
    )
    shutil.copytree(model_dir, served)
    ModelLineage(
        pipeline="fashion_mnist",
        run_id=RUN,
        model_uri=str(trained),
        examples_uri=str(examples),
        dataset="fashion_mnist:3.0.1",
        code_digest="",
        data=DESCRIPTION,
        machine=Machine.describe(()),
        background=Background(images=300, dark=1.0, bright=0.0),
    ).write(str(served))
    shutil.copytree(served, trained / "Format-Serving")
    store = open_store(str(output / "metadata.sqlite"))
    write_model(store, "fashion_mnist", RUN, str(trained))
    return output


def draw(count: int, seed: int) -> np.ndarray:
    """Draws bright squares on dark noise, at ten places.

    Args:
        count: Number of images.
        seed: Seed of the noise.

    Returns:
        uint8 array of shape (count, 28, 28).
    """
    chance = np.random.default_rng(seed)
    images = chance.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for number, pixels in enumerate(images):
        row, column = divmod(number % 10, 4)
        pixels[row * 9 : row * 9 + 7, column * 7 : column * 7 + 6] += 180
    return images


def write_records(path: Path, images, compression: str = "") -> None:
    """Writes images as tf.Examples into a TFRecord file.

    Args:
        path: The file.
        images: uint8 arrays of shape (height, width).
        compression: `GZIP`, or nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for pixels in images:
            example = tf.train.Example()
            image = example.features.feature["image"].bytes_list.value
            image.append(encode_pixels(pixels, "").encoded)
            writer.write(example.SerializeToString())
