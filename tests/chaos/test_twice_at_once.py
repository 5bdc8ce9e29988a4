"""Two runs at the same time."""

import sqlite3
from contextlib import closing

import pytest

from pipeline.metadata.records import State
from tests.chaos import runs
from tests.support.reading import repeatable_figures

pytestmark = pytest.mark.chaos


def assert_sound(output, count):
    found = runs.runs(output)
    assert len(found) == count
    for run in found:
        assert {node.state for node in run.nodes} <= {State.RAN, State.CACHED}
    with closing(sqlite3.connect(output / "metadata.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert runs.stray_files(output) == []


def test_a_second_run_on_one_output_is_refused_and_the_first_completes(tmp_path):
    output = tmp_path / "output"
    processes = [runs.start(output, "--seed", seed) for seed in (1, 2)]
    (first_code, first), (second_code, second) = sorted(map(runs.finish, processes))
    assert (first_code, second_code) == (0, 1), first + second
    line = runs.last_line(second)
    (run,) = runs.runs(output)
    assert line.startswith("Error: --output must be a folder that nothing else is")
    assert f"run {run.run_id}, process " in line
    assert_sound(output, 1)


def test_runs_on_two_outputs_do_not_disturb_each_other_and_agree(tmp_path):
    outputs = [tmp_path / name for name in ("one", "two")]
    # The data folder is shared, and neither has prepared the set before.
    processes = [
        runs.start(output, "--data-dir", tmp_path / "data") for output in outputs
    ]
    for process in processes:
        code, printed = runs.finish(process)
        assert code == 0, printed
    for output in outputs:
        assert_sound(output, 1)
    # Fresh processes with one seed: not a figure differs.
    one, two = map(repeatable_figures, outputs)
    assert one == two
