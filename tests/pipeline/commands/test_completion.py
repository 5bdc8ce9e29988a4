"""What a shell is told when somebody presses the tab key."""

import json
import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from pipeline.__main__ import main
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_facts import RunFacts, write_facts

RUN_IDS = [f"run-000{number}" for number in range(6, -1, -1)]
# What takes long to import, and no completion needs.
LARGE = ("tensorflow", "tensorflow_datasets", "tfx", "keras", "matplotlib", "pandas")
PROGRAM = f"""
import json, os, sys
from pipeline.__main__ import main
try:
    main(prog_name="fashion-mnist")
finally:
    imported = [name for name in {LARGE} if name in sys.modules]
    print(json.dumps([imported, sum(os.times()[:2])]), file=sys.stderr)
"""


def complete(*words):
    """Completes the last of the words."""
    completion = ShellComplete(main, {}, "fashion-mnist", "_FASHION_MNIST_COMPLETE")
    return completion.get_completions(list(words[:-1]), words[-1])


def values(*words):
    return [each.value for each in complete(*words)]


@pytest.fixture
def named(store_address):
    write_facts(open_store(store_address), "run-0002", RunFacts(name="small-steps"))
    return store_address


@pytest.mark.parametrize(
    "words",
    [["show"], ["report"], ["annotate"], ["compare", "run-0001"], ["predict", "--run"]],
    ids=" ".join,
)
def test_names_and_ids_of_runs_are_completed(named, tmp_path, monkeypatch, words):
    monkeypatch.setenv("FASHION_MNIST_OUTPUT", str(tmp_path))
    assert values(*words, "run") == RUN_IDS
    assert values(*words, "") == ["latest", "small-steps", *RUN_IDS]
    assert values(*words, "sm") == ["small-steps"]


def test_the_runs_are_those_of_the_options_before(named, tmp_path):
    assert values("show", "--metadata", named, "run-0003") == ["run-0003"]
    assert values("show", "--output", str(tmp_path), "run-0003") == ["run-0003"]
    config = tmp_path / "settings.yaml"
    config.write_text(f"output: {tmp_path}")
    assert values("show", "--config", str(config), "run-0003") == ["run-0003"]


@pytest.mark.parametrize(
    "store", ["absent.sqlite", "grpc://localhost:1", "postgresql://nobody/nothing"]
)
def test_without_a_store_that_can_be_read_nothing_fails(
    tmp_path, monkeypatch, capfd, store
):
    monkeypatch.chdir(tmp_path)
    assert values("show", "--metadata", store, "") == ["latest"]
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["predict"], ["predict", "--model"], ["data", "check"], ["lineage"]]
)
def test_the_shell_completes_files(words):
    assert [each.type for each in complete(*words, "ph")] == ["file"]


def test_a_shell_gets_its_answer_at_once(named):
    asked = f"fashion-mnist show --metadata {named} run-000"
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ
        | {
            "_FASHION_MNIST_COMPLETE": "bash_complete",
            "COMP_WORDS": asked,
            "COMP_CWORD": "4",
        },
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.split() == [f"plain,{run_id}" for run_id in RUN_IDS]
    imported, seconds = json.loads(answer.stderr)
    assert imported == []
    assert seconds < 2  # of computing; on an idle machine it takes less than one
