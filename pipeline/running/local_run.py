"""Runs the whole pipeline on this machine, and shows its results."""

import datetime
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
)
from pathlib import Path

from rich.console import Console

from components.errors import InputError
from components.evaluator.evaluation_results import EvaluationResults
from components.infra_validator.infra_validation import InfraValidation
from components.precision import check_precision
from components.progress import listen_to_progress
from components.source_files.sources import collect_source_files
from components.terminal import Update, status
from components.trainer.epochs import Epoch, listen_to_epochs
from pipeline.formatting import format_duration, shorten_path
from pipeline.metadata.connection import open_store
from pipeline.metadata.outcomes import Outcome, outcome_of
from pipeline.metadata.output_place import run_purpose
from pipeline.metadata.records import Run
from pipeline.metadata.run_facts import RunFacts
from pipeline.metadata.run_reader import load_run
from pipeline.report.data_summary import print_data
from pipeline.report.summary import print_predictions, print_summary
from pipeline.running.docker_check import check_docker
from pipeline.running.import_speed import paused_garbage_collection
from pipeline.running.interruption import record_interruption
from pipeline.running.output_capture import (
    capture_stderr,
    enable_library_logs,
)
from pipeline.running.output_lock import lock_output
from pipeline.running.recovery import recover
from pipeline.running.source_check import check_source
from pipeline.settings import Settings


def run_locally(
    settings: Settings, debug: bool, facts: RunFacts | None = None
) -> Outcome:
    """Runs every node, shows each as it ends, and prints a summary.

    Args:
        settings: The settings of the run.
        debug: Whether logs go to the terminal instead of the log file.
        facts: What the user says of the run.

    Returns:
        The run's outcome: its verdict, accuracy and version.

    Raises:
        InputError: If the output folder, the data or Docker can't be used.
        NodeFailedError: If a node failed; nothing is pushed then.
        RunInterruptedError: If the user interrupted the run.
    """
    run_id = _new_run_id()
    _check_output(settings)
    with lock_output(Path(settings.root), run_purpose(run_id)):
        recover(settings)
        with (
            record_interruption(settings, run_id),
            _temporary_files_in(settings.scratch_dir),
        ):
            return _run_in_output(settings, run_id, debug, facts or RunFacts())


def _new_run_id() -> str:
    """Returns a name that sorts by time, and that no other run on any machine has."""
    return f"{datetime.datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _run_in_output(
    settings: Settings, run_id: str, debug: bool, facts: RunFacts
) -> Outcome:
    # Comes before the slow imports, so that a wrong name or missing data fails at once.
    check_docker(settings)
    with paused_garbage_collection():
        dataset = check_source(settings)
    if dataset is not None and not Path(settings.metadata_address).exists():
        with (
            status(Console(stderr=True), "Looking for the data") as update,
            listen_to_progress(update),
        ):
            collect_source_files(
                dataset, settings.prepared_data_dir, settings.data_mirror_dir
            )
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    log_file = settings.log_file(run_id)
    with (
        _console(debug) as console,
        capture_stderr(log_file, enabled=not debug),
    ):
        try:
            run = _run_nodes(settings, run_id, facts, console)
            evaluation_uri = _output_uri(run, "Evaluator", "evaluation")
            results = EvaluationResults.read(evaluation_uri)
            blessing_uri = _output_uri(run, "InfraValidator", "blessing")
            print_summary(console, run, results, InfraValidation.read(blessing_uri))
            _show_predictions(settings, run_id, evaluation_uri, console)
            _write_report(settings, run_id, console)
        except Exception:
            _write_report(settings, run_id, console)
            raise
        finally:
            console.print(
                f"Log: {shorten_path(log_file)}", markup=False, soft_wrap=True
            )
    return outcome_of(run)


