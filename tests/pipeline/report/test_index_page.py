"""The page that lists all runs, when there are many."""

import dataclasses
import itertools
import time

import pytest

from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.run_reader import load_runs
from pipeline.report.index_page import render_index
from pipeline.settings import Settings


@pytest.fixture
def many_runs(seven_runs):
    """Makes as many runs as are asked for, like the seven that are recorded."""
    recorded = load_runs(open_existing_store(str(seven_runs)))

    def make(count):
        return [
            dataclasses.replace(run, run_id=f"{number:04}-{run.run_id}")
            for number, run in enumerate(
                itertools.islice(itertools.cycle(recorded), count)
            )
        ]

    return make


def render_in_seconds(runs, folder):
    """Returns the page and the seconds of computing, whatever else the machine does."""
    started = time.process_time()
    page = render_index(Settings(output=folder), runs, {})
    return page, time.process_time() - started


def test_the_index_of_many_runs_is_there_at_once(many_runs, tmp_path):
    render_in_seconds(many_runs(2), tmp_path)  # imports Matplotlib
    page, seconds = render_in_seconds(many_runs(500), tmp_path)
    assert page.count('<tr><th scope="row">') == 500
    assert seconds < 2
    _, more_seconds = render_in_seconds(many_runs(2000), tmp_path)
    # Four times as many; each run isn't compared with each other.
    assert more_seconds < 6 * seconds
