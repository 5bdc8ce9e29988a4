"""What the commands show on a terminal: nothing wider than it, and no log."""

import re
import sys

import pytest
from PIL import Image

from pipeline.__main__ import main
from tests.support.commands import leaves
from tests.support.terminal import run_on_terminal


def on_terminal(*arguments, **options):
    return run_on_terminal([sys.executable, "-m", "pipeline", *arguments], **options)


def assert_fits(shown, columns=80):
    assert shown.log_lines == []
    assert [line for line in shown.written if len(line) > columns] == []
    assert shown.cursor


@pytest.mark.parametrize("path", [(), *leaves(main)], ids=" ".join)
def test_help_fits(path):
    shown = on_terminal(*path, "--help")
    assert shown.code == 0
    assert shown.lines[0].startswith(
        f"Usage: {' '.join(['python -m pipeline', *path])}"
    )
    assert_fits(shown)


@pytest.mark.parametrize(
    "arguments",
    [["run", "--epochs", "0"], ["runs", "--limit", "0"], ["show", "--nope"], ["no"]],
    ids=" ".join,
)
def test_wrong_options_are_answered_shortly(arguments):
    shown = on_terminal(*arguments)
    assert shown.code == 2
    assert shown.written[-1].startswith("Error: ")
    assert len(shown.lines) <= 6
    assert shown.log_lines == []


ANSWERS = {
    "runs": [],
    "show": [],
    "compare": ["run-0001", "latest", "latest~1"],
    "diff": ["run-0001", "run-0002"],
    "lineage": ["1"],
    "gc": ["--keep", "1"],
    "report": [],
    "versions": ["--pipeline-name", "none"],
}


@pytest.fixture
def recorded(store_address, tmp_path):
    """Options that name a store, and a folder whose name isn't plain."""
    folder = tmp_path / "dossier é"
    folder.mkdir()
    return ["--metadata", store_address, "--output", str(folder)], folder


def words_to_copy(shown):
    """Returns the ids, paths and versions that an answer shows."""
    words = {word.strip("(),:;") for line in shown.written for word in line.split()}
    return {
        word for word in words if "/" in word or re.fullmatch(r"run-\d+|\d{8,}", word)
    }


def cuts(shown):
    """Returns how often an answer shows that it left something out."""
    return shown.text.count("…") + shown.text.count("...")


@pytest.mark.parametrize("command", ANSWERS)
def test_an_answer_fits_and_can_be_copied(command, recorded):
    options, folder = recorded
    if command != "report":  # which writes there
        # The folder in which the store's artifacts are said to lie.
        options[-1] = "/output"
    whole, wide, narrow = (
        on_terminal(command, *ANSWERS[command], *options, columns=columns, cwd=folder)
        for columns in (1000, 200, 80)
    )
    assert whole.code == 0, whole.text
    assert_fits(wide, 200)
    assert_fits(narrow, 80)
    # No id and no path is broken, and nothing is cut that fits.
    assert words_to_copy(narrow) == words_to_copy(wide) == words_to_copy(whole)
    assert cuts(wide) == cuts(whole)


@pytest.mark.parametrize("columns", [80, 200])
def test_predictions_fit(exported, tmp_path, columns):
    folder = tmp_path / "photos" / "a folder of photos with a long name"
    folder.mkdir(parents=True)
    for number in range(7):
        name = f"photo {number} with a name that is longer than a column.png"
        Image.new("RGB", (60, 40)).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no image")
    shown = on_terminal(
        *("predict", "photos", "absent.png", "--model", exported.folder),
        *("--output", "out"),
        columns=columns,
        cwd=tmp_path,
    )
    assert shown.code == 6, shown.text
    assert_fits(shown, columns)
    assert "…" not in shown.text
    (picture,) = (tmp_path / "out" / "pictures").iterdir()
    # It can be copied.
    assert f"Picture: out/pictures/{picture.name}" in shown.written


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"LC_ALL": "C"}], ids=str
)
def test_an_answer_is_the_same_on_a_terminal_of_any_kind(environment, recorded):
    options, folder = recorded
    answers = [
        on_terminal("show", *options, cwd=folder, environment=variables)
        for variables in ({}, environment)
    ]
    assert answers[0] == answers[1]
