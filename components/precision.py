"""Checks that a machine can compute in the chosen precision."""

from pathlib import Path
from typing import Final, Literal

from components.errors import InputError

Precision = Literal["float32", "mixed_bfloat16"]
"""Precisions of the training, by Keras's names. Weights are float32 in both."""

FLOAT32: Final = "float32"
MIXED_BFLOAT16: Final = "mixed_bfloat16"

_PROCESSOR_FILE = Path("/proc/cpuinfo")
# Linux's names for instructions that multiply bfloat16 numbers, on x86 and Arm.
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def check_precision(
    precision: str, accelerated: bool, processor_file: Path = _PROCESSOR_FILE
) -> None:
    """Refuses a precision that this machine can only emulate, which is very slow.

    Args:
        precision: A value of `Precision`.
        accelerated: Whether accelerators do the training.
        processor_file: File in which Linux lists the features of the processor.

    Raises:
        InputError: If the precision is `mixed_bfloat16` and nothing on this machine
            computes in bfloat16.
    """
    if precision == FLOAT32 or accelerated:
        return
    if not has_bfloat16(processor_file):
        reason = (
            f"{processor_file} lists none of them"
            if processor_file.exists()
            else f"this system has no {processor_file} that would list them"
        )
        raise InputError(
            f"--precision {precision} needs an accelerator, or a processor with one of "
            f"{', '.join(sorted(_BFLOAT16_FLAGS))}, and {reason}; choose --precision "
            f"{FLOAT32}."
        )


def has_bfloat16(processor_file: Path = _PROCESSOR_FILE) -> bool:
    """Returns whether the processor has instructions for bfloat16 numbers.

    Args:
        processor_file: File in which Linux lists the features of the processor.
    """
    try:
        return not _BFLOAT16_FLAGS.isdisjoint(processor_file.read_text().split())
    except OSError:
        return False
