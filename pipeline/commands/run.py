"""The command that runs the whole pipeline on this machine."""

import contextlib
import resource
import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from components.terminal import clear_line
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import (
    Failure,
    errors_as_sentences,
    print_sentence,
)
from pipeline.commands.options import debug_option, fact_options, require_local_output
from pipeline.commands.setting_options import setting_options
from pipeline.exit_codes import FAILED, PUSHED, REFUSED
from pipeline.metadata.run_facts import RunFacts
from pipeline.running.supervision import (
    KilledError,
    peak_memory_bytes,
    supervise,
)
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@setting_options()
@fact_options
@debug_option
def run(
    settings: Settings,
    name: str | None,
    note: str | None,
    tags: tuple[str, ...],
    debug: bool,
) -> None:
    """Run the whole pipeline on this machine: train, evaluate and push a classifier.

    The first run downloads Fashion-MNIST. Later runs reuse the results of every stage
    whose inputs, parameters and code are unchanged.

    Exit codes: 0 the model was pushed, 1 the data or a stage failed or the run was
    interrupted, 2 an option was malformed or out of range, 3 the model was refused.

    \b
    Examples:
      {command}
      {command} --output trial --max-examples 5000 --min-accuracy 0.5
      {command} --name small-steps --learning-rate 0.0003
      {command} --config settings.yaml --show-settings
      {command} --beam-runner flink \\
          --beam-arg --flink_master=HOST:8081
    """  # noqa: D301 (click keeps the lines after \b apart)
    with errors_as_sentences(debug):
        require_local_output(settings)
    facts = RunFacts(
        name=name or "", note=note or "", tags=tags, command=command_line()
    )
    # A debugger needs the process that has the terminal.
    sys.exit(
        _run(settings, debug, facts) if debug else _run_supervised(settings, facts)
    )


def command_line() -> str:
    """Returns the command as it was typed, without passwords."""
    # Imported late, so that --help gets an answer at once.
    from pipeline.metadata.connection import without_password

    words = []
    for word in sys.argv[1:]:
        option, equals, value = word.partition("=")
        if word.startswith("--") and equals:
            words.append(f"{option}={without_password(value)}")
        else:
            words.append(without_password(word))
    name = click.get_current_context().find_root().info_name or "run"
    return f"{name} {shlex.join(words)}".strip()


def _run_supervised(settings: Settings, facts: RunFacts) -> int:
    try:
        with errors_as_sentences(debug=False):
            return supervise(_run, settings, False, facts)
    except KilledError as error:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = peak_memory_bytes(usage.ru_maxrss) / 2**30
        clear_line(Console())
        with contextlib.suppress(Exception):
            _recover(settings)
        raise Failure(
            f"The run was ended by {error.signal_name} after it had used up to "
            f"{peak:.1f} GiB of memory; if nobody ended it, memory ran out: free some, "
            f"then run the same command again, which reuses the completed stages."
        ) from error


def _run(settings: Settings, debug: bool, facts: RunFacts) -> int:
    try:
        # Imported late, so that --help and wrong options get an answer at once.
        from pipeline.running.local_run import run_locally

        with errors_as_sentences(debug):
            outcome = run_locally(settings, debug, facts)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        print_sentence(str(interrupt) or "Aborted!")
        return FAILED
    return PUSHED if outcome.blessed else REFUSED


def _recover(settings: Settings) -> None:
    from pipeline.running.output_lock import lock_output
    from pipeline.running.recovery import recover

    with lock_output(Path(settings.root), "recovery"):
        recover(settings)
