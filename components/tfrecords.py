"""Reads the examples of a split from their files, in TensorFlow."""

import os
from collections.abc import Sequence

import tensorflow as tf

NO_AUTOTUNING = tf.data.Options()
"""Options of every input pipeline here.

With autotuning, the end of a pass often waits until tf.data's tuner wakes up, which
sleeps twice as long each time: a pass may take up to twice its time.
"""
NO_AUTOTUNING.autotune.enabled = False


PARALLEL_CALLS = os.cpu_count() or 1
"""How many batches are worked on at once."""


def read_records(files: Sequence[str]) -> tf.data.Dataset:
    """Reads serialized tf.Examples, in the order of the files' names.

    Args:
        files: Gzipped TFRecord files.

    Returns:
        A dataset of strings of shape ().
    """
    return tf.data.TFRecordDataset(sorted(files), compression_type="GZIP").with_options(
        NO_AUTOTUNING
    )
