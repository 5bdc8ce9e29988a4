"""Reads Fashion-MNIST into memory, as most notebooks do."""

from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from components.example_gen.dataset import prepare_dataset
from pipeline.settings import Settings


def read_fashion_arrays(data_dir: str) -> dict[str, Any]:
    """Reads the images and labels, and prepares the set first if that isn't done yet.

    Args:
        data_dir: Folder of the prepared sets.

    Returns:
        `train_images` and `test_images`, uint8 of shape (N, 28, 28, 1);
        `train_labels` and `test_labels`, int64 of shape (N,); and `class_names`.
    """
    builder = prepare_dataset(Settings().dataset, data_dir)
    arrays: dict[str, Any] = {
        "class_names": np.array(builder.info.features["label"].names)
    }
    for split in ("train", "test"):
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = tfds.as_numpy(
            builder.as_dataset(split=split, batch_size=-1, as_supervised=True)
        )
    return arrays
