"""How a run ends that is interrupted, by Ctrl-C for example."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.metadata.connection import open_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import load_run
from pipeline.running.output_capture import capture_stderr, log_file_of
from pipeline.running.recovery import recover
from pipeline.settings import Settings


class RunInterruptedError(KeyboardInterrupt):
    """Says in one sentence where a run was interrupted, and what isn't lost."""


@contextmanager
def interruption_recorded(settings: Settings, run_id: str) -> Iterator[None]:
    """Records an interrupted run as cancelled, and removes what it left half-made.

    The caller holds the lock of the output folder.

    Args:
        settings: The run's settings.
        run_id: Identifier of the run.

    Raises:
        RunInterruptedError: Instead of a bare `KeyboardInterrupt`.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        sentence = "Aborted!"
        # If something goes wrong here, the next run removes and records the same.
        log_file = log_file_of(settings, run_id)
        with (
            _further_interrupts_ignored(),
            # The libraries go on to log what they do.
            capture_stderr(log_file if log_file.exists() else Path(os.devnull)),
            suppress(Exception),
        ):
            recover(settings, cancelled=True)
            sentence = _sentence(settings, run_id)
        raise RunInterruptedError(sentence) from interrupt


@contextmanager
def _further_interrupts_ignored() -> Iterator[None]:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _sentence(settings: Settings, run_id: str) -> str:
    nodes = load_run(open_store(settings.metadata_address), run_id).nodes
    if not nodes:
        return "Aborted before the first stage; the next run begins with it."
    # TFX takes long to import; here, the launcher has done it already.
    from pipeline.pipeline import JUDGED_ANEW, NEVER_CACHED

    last = nodes[-1]
    where = f"{'in' if last.state is State.FAILED else 'after'} {last.node_id}"
    reusable = [
        node.node_id
        for node in nodes
        if node.state in (State.RAN, State.CACHED)
        and node.node_id not in (*JUDGED_ANEW, *NEVER_CACHED)
    ]
    if not reusable:
        return f"Aborted {where}; the next run begins with the first stage."
    condition = "" if settings.cache else "without --no-cache, "
    return (
        f"Aborted {where}; {condition}the next run reuses the complete stages: "
        f"{', '.join(reusable)}."
    )
