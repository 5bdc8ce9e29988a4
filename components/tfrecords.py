"""Reads the examples of a split from TFRecord files, with tf.data."""

from collections.abc import Sequence

import tensorflow as tf

from components.machine import count_cores

NO_AUTOTUNING = tf.data.Options()
"""Options of all input pipelines of the project.

With autotuning, a pass can take up to twice as long: its end often waits for tf.data's
tuner, a thread that sleeps twice as long each time.
"""
NO_AUTOTUNING.autotune.enabled = False


PARALLEL_CALLS = count_cores()
"""Number of batches that are processed at the same time."""

BATCH_BYTES = 2**25
"""The most bytes of images in a batch, encoded or decoded."""

BATCH_IMAGES = 512
"""The most images in a batch."""

# Records by whose mean size the others are judged. The order of examples is mixed.
_SAMPLED = 32


def batch_images(image_bytes: float) -> int:
    """Decides how many images a batch has, which limits its memory.

    Args:
        image_bytes: Bytes of an image.

    Returns:
        At least 1 and at most 512.
    """
    return max(1, min(BATCH_IMAGES, int(BATCH_BYTES / max(1, image_bytes))))


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


def read_batches(files: Sequence[str], decoded_bytes: int = 0) -> tf.data.Dataset:
    """Reads serialized tf.Examples in batches, which are smaller if images are large.

    Args:
        files: Gzipped TFRecord files.
        decoded_bytes: Bytes of a decoded image, if images are to be decoded.

    Returns:
        A dataset of strings of shape (N,).
    """
    records = read_records(files)
    sizes = [len(record) for record in records.take(_SAMPLED).as_numpy_iterator()]
    encoded_bytes = sum(sizes) / max(1, len(sizes))
    return records.batch(batch_images(max(encoded_bytes, decoded_bytes)))
