import io

import pytest
from rich.console import Console

from pipeline.metadata.difference import Difference
from pipeline.report.comparison_table import print_differences
from pipeline.report.run_table import print_runs

IDS = [f"2026112{number}-202606-4f1a" for number in range(3)]


def row(run_id, **facts):
    return {
        "run": run_id,
        "name": None,
        "started": "2026-11-25T20:26:06+00:00",
        "seconds": 7300.0,
        "verdict": "blessed",
        "state": "completed",
        "accuracy": 0.9123,
        "version": "1795639689",
        "standing": ["served", "baseline", "best"],
        **facts,
    }


def printed(width, rows, differing):
    output = io.StringIO()
    short_ids = {run_id: run_id[:15] for run_id in IDS}
    print_runs(Console(file=output, width=width), rows, short_ids, differing)
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 200])
def test_a_run_is_one_line_that_fits(width):
    rows = [row(run_id) for run_id in IDS]
    differing = {
        f"parameter_{letter}": dict.fromkeys(IDS, "a value " * 9) for letter in "abcd"
    }
    lines = printed(width, rows, differing).splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    shown = [line for line in lines if line.startswith("2026112")]
    assert [line.split()[0] for line in shown] == [run_id[:15] for run_id in IDS]
    for line in shown:
        assert "1795639689" in line
        assert "0.9123" in line
    told = " ".join(" ".join(lines).split())
    assert ("The runs also differ in" in told) == (width == 80)
    assert "parameter_d" in told


def test_names_and_values_are_shown_as_they_are():
    text = printed(200, [row(IDS[0], name="[red]")], {"x": {IDS[0]: "[bold]"}})
    assert "[red]" in text
    assert "[bold]" in text


@pytest.mark.parametrize("runs", [2, 3, 9])
def test_many_runs_are_compared_in_tables_that_fit(runs):
    differences = [
        Difference("parameters", "Trainer.epochs", list(range(runs))),
        Difference(
            "metrics", "accuracy", [0.5 + number / 100 for number in range(runs)]
        ),
        Difference("code", "Trainer", ["a16398fef5dc221f"] * runs),
    ]
    output = io.StringIO()
    headings = [f"run-{number}" for number in range(runs)]
    print_differences(Console(file=output, width=80), differences, headings)
    text = output.getvalue()
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    for number in range(runs):
        assert f"run-{number}" in text
    assert "0.51 +0.01" in text
