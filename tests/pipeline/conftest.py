"""Stores of ML Metadata that whole pipeline runs wrote."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.metadata_store import write_store
from pipeline.settings import Settings
from tests.support.servers.postgresql import postgresql_server


@dataclass(frozen=True)
class RecordedRuns:
    """Four runs: `first`, `cached`, `refused` and `failed`, in this order."""

    settings: Settings

    @property
    def options(self):
        return [
            "--output",
            self.settings.root,
            "--metadata",
            self.settings.metadata_address,
        ]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def recorded_runs(request, tmp_path_factory):
    """The same four runs, in a SQLite file and on a PostgreSQL server."""
    folder = tmp_path_factory.mktemp("recorded")
    if request.param == "sqlite":
        yield _record(Settings(**_options(folder)))
        return
    with postgresql_server() as address:
        yield _record(Settings(metadata=address, **_options(folder)))


@pytest.fixture(scope="session")
def seven_runs(tmp_path_factory):
    """A SQLite store with seven runs, written without a pipeline."""
    path = tmp_path_factory.mktemp("seven") / "metadata.sqlite"
    write_store(str(path), 7)
    return path


@pytest.fixture
def store_address(seven_runs, tmp_path):
    """Address of a store that the test may change."""
    return shutil.copy(seven_runs, str(tmp_path / "metadata.sqlite"))


def _options(folder: Path):
    return {
        "output": folder / "output",
        "dataset": "tiny_fashion:1.0.0",
        "epochs": 8,
        "batch_size": 16,
        "min_accuracy": 0.5,
    }


def _record(settings: Settings) -> RecordedRuns:
    from pipeline.running.launcher import NodeFailedError

    launch_all(settings, "first")
    launch_all(settings, "cached")
    launch_all(
        settings.model_copy(update={"epochs": 1, "min_accuracy": 0.99}), "refused"
    )
    blank = settings.model_copy(update={"dataset": "blank_fashion:1.0.0"})
    with pytest.raises(NodeFailedError, match="AnomalyGate failed"):
        launch_all(blank, "failed")
    return RecordedRuns(settings)


def launch_all(settings: Settings, run_id: str) -> None:
    from pipeline.running.launcher import PipelineLauncher

    launcher = PipelineLauncher(settings, run_id)
    for node_id in launcher.node_ids:
        launcher.launch(node_id)
