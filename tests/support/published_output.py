"""An output folder whose runs have published versions, made within a second."""

from pathlib import Path

from components.pusher.versions import MODEL_FILE
from pipeline.metadata.drift_records import record_drift
from pipeline.metadata.existing_store import open_existing_store
from pipeline.settings import Settings
from tests.support.metadata_store import FIRST_VERSION, PIPELINE, write_store

DISTANCES = {"brightness": 0.125, "contrast": 0.5}
# At most 4: the model of the fifth run is refused.
_RUNS = 3


def publish_output(folder: Path) -> Settings:
    """Writes a store of runs, and the folders of their versions, which hold no models.

    Args:
        folder: The output folder.

    Returns:
        Settings with that output folder.
    """
    write_store(str(folder / "metadata.sqlite"), _RUNS)
    for number in range(_RUNS):
        version = folder / "serving" / PIPELINE / str(FIRST_VERSION + number)
        version.mkdir(parents=True)
        (version / MODEL_FILE).touch()
    return Settings(output=folder)


def add_drift(settings: Settings) -> None:
    """Records that scored images were compared with those of the training.

    Args:
        settings: Settings with a store.
    """
    record_drift(
        open_existing_store(settings.metadata_address, writable=True),
        verdict="warn",
        distances=DISTANCES,
        version=str(FIRST_VERSION),
        model_uri="",
        pipeline=settings.name,
        images=500,
        scored="scores.csv",
        page="scores.csv.drift.html",
    )
