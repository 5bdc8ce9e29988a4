import datetime

import pytest

from pipeline.metadata.connection import open_store
from pipeline.metadata.drift_records import (
    distances_of,
    load_drift,
    newest_drift,
    record_drift,
)
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.run_reader import load_runs
from tests.support.metadata_store import FIRST_VERSION, PIPELINE


@pytest.fixture
def store(store_address):
    return open_store(store_address)


def record(store, verdict, version, pipeline=PIPELINE, model_uri="/nowhere"):
    record_drift(
        store,
        verdict=verdict,
        distances={"brightness": 0.25, "border": 0.5},
        version=version,
        model_uri=model_uri,
        pipeline=pipeline,
        images=1234,
        scored="/results/today.parquet",
        page="/results/today.drift.html",
    )


def test_a_store_without_comparisons_has_no_newest_one(store):
    assert newest_drift(store) is None
    assert load_drift(store) == []


def test_the_newest_comparison_of_a_pipeline_is_found(store):
    before = datetime.datetime.now().astimezone().replace(microsecond=0)
    record(store, "drift", str(FIRST_VERSION))
    record(store, "warn", str(FIRST_VERSION))
    record(store, "ok", "another-run", pipeline="discs")
    found = newest_drift(store, PIPELINE)
    assert found.fact("verdict") == "warn"
    assert distances_of(found) == {"brightness": 0.25, "border": 0.5}
    assert before <= found.time <= datetime.datetime.now().astimezone()
    assert newest_drift(store).fact("verdict") == "ok"
    assert newest_drift(store, "nope") is None
    verdicts = [each.fact("verdict") for each in load_drift(store)]
    assert verdicts == ["drift", "warn", "ok"]


def test_the_record_points_to_the_pushed_version_or_to_the_model(store):
    runs = load_runs(store)
    graph = LineageGraph(runs)
    pushed = graph.versions()[str(FIRST_VERSION)]
    trained = next(each for each in graph.artifacts.values() if each.type == "Model")
    record(store, "ok", str(FIRST_VERSION))
    record(store, "drift", "run-0000", model_uri=trained.uri)
    record(store, "drift", "run-0000")
    assert [each.about for each in load_drift(store)] == [pushed.id, trained.id, None]


def test_lineage_shows_the_comparison_after_the_version(store):
    record(store, "drift", str(FIRST_VERSION))
    graph = LineageGraph(load_runs(store), load_drift(store))
    pushed = graph.versions()[str(FIRST_VERSION)]
    (made,) = graph.made_into(pushed)
    assert graph.describe(made).startswith(
        f"ImageDrift {made.id}, drift in 1,234 images, 20"
    )
