"""Finds out whose model a command means if the user names no pipeline."""

from components.errors import InputError
from pipeline.settings import Settings

# With other settings than these, the user has named the pipeline.
_PLACES = {"output", "metadata", "beam_runner", "beam_args", "max_memory_mb"}

SET_OF_MODEL = {
    "dataset": "Take the model of this data set, not that of the newest run.",
    "images": "Take the model of your own images in this folder or CSV file, not that "
    "of the newest run.",
}
"""Help of the settings that only say whose model a command means."""


def of_newest_run(settings: Settings) -> Settings:
    """Returns settings with the newest run's pipeline, if the user named none.

    Args:
        settings: Settings as the user gave them.

    Returns:
        The same settings if they name a data set or a pipeline, or if no run is known.
    """
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.metadata.run_reader import latest_pipeline

    if settings.model_fields_set - _PLACES:
        return settings
    try:
        store = open_existing_store(settings.metadata_address)
    except InputError:
        # The versions may be a copy, made on a machine where no run was.
        return settings
    name = latest_pipeline(store)
    return settings.model_copy(update={"pipeline_name": name}) if name else settings
