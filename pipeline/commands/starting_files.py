"""Writes the settings and the schema with which a set of images starts."""

import os
from pathlib import Path

import yaml
from google.protobuf import text_format

from components.errors import InputError
from components.example_gen.bounds import measure_bounds
from components.example_gen.open_source import open_source
from components.schema.infer import infer_schema
from components.source_files.registration import pin_version
from pipeline.settings import Settings

_SETTINGS_HEAD = """\
# Settings of the pipeline for these images. Every other setting can stand here too;
# --show-settings lists them. A floor for the test accuracy is worth setting:
# min_accuracy: 0.9
"""
_SCHEMA_HEAD = """\
# What images of this set must be: their classes, and bounds that were measured on all
# of them, with a margin. A run whose images are outside is stopped before training.
# Correct what you know better: a bound that is too narrow, a class that may be missing.

"""


def write_starting_files(settings: Settings, folder: Path) -> tuple[Path, Path]:
    """Writes the settings and the schema of a set of images.

    Args:
        settings: Which images, how they are made to fit, and the pipeline's name.
        folder: Where to write the files.

    Returns:
        The file of settings and that of the schema.

    Raises:
        InputError: If the images can't be used, or a file is there already.
    """
    paths = (
        folder / f"{settings.name}.yaml",
        folder / f"{settings.name}.schema.pbtxt",
    )
    for path in paths:
        if path.exists():
            raise InputError(
                f"The files to write must not be there yet; {path} is; remove it, or "
                f"choose another --name."
            )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(
            f"The folder for the files must be writable; {folder} isn't; change to "
            f"another one."
        )
    completed = settings.completed
    source = open_source(completed)
    description = source.description
    schema = infer_schema(description.class_names, measure_bounds(source))
    values = {
        "pipeline_name": settings.name,
        **(
            {"images": completed.images}
            if completed.images
            else {
                "dataset": pin_version(completed.dataset, completed.prepared_data_dir),
                **{
                    # As a full path. What wasn't given depends on the output.
                    place: getattr(completed, place)
                    for place in ("data_dir", "data_mirror")
                    if getattr(settings, place)
                },
            }
        ),
        **{
            column: value
            for column in ("image_column", "label_column", "split_column")
            if (value := getattr(settings, column))
            != Settings.model_fields[column].default
        },
        "curated_schema": paths[1].name,
        # Given, so that later images don't change the network.
        "image_size": f"{description.height}x{description.width}",
        "color": "grey" if description.channels == 1 else "rgb",
        "resize": description.resize,
    }
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    try:
        paths[0].write_text(_SETTINGS_HEAD + text, encoding="utf-8")
        paths[1].write_text(
            _SCHEMA_HEAD + text_format.MessageToString(schema, as_utf8=True),
            encoding="utf-8",
        )
    except BaseException:
        # Half a file would be settings too, and the command refuses to write over it.
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return paths
