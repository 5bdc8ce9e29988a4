"""The state of a pipeline, read again and again."""

from datetime import timedelta

import pytest

from pipeline.metadata import pipeline_state
from pipeline.metadata.drift_records import distances_of
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.outcomes import RunState
from pipeline.metadata.pipeline_state import Maker, StateReader
from pipeline.metadata.run_reader import load_run
from pipeline.settings import Settings
from tests.support.metadata_store import FIRST_VERSION, PIPELINE
from tests.support.published_output import DISTANCES, add_drift, publish_output


@pytest.fixture
def reader(store_address):
    settings = Settings(metadata=store_address, pipeline_name=PIPELINE)
    return StateReader(open_existing_store(store_address), settings)


def test_the_runs_are_read_only_when_something_has_happened(reader, monkeypatch):
    loaded = []
    load_run = pipeline_state.load_run

    def counting(store, run_id, place):
        loaded.append(run_id)
        return load_run(store, run_id, place)

    monkeypatch.setattr(pipeline_state, "load_run", counting)
    state = reader.read()
    assert state.newest_run is RunState.COMPLETED
    assert state.last_good_run is not None
    # No older runs than needed are read, and none while nothing happens.
    assert loaded == ["run-0006"]
    assert reader.read() is state
    assert loaded == ["run-0006"]


def test_comparisons_are_read_only_when_something_has_happened(tmp_path, monkeypatch):
    settings = publish_output(tmp_path)
    reader = StateReader(open_existing_store(settings.metadata_address), settings)
    newest, asked = pipeline_state.newest_drift, []
    monkeypatch.setattr(
        pipeline_state,
        "newest_drift",
        lambda *arguments: asked.append(arguments) or newest(*arguments),
    )
    assert [reader.drift(), reader.drift()] == [None, None]
    assert len(asked) == 1
    add_drift(settings)
    assert distances_of(reader.drift()) == DISTANCES
    assert reader.drift() is reader.drift()
    assert len(asked) == 2


def test_runs_of_other_pipelines_do_not_count(store_address):
    settings = Settings(metadata=store_address, pipeline_name="other")
    state = StateReader(open_existing_store(store_address), settings).read()
    assert state.newest_run is None
    assert state.last_good_run is None


def test_a_version_is_known_by_the_run_that_made_it(reader):
    assert reader.maker(FIRST_VERSION + 1) == Maker("run-0001", 0.871)
    assert reader.maker(5) is None


def test_a_refused_model_and_a_failed_run_are_no_good_runs(recorded_runs):
    settings = recorded_runs.settings
    store = open_existing_store(settings.metadata_address)
    state = StateReader(store, settings).read()
    assert state.newest_run is RunState.COMPLETED
    good = load_run(store, "cached")
    assert state.last_good_run == good.started + timedelta(seconds=good.seconds)
    blank = settings.model_copy(update={"dataset": "blank_fashion:1.0.0"})
    state = StateReader(store, blank).read()
    assert state.newest_run is RunState.FAILED
    assert state.last_good_run is None
