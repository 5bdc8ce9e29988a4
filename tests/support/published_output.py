"""An output folder whose runs have published versions, made within a second."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.pusher.versions import MODEL_FILE
from pipeline.settings import Settings
from tests.support.metadata_store import FIRST_VERSION, PIPELINE, write_store


@dataclass(frozen=True)
class FoundDrift:
    """What a comparison of scored images with the training found."""

    verdict: str
    distances: Mapping[str, float]
    time: datetime.datetime


FOUND_DRIFT = FoundDrift(
    "warn",
    {"brightness": 0.125, "contrast": 0.5},
    datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
)


def publish_output(folder: Path, runs: int = 3) -> Settings:
    """Writes a store of runs, and the folders of their versions, which hold no models.

    Args:
        folder: The output folder.
        runs: How many runs to write, at most 4: the fifth one's model is refused.

    Returns:
        Settings with that output folder.
    """
    write_store(str(folder / "metadata.sqlite"), runs)
    for number in range(runs):
        version = folder / "serving" / PIPELINE / str(FIRST_VERSION + number)
        version.mkdir(parents=True)
        (version / MODEL_FILE).touch()
    return Settings(output=folder)
