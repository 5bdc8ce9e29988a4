"""Finds the accuracy that a model must reach where the settings name none."""

import numpy as np
import tensorflow as tf

from components import features
from components.tfrecords import read_batches


def floor_above_guessing(split_uri: str, class_count: int) -> float:
    """Finds the lowest accuracy that beats always guessing the commonest class.

    Args:
        split_uri: Folder of the split's gzipped TFRecord files.
        class_count: Number of classes.

    Returns:
        The accuracy of a model that classifies one image more correctly than such a
        guess does; at most 1.
    """
    spec = {features.LABEL: tf.io.FixedLenFeature([], tf.int64)}
    counts = np.zeros(class_count, np.int64)
    for batch in read_batches(tf.io.gfile.glob(f"{split_uri}/*")):
        labels = tf.io.parse_example(batch, spec)[features.LABEL].numpy()
        counts += np.bincount(labels, minlength=class_count)
    return min(1.0, (int(counts.max()) + 1) / int(counts.sum()))
