"""The metrics of the project, as Prometheus reads them."""

import threading
import time

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from components.errors import InputError
from components.pusher.model_config import Served, config_path, write_served
from pipeline.metadata.connection import open_store
from pipeline.serving.monitoring import PipelineCollector
from tests.support.metadata_store import FIRST_VERSION, PIPELINE, write_examples
from tests.support.published_output import DISTANCES, add_drift, publish_output

SERVER = "http://serving:8501"
NEWEST = FIRST_VERSION + 2


@pytest.fixture
def settings(tmp_path):
    return publish_output(tmp_path)


def read(collector):
    """Reads the metrics as Prometheus does: by name, the values by their labels."""
    registry = CollectorRegistry()
    registry.register(collector)
    found = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("model_name") == PIPELINE
            values = found.setdefault(sample.name.removeprefix("fashion_mnist_"), {})
            values[tuple(labels.values())] = sample.value
    return found


def test_without_a_server_the_folder_tells_what_is_served(settings):
    metrics = read(PipelineCollector(settings))
    assert metrics["expected_version"] == {(): NEWEST}
    assert metrics["served_version"] == {("",): NEWEST}
    assert metrics["model_info"] == {("run-0002", str(NEWEST)): 1}
    assert metrics["model_accuracy_ratio"] == {(str(NEWEST),): 0.872}
    assert metrics["source_up"] == {("", "versions"): 1, ("", "metadata"): 1}
    write_served(settings.serving_dir, Served(frozenset({FIRST_VERSION})))
    metrics = read(PipelineCollector(settings))
    assert metrics["served_version"] == {("",): FIRST_VERSION}
    assert metrics["model_accuracy_ratio"] == {(str(FIRST_VERSION),): 0.87}


def test_a_server_tells_what_it_serves(settings):
    states = {NEWEST: "LOADING", NEWEST - 1: "AVAILABLE", FIRST_VERSION: "AVAILABLE"}
    metrics = read(PipelineCollector(settings, {SERVER: lambda: states}))
    assert metrics["served_version"] == {(SERVER,): NEWEST - 1}
    assert metrics["expected_version"] == {(): NEWEST}
    assert list(metrics["model_info"]) == [("run-0001", str(NEWEST - 1))]


def test_a_server_without_versions_serves_version_0(settings):
    metrics = read(PipelineCollector(settings, {SERVER: dict}))
    assert metrics["served_version"] == {(SERVER,): 0}
    assert "model_info" not in metrics


def test_a_server_that_does_not_answer_is_down(settings):
    def fail():
        raise InputError("No server answers.")

    metrics = read(PipelineCollector(settings, {SERVER: fail, "http://b": dict}))
    assert metrics["source_up"]["http://serving:8501", "server"] == 0
    assert metrics["source_up"]["http://b", "server"] == 1
    assert metrics["served_version"] == {("http://b",): 0}


def test_servers_are_asked_at_the_same_time(settings):
    all_are_asked = threading.Barrier(3, timeout=10)

    def answer():
        all_are_asked.wait()
        return {NEWEST: "AVAILABLE"}

    servers = dict.fromkeys(["http://a", "http://b", "http://c"], answer)
    metrics = read(PipelineCollector(settings, servers))
    assert set(metrics["served_version"].values()) == {NEWEST}


def test_the_runs_are_read_again_when_something_happened(settings):
    collector = PipelineCollector(settings)
    before = read(collector)
    assert before["newest_run_state"] == {
        ("completed",): 1,
        ("failed",): 0,
        ("cancelled",): 0,
        ("killed",): 0,
        ("running",): 0,
        ("unfinished",): 0,
    }
    write_examples(open_store(settings.metadata_address), PIPELINE, "later", "/files")
    after = read(collector)
    assert after["newest_run_state"]["unfinished",] == 1
    assert after["newest_run_state"]["completed",] == 0
    name = "last_good_run_timestamp_seconds"
    assert after[name] == before[name] != {}


def test_a_store_that_is_gone_leaves_the_other_metrics(settings, tmp_path):
    collector = PipelineCollector(settings)
    kept = tmp_path / "metadata.sqlite"
    away = kept.rename(tmp_path / "away")
    metrics = read(collector)
    assert metrics["source_up"]["", "metadata"] == 0
    assert metrics["served_version"] == {("",): NEWEST}
    assert "newest_run_state" not in metrics
    away.rename(kept)
    assert read(collector)["source_up"]["", "metadata"] == 1


def test_a_configuration_that_cannot_be_read_is_told(settings):
    config_path(settings.serving_dir).write_text("no text format")
    metrics = read(PipelineCollector(settings))
    assert metrics["source_up"]["", "versions"] == 0
    assert "expected_version" not in metrics


def test_drift_is_told_feature_by_feature(settings):
    nothing = read(PipelineCollector(settings))
    assert not [name for name in nothing if name.startswith("drift")]
    add_drift(settings)
    metrics = read(PipelineCollector(settings))
    assert metrics["drift_verdict"] == {("ok",): 0, ("warn",): 1, ("drift",): 0}
    assert metrics["drift_distance_ratio"] == {
        (feature,): distance for feature, distance in DISTANCES.items()
    }
    age = time.time() - metrics["drift_timestamp_seconds"][()]
    assert 0 <= age < 60