@contextmanager
def _console(debug: bool) -> Iterator[Console]:
    """Yields a console on standard output; what libraries print goes to the log."""
    console = Console(
        file=sys.stdout,
        highlight=False,
        # A moving status line and a log would overwrite each other.
        force_interactive=False if debug else None,
    )
    with nullcontext() if debug else redirect_stdout(sys.stderr):
        yield console


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Makes libraries put temporary files into a folder, and removes it at the end."""
    folder.mkdir()
    former, former_variable = tempfile.tempdir, os.environ.get("TMPDIR")
    # The variable is for native code and for processes that this one starts.
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = former
        if former_variable is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = former_variable
        shutil.rmtree(folder, ignore_errors=True)


def _check_output(settings: Settings) -> None:
    output = Path(settings.root)
    parent = next(path for path in (output, *output.parents) if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(
            f"--output must be a folder that can be written; received {output}: "
            f"{parent} is {'not a folder' if not parent.is_dir() else 'read-only'}; "
            f"choose another one."
        )
    address = settings.metadata_address
    records_are_gone = "://" not in address and not Path(address).exists()
    if Path(settings.pipeline_root).exists() and records_are_gone:
        raise InputError(
            f"--output holds artifacts of runs whose records are gone: {address} is "
            f"missing; restore it, or choose another folder."
        )


def _run_nodes(
    settings: Settings, run_id: str, facts: RunFacts, console: Console
) -> Run:
    with status(console, "Starting TensorFlow and TFX"), paused_garbage_collection():
        from components.processors import list_accelerators
        from pipeline.running.launcher import PipelineLauncher

        enable_library_logs()
        # The Trainer checks this too, but only after the stages before it.
        check_precision(settings.precision, bool(list_accelerators()))
        launcher = PipelineLauncher(settings, run_id, facts)
        store = open_store(settings.metadata_address)
    for number, node_id in enumerate(launcher.node_ids, start=1):
        with (
            status(console, node_id) as update,
            _show_progress(node_id, update),
            _show_epochs(console, update),
        ):
            started = time.monotonic()
            state = launcher.launch(node_id)
        console.print(
            f"[dim]{number:2}/{len(launcher.node_ids)}[/] {node_id}: {state.value}, "
            f"{format_duration(time.monotonic() - started)}"
        )
        if node_id == "ImageExampleGen":
            examples = load_run(store, run_id).output(node_id, "examples")
            if examples is not None:
                print_data(console, settings, examples.uri)
    return load_run(store, run_id)


def _show_progress(node_id: str, update: Update) -> AbstractContextManager[None]:
    """Shows in the status line how far the work of a node is."""
    return listen_to_progress(
        lambda title, completed, total: update(f"{node_id}: {title}", completed, total)
    )


@contextmanager
def _show_epochs(console: Console, update: Update) -> Iterator[None]:
    """Shows the current epoch in the status line, and prints each epoch that ended."""

    def show(epoch: Epoch) -> None:
        title = f"epoch {epoch.number}/{epoch.count}"
        if epoch.accuracy is None:
            update(f"Trainer: {title}", epoch.number - 1 + epoch.part, epoch.count)
        else:
            console.print(
                f"[dim]      {title}: accuracy {epoch.accuracy:.4f}, "
                f"on the {epoch.split} images {epoch.validation_accuracy:.4f}[/]"
            )

    with listen_to_epochs(show):
        yield


def _output_uri(run: Run, node_id: str, key: str) -> str:
    artifact = run.output(node_id, key)
    if artifact is None:
        raise InputError(
            f"The run has no {key} of {node_id}; run it again with --no-cache."
        )
    return artifact.uri


def _show_predictions(
    settings: Settings, run_id: str, evaluation_uri: str, console: Console
) -> None:
    from pipeline.serving.predictions import draw_predictions, read_chosen_predictions

    predictions = read_chosen_predictions(evaluation_uri)
    if not predictions:
        return
    file = settings.pictures_dir / f"{run_id}-predictions.png"
    picture: Path | None = file
    try:
        draw_predictions(predictions, file)
    except OSError as error:
        # The model is published by now, so this doesn't fail the run.
        logging.exception("The picture could not be drawn.")
        console.print(
            f"The picture could not be drawn: {error}", markup=False, soft_wrap=True
        )
        picture = None
    print_predictions(console, predictions, picture)


def _write_report(settings: Settings, run_id: str, console: Console) -> None:
    """Writes the run's page. A failure is only reported; it doesn't fail the run."""
    try:
        from pipeline.report.run_page import write_run_page

        store = open_store(settings.metadata_address)
        run = load_run(store, run_id)
        if run.nodes:
            path = write_run_page(store, settings, run)
            console.print(f"Report: {shorten_path(path)}", markup=False, soft_wrap=True)
    except Exception as error:
        logging.exception("The report could not be written.")
        console.print(
            f"The report could not be written: {error}", markup=False, soft_wrap=True
        )
