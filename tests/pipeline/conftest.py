"""Stores of ML Metadata that whole pipeline runs wrote.

The fixtures import what they need: the tests of plain functions need none of it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings


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
    from tests.support.servers.postgresql import postgresql_server

    output = tmp_path_factory.mktemp("recorded") / "output"
    if request.param == "sqlite":
        yield _record(output)
        return
    with postgresql_server() as address:
        yield _record(output, address)


@pytest.fixture(scope="session")
def seven_runs(tmp_path_factory):
    """A SQLite store with seven runs, written without a pipeline."""
    from tests.support.metadata_store import write_store

    path = tmp_path_factory.mktemp("seven") / "metadata.sqlite"
    write_store(str(path), 7)
    return path


@pytest.fixture
def store_address(seven_runs, tmp_path):
    """Address of a store that the test may change."""
    return shutil.copy(seven_runs, str(tmp_path / "metadata.sqlite"))


def _record(output: Path, metadata: str | None = None) -> RecordedRuns:
    from components.errors import NodeFailedError
    from pipeline.settings import Settings
    from tests.support.fashion import SCHEMA
    from tests.support.launching import launch_all

    settings = Settings(
        output=output,
        metadata=metadata,
        dataset="tiny_fashion:1.0.0",
        curated_schema=str(SCHEMA),
        resize="none",
        epochs=8,
        batch_size=16,
        min_accuracy=0.5,
    )
    launch_all(settings, "first")
    launch_all(settings, "cached")
    launch_all(
        settings.model_copy(update={"epochs": 1, "min_accuracy": 0.99}), "refused"
    )
    blank = settings.model_copy(update={"dataset": "blank_fashion:1.0.0"})
    with pytest.raises(NodeFailedError, match="AnomalyGate failed"):
        launch_all(blank, "failed")
    return RecordedRuns(settings)
