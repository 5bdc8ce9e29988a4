"""Runs on a terminal: stages, epochs, tables and results, and no log."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from pipeline.metadata.records import State
from tests.support.fashion import SCHEMA
from tests.support.reading import recorded_runs
from tests.support.terminal import interrupt, run_on_terminal

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SYNTHETIC = (
    sys.executable, "-m", "tests.support.synthetic_runner", "--batch-size", "16",
    "--curated-schema", str(SCHEMA), "--resize", "none",
    "--output", "output", "--dataset",
)  # fmt: skip
# In the order in which they run.
BEFORE_TRAINER = (
    "ImageExampleGen", "CuratedSchema", "StatisticsGen", "ExampleValidator",
    "AnomalyGate", "Transform",
)  # fmt: skip


def readme_trial():
    """Returns the README's quick trial, as it can be called from any folder."""
    readme = (ROOT / "README.md").read_text()
    (line,) = (line for line in readme.splitlines() if "--output trial" in line)
    python, script, *options = shlex.split(line)
    assert (python, script) == ("python", "local_runner.py")
    return [sys.executable, ROOT / script, *options]


def assert_quiet(shown, columns):
    assert len(shown.lines) <= 60, shown.text
    assert shown.log_lines == []
    assert [line for line in shown.written if len(line) > columns] == []
    assert shown.cursor


def the_log(output):
    (log,) = output.glob("logs/*.log")
    return log.read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terminal") / "dossier é"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def trial(folder):
    """The quick trial and its log; while the data are prepared, it says how far."""
    shown = run_on_terminal(
        readme_trial(),
        80,
        folder,
        when=("ImageExampleGen: preparing train, ", lambda terminal: None),
    )
    return shown, the_log(folder / "trial")


def test_the_quick_trial_shows_stages_epochs_tables_and_results(trial):
    shown, _ = trial
    assert shown.code == 0, shown.text
    assert_quiet(shown, 80)
    stage = re.compile(r"[ \d]\d/11 \w+: ran, .+s$")
    stages = [line for line in shown.lines if stage.match(line)]
    assert len(stages) == 11
    assert re.search(r"epoch 1/1: accuracy 0\.\d{4}, ", shown.text)
    for words in ("Test accuracy", "Blessed: ", "Predictions"):
        assert words in shown.text
    for name in ("Model: trial/", "Picture: trial/", "Report: trial/", "Log: trial/"):
        assert name in shown.text


def test_the_log_has_all_that_the_libraries_say(trial):
    _, log = trial
    assert log.count("INFO:absl:Running launcher for") == 11
    for node in (*BEFORE_TRAINER, "Trainer", "Evaluator", "Pusher"):
        assert f'\n  id: "{node}"\n' in log
    # The lines of Keras, TensorFlow and Beam.
    for words in ("val_accuracy: ", "INFO:tensorflow:", "INFO:apache_beam"):
        assert words in log
    assert len(log) > 50_000


def test_a_second_trial_fits_a_wide_terminal_too(trial, folder):
    shown = run_on_terminal(readme_trial(), 200, folder)
    assert shown.code == 0, shown.text
    assert_quiet(shown, 200)
    assert any(line.startswith(" 8/11 Trainer: cached, ") for line in shown.lines)


def test_a_failed_run_ends_in_a_sentence(tmp_path):
    shown = run_on_terminal(
        [*SYNTHETIC, "blank_fashion:1.0.0"],
        200,
        tmp_path,
        {"NO_COLOR": "1", "LC_ALL": "C"},
    )
    assert shown.code == 1
    assert_quiet(shown, 200)
    stages = [line.partition(",")[0] for line in shown.lines]
    first = stages.index(" 5/11 ExampleValidator: ran") + 1
    report, place_of_log, *sentence = shown.lines[first:]
    assert report.startswith("Report: output/reports/")
    assert place_of_log.startswith("Log: output/logs/")
    assert sentence[0].startswith("Error: AnomalyGate failed: ")
    # One anomaly to a line: each split has no brightness and no contrast.
    anomalies = [line for line in sentence if line.startswith("- split '")]
    assert len(anomalies) == 4
    assert sentence[-1].startswith("Correct the data, ")
    assert sentence[-1].endswith(".")
    log = the_log(tmp_path / "output")
    assert "Traceback" in log
    assert log.count("INFO:absl:Running launcher for") == 6


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A run whose Trainer was interrupted by Ctrl-C, its folder and its log."""
    folder = tmp_path_factory.mktemp("interrupted")
    command = [*SYNTHETIC, "tiny_fashion:1.0.0", "--epochs", "10000"]
    shown = run_on_terminal(command, 80, folder, when=("epoch 2/10000: ", interrupt))
    return shown, folder, the_log(folder / "output")


def test_ctrl_c_ends_a_run_in_a_sentence_that_says_what_is_reused(interrupted):
    shown, _, log = interrupted
    assert shown.code == 1
    assert_quiet(shown, 80)
    end = " ".join(shown.lines).partition("Log: ")[2]
    assert re.fullmatch(
        r"output/logs/\S+\.log Aborted in Trainer; the next run reuses the completed "
        r"stages: [\w ,]+\.",
        end,
    )
    assert all(stage in end for stage in BEFORE_TRAINER)
    assert "KeyboardInterrupt" in log


def test_ctrl_c_leaves_nothing_running_and_nothing_behind(interrupted):
    _, folder, _ = interrupted
    output = folder / "output"
    (run,) = recorded_runs(str(output / "metadata.sqlite"))
    assert run.node("Trainer").state is State.CANCELLED
    page = (output / "reports" / f"{run.run_id}.html").read_text()
    assert "Trainer was cancelled" in page
    assert "interrupted" in run.node("Trainer").error
    assert not list(output.glob(".temporary*"))
    assert not list(output.glob("in-use*"))
    assert not list(output.glob("artifacts/Trainer/*/[0-9]*"))


def test_the_run_after_ctrl_c_reuses_what_was_said_and_may_be_refused(interrupted):
    _, folder, _ = interrupted
    shown = run_on_terminal(
        [*SYNTHETIC, "tiny_fashion:1.0.0", "--epochs", "1", "--min-accuracy", "0.99"],
        80,
        folder,
        {"TERM": "dumb"},
    )
    assert shown.code == 3, shown.text
    assert_quiet(shown, 80)
    for stage in BEFORE_TRAINER:
        assert f"{stage}: cached" in shown.text
    assert "Refused: " in shown.text
    assert "Model: not pushed" in shown.lines
