"""Compares the Trainer's epochs with `model.fit`, and with the processor's peak.

If the processor has bfloat16 instructions, it measures mixed precision too.
"""

import itertools
import json
import tempfile

from benchmarks.measure import DATA_NODES, ROUNDS, in_turns, row, run_nodes, time_python
from benchmarks.result_file import record
from components.precision import FLOAT32, MIXED_BFLOAT16, has_bfloat16
from pipeline.settings import Settings

EPOCH_GOAL = 1.15
PEAK_GOAL = 0.5
# Numbers of epochs. The time of an epoch is computed from the difference of a long and
# a short training. This excludes the time before the first and after the last epoch.
SHORT, LONG = 1, 4


def main(rounds: int = ROUNDS) -> None:
    """Runs the benchmark and records its results."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(output=scratch)
        runs = itertools.count()

        def pipeline_epochs(precision: str) -> dict[str, float]:
            seconds = {}
            for epochs in (SHORT, LONG):
                chosen = settings.model_copy(
                    update={"epochs": epochs, "precision": precision, "cache": False}
                )
                figures = run_nodes(chosen, str(next(runs)), *DATA_NODES, "Trainer")
                seconds[epochs] = figures["Trainer"]["seconds"]
            return {"epoch_seconds": (seconds[LONG] - seconds[SHORT]) / (LONG - SHORT)}

        def plain_epochs() -> dict[str, float]:
            answers = {
                epochs: _last_json(
                    "benchmarks/plain_keras.py", "--epochs", epochs,
                    "--data-dir", settings.prepared_data_dir,
                )
                for epochs in (SHORT, LONG)
            }  # fmt: skip
            difference = answers[LONG]["fit_seconds"] - answers[SHORT]["fit_seconds"]
            return {"epoch_seconds": difference / (LONG - SHORT)}

        cases = {
            "Trainer": lambda: pipeline_epochs(FLOAT32),
            "model.fit": plain_epochs,
            "matrix product": lambda: _last_json("benchmarks/peak.py"),
        }
        if has_bfloat16():
            cases[MIXED_BFLOAT16] = lambda: pipeline_epochs(MIXED_BFLOAT16)
        medians = in_turns(cases, rounds)
    epoch = medians["Trainer"]["epoch_seconds"]
    plain = medians["model.fit"]["epoch_seconds"]
    peak = medians["matrix product"]["peak_flops"]
    flops = medians["matrix product"]["epoch_flops"] / epoch
    details = {
        "trainer_epoch_seconds": round(epoch, 2),
        "plain_epoch_seconds": round(plain, 2),
        "trainer_gigaflops": round(flops / 1e9, 1),
        "peak_gigaflops": round(peak / 1e9, 1),
        "epoch_gigaflop": round(medians["matrix product"]["epoch_flops"] / 1e9, 1),
        "rounds": rounds,
    }
    record(
        "epoch",
        row(
            "Trainer, seconds per epoch (training and validation)",
            "`model.fit` on NumPy arrays, batch 64",
            f"{EPOCH_GOAL} times faster",
            f"{plain / epoch:.2f} times faster",
            plain / epoch >= EPOCH_GOAL,
            **details,
        ),
    )
    record(
        "peak",
        row(
            "Trainer, floating-point operations per second",
            "the cores' own f32 matrix product",
            f"{PEAK_GOAL:.0%}",
            f"{flops / peak:.0%}",
            flops / peak >= PEAK_GOAL,
            **details,
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
                rounds=rounds,
            ),
        )


def _last_json(*arguments: object) -> dict[str, float]:
    return json.loads(time_python(*arguments).output.splitlines()[-1])


if __name__ == "__main__":
    main()
