"""The command that runs the whole pipeline on this machine."""

import contextlib
import resource
import sys
from pathlib import Path
from typing import Any

import click

from components.trainer.precision import PRECISIONS
from pipeline.beam import RUNNERS
from pipeline.commands.error_sentences import (
    FAILED,
    REFUSED,
    Failure,
    sentences,
    settings_from_options,
)
from pipeline.commands.option_types import FOLDER
from pipeline.commands.options import require_local_output
from pipeline.running.supervision import KilledError, supervise
from pipeline.settings import Settings


def _default(name: str) -> Any:
    return Settings.model_fields[name].default


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option("--epochs", type=int, default=_default("epochs"), help="Training passes.")
@click.option(
    "--batch-size", type=int, default=_default("batch_size"), help="Images in a batch."
)
@click.option(
    "--learning-rate",
    type=float,
    default=_default("learning_rate"),
    help="Step size of Adam.",
)
@click.option(
    "--seed",
    type=int,
    default=_default("seed"),
    help="Seed of the weights and of the order of the images.",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=_default("precision"),
    help="What training computes in; mixed_bfloat16 needs hardware that does.",
)
@click.option(
    "--min-accuracy",
    type=float,
    default=_default("min_accuracy"),
    help="Least test accuracy of a model that is pushed.",
)
@click.option(
    "--max-regression",
    type=float,
    default=_default("max_regression"),
    help="How far the accuracy may fall below the latest blessed model's.",
)
@click.option(
    "--keep-versions",
    type=int,
    default=_default("keep_versions"),
    help="How many of the newest pushed versions stay, at least 2.",
)
@click.option(
    "--output",
    type=FOLDER,
    default=_default("output"),
    help="Folder for all that the run writes.",
)
@click.option(
    "--dataset",
    default=_default("dataset"),
    help="Image-classification set, as tensorflow-datasets names it, with version.",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    show_default="data/ in the output folder",
    help="Folder in which tensorflow-datasets prepares the set.",
)
@click.option(
    "--data-mirror",
    type=FOLDER,
    help="Folder that holds the set's original files, to do without their host.",
)
@click.option(
    "--max-examples",
    type=int,
    show_default="all",
    help="Use only the first N images of each split, for a quick trial.",
)
@click.option(
    "--cache/--no-cache",
    default=_default("cache"),
    help="Reuse the stages whose inputs, parameters and code are unchanged.",
)
@click.option(
    "--beam-runner",
    type=click.Choice(list(RUNNERS)),
    default=_default("beam_runner"),
    help="Engine of the Beam stages (docs/scaling.md).",
)
@click.option(
    "--beam-arg",
    "beam_pipeline_args",
    metavar="[NODE:]--NAME=VALUE",
    multiple=True,
    help="Option of Beam for all stages or one of them; may be given several times.",
)
@click.option("--debug", is_flag=True, help="Show logs and tracebacks.")
def run(debug: bool, **values: Any) -> None:
    """Train, judge and push a classifier: the whole pipeline, on this machine.

    The first run fetches Fashion-MNIST. A later one reuses every stage whose inputs,
    parameters and code are unchanged.

    Exit codes: 0 the model was pushed, 1 the data or a stage failed, 2 an option was
    malformed or out of range, 3 the model was refused.

    \b
    Examples:
      python local_runner.py
      python local_runner.py --output trial --max-examples 5000 --min-accuracy 0.5
      python local_runner.py --beam-runner flink --beam-arg --flink_master=HOST:8081
    """  # noqa: D301 (click keeps the lines after \b apart)
    settings = settings_from_options(**values)
    with sentences(debug):
        require_local_output(settings)
    # A debugger wants the process that has the terminal.
    sys.exit(_run(settings, debug) if debug else _run_supervised(settings))


def _run_supervised(settings: Settings) -> int:
    try:
        with sentences(debug=False):
            return supervise(_run, settings, False)
    except KilledError as error:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        with contextlib.suppress(Exception):
            _recover(settings)
        raise Failure(
            f"The run was ended by {error.signal_name} when it had used up to "
            f"{peak:.1f} GiB of memory; if nobody ended it, memory ran out: free some, "
            f"then run the same command again, which reuses the complete stages."
        ) from error


def _run(settings: Settings, debug: bool) -> int:
    # Imported late, so that --help and wrong options are answered at once.
    from pipeline.running.local_run import run_locally

    try:
        with sentences(debug):
            outcome = run_locally(settings, debug)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        click.echo("Aborted!", err=True)
        return FAILED
    return 0 if outcome.blessed else REFUSED


def _recover(settings: Settings) -> None:
    from pipeline.running.output_lock import lock_output
    from pipeline.running.recovery import recover

    with lock_output(Path(settings.root), "recovery"):
        recover(settings)
