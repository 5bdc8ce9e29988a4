"""Ends a run that the user interrupts, for example with Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.metadata.connection import open_store
from pipeline.metadata.records import ENDED_EARLY, Run, State
from pipeline.metadata.run_reader import load_run
from pipeline.running.output_capture import capture_stderr
from pipeline.running.recovery import recover
from pipeline.settings import Settings


class RunInterruptedError(KeyboardInterrupt):
    """Says where a run was interrupted, and what the next run reuses."""


@contextmanager
def record_interruption(settings: Settings, run_id: str) -> Iterator[None]:
    """Records an interrupted run as cancelled, and removes its incomplete outputs.

    The caller holds the lock of the output folder.

    Args:
        settings: The run's settings.
        run_id: Identifier of the run.

    Raises:
        RunInterruptedError: In place of a `KeyboardInterrupt`.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        sentence = "Aborted!"
        log_file = settings.log_file(run_id)
        with (
            _ignore_interrupts(),
            # The libraries go on to log what they do.
            capture_stderr(log_file if log_file.exists() else Path(os.devnull)),
            # If this fails, the next run removes and records the same.
            suppress(Exception),
        ):
            recover(settings, cancelled=True)
            store = open_store(settings.metadata_address)
            run = load_run(store, run_id)
            sentence = _describe_interruption(settings, run)
            if run.nodes:
                from pipeline.report.run_page import write_run_page

                write_run_page(store, settings, run)
        raise RunInterruptedError(sentence) from interrupt


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _describe_interruption(settings: Settings, run: Run) -> str:
    nodes = run.nodes
    if not nodes:
        return "Aborted before the first stage; the next run begins with it."
    # Imported late, because TFX takes seconds to import. The launcher has imported it.
    from pipeline.pipeline import DEPEND_ON_BASELINE, NEVER_CACHED

    last = nodes[-1]
    where = f"{'in' if last.state in ENDED_EARLY else 'after'} {last.node_id}"
    reusable = [
        node.node_id
        for node in nodes
        if node.state in (State.RAN, State.CACHED)
        and node.node_id not in (*DEPEND_ON_BASELINE, *NEVER_CACHED)
    ]
    if not reusable:
        return f"Aborted {where}; the next run begins with the first stage."
    condition = "" if settings.cache else "without --no-cache, "
    return (
        f"Aborted {where}; {condition}the next run reuses the completed stages: "
        f"{', '.join(reusable)}."
    )
