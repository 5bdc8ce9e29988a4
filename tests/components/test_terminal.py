"""What moves on a terminal, in programs that have one of their own."""

import os
import subprocess
import sys

import pytest

from tests.support.terminal import run_on_terminal

# While the line moves, standard output and error stay what they are.
STATUS = """
import sys, time
from rich.console import Console
from components.terminal import status
streams = sys.stdout, sys.stderr
with status(Console(), "Starting [1]") as update:
    time.sleep(0.3)
    update("Going on")
    time.sleep(0.3)
    same = (sys.stdout, sys.stderr) == streams
print(same)
"""
LATE = """
import time
from rich.console import Console
from components.terminal import late_status
for seconds in (0, 0.6):
    with late_status(Console(), "Waiting", seconds=0.3):
        time.sleep(seconds)
    print("done")
"""
WORK = """
import time
from rich.console import Console
from components.progress import advance, listen_to_progress, work
from components.terminal import status
with status(Console(stderr=True), "Fetching") as update, listen_to_progress(update):
    for title, total in (("copying", 2_000_000), ("counting", None)):
        with work(title, total):
            for _ in range(4):
                advance(500_000)
                time.sleep(0.25)  # longer than the bar stays as it is
print(True)
"""
TRACK = """
import sys, time
from rich.console import Console
from components.terminal import track
stderr = sys.stderr
for number in track(Console(), "Removing", [1, 2, 3]):
    time.sleep(0.1)
print(number, sys.stderr is stderr)
"""
KILLED = """
import os, signal, time
from rich.console import Console
from components.terminal import clear_line, status
if os.fork() == 0:
    with status(Console(), "Working"):
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
os.wait()
clear_line(Console())
print("It was killed.")
"""


def on_terminal(program, **options):
    return run_on_terminal([sys.executable, "-c", program], **options)


@pytest.mark.parametrize("text", ["Starting [1]", "Going on"])
def test_a_status_is_shown_for_as_long_as_it_lasts(text):
    shown = on_terminal(STATUS, when=(text, lambda terminal: None))
    assert shown.code == 0
    assert shown.lines == ["True"]
    assert shown.cursor


@pytest.mark.parametrize(
    ("program", "title", "last"),
    [
        (WORK, "copying ━━━━━━━━━━", "True"),
        (WORK, "counting, 1,500,000 ━━━━━━━━━━", "True"),
        (TRACK, "Removing", "3 True"),
    ],
    ids=["work", "work without a total", "things"],
)
def test_a_progress_bar_is_shown_for_as_long_as_it_lasts(program, title, last):
    shown = on_terminal(program, when=(title, lambda terminal: None))
    assert shown.code == 0
    assert shown.lines == [last]
    assert shown.cursor


@pytest.mark.parametrize(
    "environment",
    [{"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii"}, {"NO_COLOR": "1"}],
    ids=str,
)
@pytest.mark.parametrize(
    "program", [STATUS, WORK, TRACK], ids=["status", "work", "things"]
)
def test_no_kind_of_terminal_is_too_poor(program, environment):
    shown = on_terminal(program, environment=environment)
    assert shown.code == 0, shown.text
    assert shown.text.endswith("True")


@pytest.mark.parametrize("environment", [{}, {"FORCE_COLOR": "1"}], ids=str)
@pytest.mark.parametrize(
    "program", [STATUS, WORK, TRACK], ids=["status", "work", "things"]
)
def test_nothing_moves_in_a_file(program, environment):
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert (result.stdout + result.stderr).split()[-1:] == ["True"]
    assert "\x1b" not in result.stdout + result.stderr


def test_what_a_killed_process_showed_is_removed():
    shown = on_terminal(KILLED, when=("Working", lambda terminal: None))
    assert shown.lines == ["It was killed."]
    assert shown.cursor


def test_a_late_status_is_shown_only_if_the_block_takes_long():
    shown = on_terminal(LATE, when=("Waiting", lambda terminal: None))
    assert shown.code == 0
    assert shown.lines == ["done", "done"]
    assert shown.cursor
    assert "Waiting" not in on_terminal(LATE.replace("0.6", "0")).written
