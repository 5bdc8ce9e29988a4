"""Finds the accelerators of this machine, and shares its cores."""

import contextlib
from itertools import pairwise

import tensorflow as tf

from components.machine import count_cores

# With fewer examples, a piece of a batch takes as long as a larger one.
_FEWEST_EXAMPLES = 16


def list_accelerators() -> list[str]:
    """Lists the GPUs of this machine, for example `GPU:0`."""
    return [
        device.name.removeprefix("/physical_device:")
        for device in tf.config.list_physical_devices("GPU")
    ]


def count_pieces(batch_size: int) -> int:
    """Returns into how many pieces a batch is cut, which are trained on side by side.

    Args:
        batch_size: Number of examples in a batch.

    Returns:
        At most one piece for each core; 1 with accelerators, which do better without.
    """
    if list_accelerators():
        return 1
    return max(1, min(count_cores(), batch_size // _FEWEST_EXAMPLES))


def cut_into_pieces(rows: tf.Tensor, pieces: int) -> list[tf.Tensor]:
    """Cuts a batch into pieces of nearly the same size.

    Args:
        rows: The batch, a tensor of shape (N, ...).
        pieces: Number of pieces; with more than N, some are empty.

    Returns:
        The pieces, in the order of their rows.
    """
    count = tf.shape(rows)[0]
    ends = [count * number // pieces for number in range(pieces + 1)]
    return [rows[start:end] for start, end in pairwise(ends)]


def share_cores(batch_size: int) -> None:
    """Shares the cores among the pieces of a batch. TensorFlow must not have started.

    By default, TensorFlow shares each operation among all cores. Handing over a small
    one takes longer than what that saves. Nor does it know a container's limit.

    Args:
        batch_size: Number of examples in a batch.
    """
    cores, pieces = count_cores(), count_pieces(batch_size)
    # Once TensorFlow has started, as in a process that runs the pipeline twice, the
    # threads stay as they are. The training is then slower, but the same.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(
            pieces if pieces > 1 else cores
        )
        tf.config.threading.set_intra_op_parallelism_threads(cores // pieces)
