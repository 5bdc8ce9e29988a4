"""The input pipeline, from TFRecord files to batches for `fit`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from components.errors import InputError
from components.tfrecords import PARALLEL_CALLS, read_records

Pair = tuple[tf.Tensor, tf.Tensor]

_DECODE_BATCH = 512
_PREFETCH = 4
# Enough to mix a whole epoch of Fashion-MNIST (3,144 bytes an example). A set that is
# larger is mixed within a window of this size, so that memory doesn't grow with it.
_SHUFFLE_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Batches:
    """A split as batches.

    Attributes:
        dataset: Yields (images, labels).
        steps: Batches in one pass.
    """

    dataset: tf.data.Dataset
    steps: int


def make_batches(
    files: Sequence[str],
    to_pairs: Callable[[tf.Tensor], Pair],
    batch_size: int,
    cache_file: Path,
    shuffle_seed: int | None = None,
) -> Batches:
    """Makes batches of a split, decoding each image once.

    The decoded split is kept in a file, not in memory, and read from there in
    every later epoch.

    Args:
        files: Gzipped TFRecord files of serialized tf.Examples.
        to_pairs: Maps serialized examples, string of shape (N,), to images,
            float32 of shape (N, height, width, channels), and labels, int64 of
            shape (N,).
        batch_size: Examples in a batch; the last one of a pass may be smaller.
        cache_file: Prefix of the files that hold the decoded split.
        shuffle_seed: Seed of the order, new in each pass; in file order if None.

    Returns:
        The batches.

    Raises:
        InputError: If there are no examples.
    """
    decoded = (
        read_records(files)
        .batch(_DECODE_BATCH)
        .map(to_pairs, num_parallel_calls=PARALLEL_CALLS)
        # While it is filled, the cache holds the place of each of its elements in
        # memory: few large ones, so that it doesn't grow with the examples.
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
            f"A split to train or measure on needs examples; {len(files)} files of it "
            f"were found, and no example in them; run again with --no-cache."
        )
    pairs = decoded.unbatch()
    if shuffle_seed is not None:
        window = max(1, _SHUFFLE_BYTES // _bytes_of(pairs.element_spec))
        pairs = pairs.shuffle(min(count, window), seed=shuffle_seed)
    steps = math.ceil(count / batch_size)
    batches = pairs.batch(batch_size).prefetch(_PREFETCH)
    return Batches(batches.apply(tf.data.experimental.assert_cardinality(steps)), steps)


def _bytes_of(pair: tuple[tf.TensorSpec, tf.TensorSpec]) -> int:
    return sum(spec.shape.num_elements() * spec.dtype.size for spec in pair)
