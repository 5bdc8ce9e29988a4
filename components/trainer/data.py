"""Makes batches for `fit` from TFRecord files."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from components.errors import InputError
from components.tfrecords import PARALLEL_CALLS, read_batches

Pair = tuple[tf.Tensor, tf.Tensor]

_PREFETCH = 4
# Size of the shuffle buffer. It is enough for all of Fashion-MNIST (3,144 bytes per
# example). It is limited, so that memory doesn't grow with the data set.
_SHUFFLE_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Batches:
    """A split as batches.

    Attributes:
        dataset: Yields (images, labels).
        steps: Number of batches in one pass.
    """

    dataset: tf.data.Dataset
    steps: int


def make_batches(
    files: Sequence[str],
    to_pairs: Callable[[tf.Tensor], Pair],
    image_shape: tuple[int, int, int],
    batch_size: int,
    cache_file: Path,
    shuffle_seed: int | None = None,
) -> Batches:
    """Makes batches of a split, and decodes each image only once.

    The decoded split is kept in a file, not in memory. Later epochs read that file.

    Args:
        files: Gzipped TFRecord files of serialized tf.Examples.
        to_pairs: Maps serialized examples, string of shape (N,), to images,
            float32 of shape (N, height, width, channels), and labels, int64 of
            shape (N,).
        image_shape: Height, width and channels of those images.
        batch_size: Examples in a batch; the last one of a pass may be smaller.
        cache_file: Prefix of the files that hold the decoded split.
        shuffle_seed: Seed of the order, which is new in each pass; if None, the order
            is that of the files.

    Returns:
        The batches.

    Raises:
        InputError: If there are no examples.
    """
    decoded = (
        read_batches(files, _bytes_of(image_shape))
        .map(to_pairs, num_parallel_calls=PARALLEL_CALLS)
        # While it is filled, the cache needs memory for each of its elements. Few
        # large elements, of many examples each, keep this small.
        .cache(str(cache_file))
    )
    # One pass fills the cache and counts the examples.
    count = int(
        decoded.reduce(
            tf.constant(0, tf.int64),
            lambda total, pair: total + tf.size(pair[1], tf.int64),
        )
    )
    if not count:
        raise InputError(
            f"The splits to train and test on must have examples; received a "
            f"split of {len(files)} files without examples; run again with --no-cache."
        )
    pairs = decoded.unbatch()
    if shuffle_seed is not None:
        window = max(1, _SHUFFLE_BYTES // _bytes_of(image_shape))
        pairs = pairs.shuffle(min(count, window), seed=shuffle_seed)
    steps = math.ceil(count / batch_size)
    batches = pairs.batch(batch_size).prefetch(_PREFETCH)
    return Batches(batches.apply(tf.data.experimental.assert_cardinality(steps)), steps)


def _bytes_of(image_shape: tuple[int, int, int]) -> int:
    return math.prod(image_shape) * tf.float32.size + tf.int64.size
