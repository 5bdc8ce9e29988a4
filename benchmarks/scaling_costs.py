"""Estimates the bytes, hours and dollars of larger data, for `docs/scaling.md`."""

from collections.abc import Callable
from typing import Any

from apache_beam.testing.load_tests import dataflow_cost_consts as prices

SIZES = {"10 GB": 10e9, "1 TB": 1e12, "100 TB": 100e12}
BEAM_STAGES = ("ImageExampleGen", "StatisticsGen", "Transform", "Evaluator")
# The examples and the cores with which benchmarks/data_stages.py was run.
EXAMPLES, TRAIN_EXAMPLES, CORES = 70_000, 60_000, 2
EPOCHS = 10

# Counted: the files that ExampleGen writes for Fashion-MNIST.
BYTES_AN_EXAMPLE = 48_034_176 / EXAMPLES
# Counted: a decoded image and its label in the Trainer's cache.
CACHED_BYTES_AN_EXAMPLE = 28 * 28 * 4 + 8
# Assumed: a fifth of the 30 TFLOP/s in float32 of NVIDIA's data sheet of the L4.
GPU_OPERATIONS_A_SECOND = 6e12
# Prices in dollars of Dataflow's batch workers in us-central1, from Beam's own cost
# benchmark (cloud.google.com/dataflow/pricing). A worker has 3.75 GB for each core. The
# Trainer's machine has 4 cores, 16 GB and one L4; the same prices are used for it.
CORE_HOUR = prices.VCPU_PER_HR_BATCH + 3.75 * prices.MEM_PER_GB_HR_BATCH
GPU_HOUR = (
    prices.L4_PER_GPU_PER_HOUR
    + 4 * prices.VCPU_PER_HR_BATCH
    + 16 * prices.MEM_PER_GB_HR_BATCH
)
# Price of 1 GB of standard storage for a month, in dollars
# (cloud.google.com/storage/pricing, 2025).
GIGABYTE_MONTH = 0.020


def render(results: dict[str, Any]) -> str:
    """Renders the table in Markdown.

    Args:
        results: What `benchmarks.result_file.read` returns.

    Returns:
        The table.
    """
    seconds = results["data_stages"]["pipeline_seconds"]
    core_seconds = sum(map(seconds.get, BEAM_STAGES)) * CORES / EXAMPLES
    operations = results["peak"]["epoch_gigaflop"] * 1e9 / TRAIN_EXAMPLES

    def examples(size: float) -> float:
        return size / BYTES_AN_EXAMPLE

    def core_hours(size: float) -> float:
        return examples(size) * core_seconds / 3600

    def gpu_hours(size: float) -> float:
        return examples(size) * operations * EPOCHS / GPU_OPERATIONS_A_SECOND / 3600

    rows: dict[str, Callable[[float], str]] = {
        "examples of 28 x 28 pixels, millions": lambda size: (
            f"{examples(size) / 1e6:,.0f}"
        ),
        "the Trainer's decoded copy, GB": lambda size: (
            f"{examples(size) * CACHED_BYTES_AN_EXAMPLE / 1e9:,.0f}"
        ),
        "Beam stages, core hours": lambda size: f"{core_hours(size):,.0f}",
        "Beam stages, dollars": lambda size: f"{core_hours(size) * CORE_HOUR:,.1f}",
        "cores for the Beam stages in 4 hours": lambda size: (
            f"{max(1, core_hours(size) / 4):,.0f}"
        ),
        f"Trainer, {EPOCHS} epochs, GPU hours": lambda size: f"{gpu_hours(size):,.1f}",
        f"Trainer, {EPOCHS} epochs, dollars": lambda size: (
            f"{gpu_hours(size) * GPU_HOUR:,.1f}"
        ),
        "storage of two copies, dollars a month": lambda size: (
            f"{2 * size / 1e9 * GIGABYTE_MONTH:,.1f}"
        ),
    }
    lines = [f"| | {' | '.join(SIZES)} |", "|---" * (len(SIZES) + 1) + "|"]
    for title, cell in rows.items():
        lines.append(f"| {title} | {' | '.join(map(cell, SIZES.values()))} |")
    return "\n".join(lines)
