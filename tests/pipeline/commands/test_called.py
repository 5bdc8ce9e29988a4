"""Help shows commands as they were called."""

import pytest
from click.testing import CliRunner

from pipeline.__main__ import main
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


@pytest.mark.parametrize("path", leaves(main), ids=" ".join)
def test_no_help_shows_another_name_or_a_gap(path):
    text = help_of(main, path, "fashion-mnist")
    assert "{" not in text
    assert not any(name in text for name in OTHER_NAMES)
