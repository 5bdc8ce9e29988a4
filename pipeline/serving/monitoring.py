"""Collects what the project knows of a pipeline and its model, as Prometheus metrics.

The names follow https://prometheus.io/docs/practices/naming/. `model_name` is the label
that TensorFlow Serving's own metrics have. Nothing here imports TensorFlow.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from components.errors import InputError
from components.pusher.model_config import read_served
from components.pusher.versions import list_versions
from pipeline.metadata.drift_records import distances_of
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.outcomes import RunState
from pipeline.metadata.pipeline_state import StateReader
from pipeline.settings import Settings

States = Callable[[], Mapping[int, str]]
"""Asks a server for the states of its versions, in the words of TensorFlow Serving."""

DRIFT_VERDICTS = ("ok", "warn", "drift")

_PREFIX = "fashion_mnist_"


class PipelineCollector(Collector):
    """Reads the metrics anew each time that they are asked for.

    A source that can't be read has the value 0 in `fashion_mnist_source_up`, and the
    metrics that come from it are missing.
    """

    def __init__(
        self,
        settings: Settings,
        servers: Mapping[str, States] | None = None,
    ):
        """Constructs the collector.

        Args:
            settings: Settings with the pipeline, its output folder and its store.
            servers: What asks each server for its versions, by the server's address.
        """
        self._settings = settings
        self._servers = servers or {}
        self._reader: StateReader | None = None
        self._lock = threading.Lock()  # scrapes come in threads of their own

    def collect(self) -> Iterator[Metric]:
        """Yields the metrics."""
        with self._lock:
            yield from self._collect()

    def _collect(self) -> Iterator[Metric]:
        up = _gauge(
            "source_up", "1 if a source could be read, 0 otherwise.", "source", "server"
        )
        yield self._gauge_of(
            "metrics_timestamp_seconds", "When the metrics were read.", time.time()
        )
        expected = self._expected_version()
        up.add_metric([self._settings.name, "versions", ""], expected is not None)
        if expected is not None:
            yield self._gauge_of(
                "expected_version",
                "Version that requests without a label should get; 0 if there is none.",
                expected,
            )
        served = self._served_versions()
        for server, version in served.items():
            up.add_metric([self._settings.name, "server", server], version is not None)
        if not self._servers and expected is not None:
            served = {"": expected}
        yield self._served_version(served)
        found, metrics = self._from_store({each for each in served.values() if each})
        up.add_metric([self._settings.name, "metadata", ""], found)
        yield from metrics
        yield up

    def _expected_version(self) -> int | None:
        try:
            folder = self._settings.serving_dir
            versions = read_served(folder).versions or list_versions(folder)
            return max(versions, default=0)
        except (InputError, OSError):
            return None

    def _served_versions(self) -> dict[str, int | None]:
        """Asks all servers at once which version requests without a label get."""
        if not self._servers:
            return {}
        with ThreadPoolExecutor(len(self._servers)) as pool:
            newest = pool.map(_newest_available, self._servers.values())
        return dict(zip(self._servers, newest, strict=True))

    def _served_version(self, served: Mapping[str, int | None]) -> Metric:
        gauge = _gauge(
            "served_version",
            "Version that requests without a label get; 0 if none answers.",
            "server",
        )
        for server, version in served.items():
            if version is not None:
                gauge.add_metric([self._settings.name, server], version)
        return gauge

    def _from_store(self, versions: set[int]) -> tuple[bool, list[Metric]]:
        from ml_metadata.errors import StatusError

        try:
            if self._reader is None:
                store = open_existing_store(self._settings.metadata_address)
                self._reader = StateReader(store, self._settings)
            return True, [
                *self._of_models(self._reader, versions),
                *self._of_runs(self._reader),
                *self._of_drift(self._reader),
            ]
        except (InputError, StatusError, OSError):
            self._reader = None  # the connection may be lost, so it is made anew
            return False, []

    def _of_models(self, reader: StateReader, versions: set[int]) -> Iterator[Metric]:
        info = _gauge(
            "model_info",
            "A version that is served, and the run that made it.",
            "version",
            "run",
        )
        accuracy = _gauge(
            "model_accuracy_ratio",
            "Accuracy on the test split of a version that is served, 0 to 1.",
            "version",
        )
        for version in sorted(versions):
            maker = reader.maker(version)
            run = maker.run_id if maker else ""
            info.add_metric([self._settings.name, str(version), run], 1)
            if maker and maker.accuracy is not None:
                accuracy.add_metric([self._settings.name, str(version)], maker.accuracy)
        yield info
        yield accuracy

    def _of_runs(self, reader: StateReader) -> Iterator[Metric]:
        state = reader.read()
        gauge = _gauge(
            "newest_run_state",
            "1 for the state of the newest run, 0 for others.",
            "state",
        )
        for each in RunState:
            gauge.add_metric(
                [self._settings.name, each.value], state.newest_run is each
            )
        yield gauge
        if state.last_good_run:
            yield self._gauge_of(
                "last_good_run_timestamp_seconds",
                "When the newest run with a blessed model was complete.",
                state.last_good_run.timestamp(),
            )

    def _of_drift(self, reader: StateReader) -> Iterator[Metric]:
        drift = reader.drift()
        if drift is None:
            return
        verdict = _gauge(
            "drift_verdict", "1 for the newest verdict, 0 for others.", "verdict"
        )
        newest = drift.fact("verdict")
        for each in DRIFT_VERDICTS:
            verdict.add_metric([self._settings.name, each], newest == each)
        yield verdict
        distance = _gauge(
            "drift_distance_ratio",
            "Distance of a feature of scored images from the training's, 0 to 1.",
            "feature",
        )
        for feature, value in distances_of(drift).items():
            distance.add_metric([self._settings.name, feature], value)
        yield distance
        yield self._gauge_of(
            "drift_timestamp_seconds",
            "When scored images were compared last.",
            drift.time.timestamp(),
        )

    def _gauge_of(self, name: str, documentation: str, value: float) -> Metric:
        gauge = _gauge(name, documentation)
        gauge.add_metric([self._settings.name], value)
        return gauge


def _newest_available(states: States) -> int | None:
    try:
        return max(
            (version for version, state in states().items() if state == "AVAILABLE"),
            default=0,
        )
    except InputError:  # it doesn't answer
        return None


def _gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        f"{_PREFIX}{name}", documentation, labels=["model_name", *labels]
    )
