"""Prints the table of bytes, hours and dollars in `docs/scaling.md`."""

import json
from pathlib import Path

from apache_beam.testing.load_tests import dataflow_cost_consts as prices

RESULTS_FILE = Path(__file__).parents[1] / "benchmarks" / "results.json"
BEAM_STAGES = ("TfdsExampleGen", "StatisticsGen", "Transform", "Evaluator")

# Counted: what ExampleGen writes of Fashion-MNIST, 35,583,500 bytes of 70,000 examples.
BYTES_AN_EXAMPLE = 35_583_500 / 70_000
# Counted: a decoded image and its label, as the Trainer keeps them.
CACHED_BYTES_AN_EXAMPLE = 28 * 28 * 4 + 8
# Measured by benchmarks/data_stages.py, with 70,000 examples on 2 cores.
_SECONDS = json.loads(RESULTS_FILE.read_text())["data_stages"]["pipeline_seconds"]
CORE_SECONDS_AN_EXAMPLE = sum(map(_SECONDS.get, BEAM_STAGES)) * 2 / 70_000
# Counted by benchmarks/peak.py: forward and backward through the network.
OPERATIONS_AN_EXAMPLE = 1.0e12 / 60_000
EPOCHS = 10
# Assumed: a fifth of the 30 TFLOP/s that an NVIDIA L4 is sold with, in f32.
GPU_OPERATIONS_A_SECOND = 6e12
# In dollars. Beam's own cost benchmark has the prices of Dataflow's batch workers in
# us-central1 (cloud.google.com/dataflow/pricing); a worker's core comes with 3.75 GB.
# The Trainer's machine, 4 cores, 16 GB and one L4, is priced as such a worker too.
CORE_HOUR = prices.VCPU_PER_HR_BATCH + 3.75 * prices.MEM_PER_GB_HR_BATCH
GPU_HOUR = (
    prices.L4_PER_GPU_PER_HOUR
    + 4 * prices.VCPU_PER_HR_BATCH
    + 16 * prices.MEM_PER_GB_HR_BATCH
)
# A gigabyte of standard storage for a month (cloud.google.com/storage/pricing, 2025).
GIGABYTE_MONTH = 0.020

SIZES = {"10 GB": 10e9, "1 TB": 1e12, "100 TB": 100e12}


def main() -> None:
    """Prints the table."""
    print(f"| | {' | '.join(SIZES)} |")
    print("|---" * (len(SIZES) + 1) + "|")
    for title, cell in ROWS.items():
        print(f"| {title} | {' | '.join(map(cell, SIZES.values()))} |")


def _examples(size: float) -> float:
    return size / BYTES_AN_EXAMPLE


def _core_hours(size: float) -> float:
    return _examples(size) * CORE_SECONDS_AN_EXAMPLE / 3600


def _gpu_hours(size: float) -> float:
    operations = _examples(size) * OPERATIONS_AN_EXAMPLE * EPOCHS
    return operations / GPU_OPERATIONS_A_SECOND / 3600


ROWS = {
    "examples of 28 x 28 pixels, millions": lambda size: (
        f"{_examples(size) / 1e6:,.0f}"
    ),
    "the Trainer's decoded copy, GB": lambda size: (
        f"{_examples(size) * CACHED_BYTES_AN_EXAMPLE / 1e9:,.0f}"
    ),
    "Beam stages, core hours": lambda size: f"{_core_hours(size):,.0f}",
    "Beam stages, dollars": lambda size: f"{_core_hours(size) * CORE_HOUR:,.1f}",
    "cores for the Beam stages in 4 hours": lambda size: (
        f"{max(1, _core_hours(size) / 4):,.0f}"
    ),
    f"Trainer, {EPOCHS} epochs, GPU hours": lambda size: f"{_gpu_hours(size):,.1f}",
    f"Trainer, {EPOCHS} epochs, dollars": lambda size: (
        f"{_gpu_hours(size) * GPU_HOUR:,.1f}"
    ),
    "storage of two copies, dollars a month": lambda size: (
        f"{2 * size / 1e9 * GIGABYTE_MONTH:,.1f}"
    ),
}

if __name__ == "__main__":
    main()
