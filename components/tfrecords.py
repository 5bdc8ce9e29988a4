"""Reads the examples of a split from TFRecord files, with tf.data."""

import os
from collections.abc import Sequence

import tensorflow as tf

NO_AUTOTUNING = tf.data.Options()
"""Options of all input pipelines of the project.

With autotuning, a pass can take up to twice as long: its end often waits for tf.data's
tuner, a thread that sleeps twice as long each time.
"""
NO_AUTOTUNING.autotune.enabled = False


PARALLEL_CALLS = os.cpu_count() or 1
"""Number of batches that are processed at the same time."""


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
