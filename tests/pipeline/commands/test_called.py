"""Help shows commands as they were called."""

import click
import pytest
from click.testing import CliRunner

from pipeline.__main__ import main
from pipeline.commands.beam_workers import beam_workers
from pipeline.commands.kubeflow import kubeflow
from pipeline.commands.run import run
from tests.support.commands import leaves

MODULE = "python -m pipeline"
OTHER_NAMES = [MODULE, "local_runner.py", "kubeflow_runner.py"]


def help_of(command, arguments, name):
    result = CliRunner().invoke(command, [*arguments, "--help"], prog_name=name)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("command", "arguments", "name"),
    [
        (main, ["runs"], "fashion-mnist"),
        (main, ["runs"], MODULE),
        (main, ["run"], "fashion-mnist"),
        (run, [], "python local_runner.py"),
        (main, ["kubeflow", "submit"], "fashion-mnist"),
        (kubeflow, ["submit"], "python kubeflow_runner.py"),
    ],
)
def test_usage_and_examples_are_those_of_the_call(command, arguments, name):
    text = help_of(command, arguments, name)
    called = " ".join([name, *arguments])
    assert text.startswith(f"Usage: {called} [OPTIONS]")
    examples = text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    # The second line of an example is indented further.
    first_lines = [line.strip() for line in examples if not line.startswith(" " * 5)]
    assert len(first_lines) >= 2
    assert all(f"{line} ".startswith(f"{called} ") for line in first_lines)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (main, ()),
        *((main, path) for path in leaves(main)),
        (run, ()),
        (kubeflow, ()),
        *((kubeflow, path) for path in leaves(kubeflow)),
        (beam_workers, ()),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else each.name,
)
def test_every_command_takes_the_short_form_of_help(command, path):
    # Not called, because click keeps the option of an earlier call in another group.
    context = click.Context(command, **command.context_settings)
    for name in path:
        command = command.commands[name]
        context = click.Context(command, context, **command.context_settings)
    assert context.help_option_names == ["-h", "--help"]


@pytest.mark.parametrize("path", leaves(main), ids=" ".join)
def test_no_help_shows_another_name_or_a_gap(path):
    text = help_of(main, path, "fashion-mnist")
    assert "{" not in text
    assert not any(name in text for name in OTHER_NAMES)
