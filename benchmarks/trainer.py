"""Compares the Trainer's epochs with Keras, PyTorch and the processor's peak.

If the processor has bfloat16 instructions, it measures mixed precision too.
"""

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.fashion_arrays import read_fashion_arrays
from benchmarks.measure import (
    DATA_NODES,
    ROOT,
    ROUNDS,
    Figures,
    in_turns,
    last_json,
    row,
    run_nodes,
)
from benchmarks.result_file import record
from components.precision import FLOAT32, MIXED_BFLOAT16, has_bfloat16
from pipeline.settings import Settings

EPOCH_GOAL = 1.8
TORCH_GOAL = 1.25
# The share of the peak that is reached is smaller on processors with a higher peak.
HIGH_PEAK = 350e9
PEAK_GOAL, HIGH_PEAK_GOAL = 0.62, 0.52
# Numbers of epochs. The time of an epoch is computed from the difference of a long and
# a short training. This excludes the time before the first and after the last epoch.
SHORT, LONG = 1, 4
# The environment of PyTorch, which this project itself doesn't need.
_TORCH = ROOT / "build" / "torch"


def main() -> None:
    """Runs the benchmark and records its results."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(output=scratch)
        runs = itertools.count()

        def pipeline_fit(precision: str, epochs: int) -> float:
            chosen = settings.model_copy(
                update={"epochs": epochs, "precision": precision, "cache": False}
            )
            figures = run_nodes(chosen, str(next(runs)), *DATA_NODES, "Trainer")
            return figures["Trainer"]["seconds"]

        def keras_fit(epochs: int) -> float:
            return last_json(
                "benchmarks/plain_keras.py", "--epochs", epochs,
                "--data-dir", settings.prepared_data_dir,
            )["fit_seconds"]  # fmt: skip

        torch_python = _make_torch_environment()
        arrays = Path(scratch, "fashion.npz")
        np.savez(arrays, **read_fashion_arrays(settings.prepared_data_dir))

        def torch_fit(epochs: int) -> float:
            return last_json(
                "benchmarks/plain_torch.py", arrays, "--epochs", epochs,
                "--batch-size", settings.batch_size,
                "--learning-rate", settings.learning_rate, "--seed", settings.seed,
                python=torch_python,
            )["fit_seconds"]  # fmt: skip

        cases = {
            "Trainer": lambda: _epoch_seconds(partial(pipeline_fit, FLOAT32)),
            "model.fit": lambda: _epoch_seconds(keras_fit),
            "PyTorch": lambda: _epoch_seconds(torch_fit),
            "matrix product": lambda: last_json("benchmarks/peak.py"),
        }
        if has_bfloat16():
            cases[MIXED_BFLOAT16] = lambda: _epoch_seconds(
                partial(pipeline_fit, MIXED_BFLOAT16)
            )
        medians = in_turns(cases)
    epoch = medians["Trainer"]["epoch_seconds"]
    peak = medians["matrix product"]["peak_flops"]
    flops = medians["matrix product"]["epoch_flops"] / epoch
    peak_goal = HIGH_PEAK_GOAL if peak > HIGH_PEAK else PEAK_GOAL
    for name, title, other, goal in (
        ("epoch", "`model.fit` on NumPy arrays, batch 64", "model.fit", EPOCH_GOAL),
        (
            "torch_epoch",
            "PyTorch's loop on tensors in memory, `channels_last`",
            "PyTorch",
            TORCH_GOAL,
        ),
    ):
        seconds = medians[other]["epoch_seconds"]
        record(
            name,
            row(
                "Trainer, seconds per epoch (training and validation)",
                title,
                f"{goal} times faster",
                f"{seconds / epoch:.2f} times faster",
                seconds / epoch >= goal,
                trainer_epoch_seconds=round(epoch, 2),
                other_epoch_seconds=round(seconds, 2),
                rounds=ROUNDS,
            ),
        )
    record(
        "peak",
        row(
            "Trainer, floating-point operations per second",
            f"the cores' own f32 matrix product, {peak / 1e9:.0f} GFLOP/s",
            f"{peak_goal:.0%}",
            f"{flops / peak:.0%}",
            flops / peak >= peak_goal,
            trainer_epoch_seconds=round(epoch, 2),
            trainer_gigaflops=round(flops / 1e9, 1),
            peak_gigaflops=round(peak / 1e9, 1),
            epoch_gigaflop=round(medians["matrix product"]["epoch_flops"] / 1e9, 1),
            rounds=ROUNDS,
        ),
    )
    if MIXED_BFLOAT16 in medians:
        mixed = medians[MIXED_BFLOAT16]["epoch_seconds"]
        record(
            MIXED_BFLOAT16,
            row(
                f"Trainer with `--precision {MIXED_BFLOAT16}`, seconds per epoch",
                "the Trainer in float32",
                "faster",
                f"{epoch / mixed:.2f} times faster",
                mixed < epoch,
                trainer_epoch_seconds=round(epoch, 2),
                mixed_epoch_seconds=round(mixed, 2),
                rounds=ROUNDS,
            ),
        )


def _make_torch_environment() -> str:
    """Makes the environment if it isn't there yet: 3 GB to download, 5 GB on disk.

    Returns:
        The path of its Python.
    """
    python = _TORCH / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if not python.exists():
        subprocess.run(
            [uv, "venv", "--quiet", "--python", sys.executable, _TORCH], check=True
        )
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, "torch", "numpy"],
        check=True,
    )
    return str(python)


def _epoch_seconds(fit: Callable[[int], float]) -> Figures:
    seconds = {epochs: fit(epochs) for epochs in (SHORT, LONG)}
    return {"epoch_seconds": (seconds[LONG] - seconds[SHORT]) / (LONG - SHORT)}


if __name__ == "__main__":
    main()
