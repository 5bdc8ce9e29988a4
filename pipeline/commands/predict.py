"""The command that classifies images with a pushed or served model."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from components.errors import InputError
from components.served_model.signatures import INPUT_NAMES, PREDICT_PNG
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.option_types import COUNT, Seconds, Text
from pipeline.commands.options import CONTEXT_SETTINGS, debug_option
from pipeline.commands.setting_options import setting_options
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import EXAMPLE_INDICES, Settings

if TYPE_CHECKING:
    from pipeline.serving.client import Client
    from pipeline.serving.labelled_images import LabelledImage
    from pipeline.serving.predictions import Prediction

# With other settings than these, the user has named the pipeline.
_PLACES = {"output", "metadata"}


@click.command(cls=CalledCommand, context_settings=CONTEXT_SETTINGS)
@click.option(
    "--image",
    "image_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="PNG, JPEG, GIF, BMP or WebP file of any size; may be given several times.",
)
@click.option(
    "--index",
    "indices",
    type=COUNT,
    multiple=True,
    help="Index of an image in the test split, from 0; may be given several times.",
)
@setting_options("output", "pipeline_name", "dataset", "images")
@click.option(
    "--server",
    type=Text(),
    show_default="none, the model is loaded from the output folder",
    help="Address of TensorFlow Serving: http://HOST:8501 or grpc://HOST:8500.",
)
@click.option(
    "--model-name",
    type=Text(),
    show_default="the pipeline's name",
    help="Name under which the server has the model.",
)
@click.option(
    "--model-version",
    type=COUNT,
    show_default="the newest",
    help="Version of the model.",
)
@click.option(
    "--signature",
    type=click.Choice(list(INPUT_NAMES)),
    default=PREDICT_PNG,
    help="How to send the images: predict_png as files, predict_images as pixels, "
    "serving_default in tf.Examples.",
)
@click.option(
    "--timeout",
    type=Seconds(),
    default=30.0,
    help="Seconds to wait for the server's answer.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    help="Format of the answer; json is for programs.",
)
@debug_option
def predict(
    image_files: tuple[Path, ...],
    indices: tuple[int, ...],
    server: str | None,
    model_name: str | None,
    model_version: int | None,
    signature: str,
    timeout: float,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Classify two test images, or your own images.

    The model is the newest pushed one in the output folder, or that of a server. It
    belongs to the data set or the pipeline that you name, else to the newest run.

    \b
    Examples:
      {command}
      {command} --image shoe.jpg --format json
      {command} --images photos
      {command} --server http://localhost:8501 --index 7
    """  # noqa: D301 (click keeps the lines after \b apart)
    from pipeline.report.summary import print_predictions
    from pipeline.serving.labelled_images import read_image_file
    from pipeline.serving.predictions import classify, draw_predictions

    with errors_as_sentences(debug):
        console = Console(stderr=output_format == "json")
        # A log is written only where runs have written theirs.
        has_logs = settings.is_local and settings.logs_dir.is_dir()
        log_file = settings.logs_dir / "predict.log" if has_logs else Path(os.devnull)
        with capture_stderr(log_file, enabled=not debug):
            settings = _of_newest_run(settings)
            # Wrong files are named before the model is loaded, which takes seconds.
            files = [read_image_file(path) for path in image_files]
            images = []
            if indices or not image_files:
                images = _read_test_images(settings, indices)
            client = _connect(settings, server, model_name, model_version, timeout)
            images = [*_fit_images(files, client, console), *images]
            predictions = classify(client, images, signature)
        if output_format == "json":
            rows = [_as_json(each, client.model_version) for each in predictions]
            click.echo(json.dumps(rows))
            return
        # Pictures are for people, and drawn only in a folder on their machine.
        picture = settings.pictures_dir / "predictions.png"
        if settings.is_local:
            draw_predictions(predictions, picture)
        print_predictions(console, predictions, picture if settings.is_local else None)


def _of_newest_run(settings: Settings) -> Settings:
    """Returns settings with the newest run's pipeline, if the user named none."""
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.metadata.run_reader import latest_pipeline

    if settings.model_fields_set - _PLACES:
        return settings
    try:
        store = open_existing_store(settings.metadata_address)
    except InputError:
        # Image files can be sent to a server also where no run was.
        return settings
    name = latest_pipeline(store)
    return settings.model_copy(update={"pipeline_name": name}) if name else settings


def _connect(
    settings: Settings,
    server: str | None,
    model_name: str | None,
    model_version: int | None,
    timeout: float,
) -> Client:
    if server is not None:
        from pipeline.serving.connect import connect

        return connect(server, model_name or settings.name, model_version, timeout)
    from pipeline.serving.saved_model_client import SavedModelClient

    return SavedModelClient.of_version(settings.serving_dir, model_version)


def _read_test_images(
    settings: Settings, indices: tuple[int, ...]
) -> list[LabelledImage]:
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.metadata.run_reader import latest_output
    from pipeline.serving.labelled_images import read_test_images

    store = open_existing_store(settings.metadata_address)
    examples = latest_output(store, "ImageExampleGen", "examples", settings.name)
    return read_test_images(examples.uri, indices or EXAMPLE_INDICES)


def _fit_images(
    images: Sequence[LabelledImage], client: Client, console: Console
) -> list[LabelledImage]:
    """Converts image files for a model that takes only one size, and says so."""
    from pipeline.serving.labelled_images import fit_image

    fitted = []
    for image in images:
        taken, note = fit_image(image, client.input_shape())
        fitted.append(taken)
        if note:
            console.print(note, markup=False)
    return fitted


def _as_json(prediction: Prediction, model_version: int | None) -> dict[str, object]:
    return {
        "image": prediction.image.title,
        "class_id": prediction.answer.class_id,
        "class_name": prediction.class_name,
        "probability": prediction.probability,
        "probabilities": dict(prediction.answer.ranked()),
        "true_class_name": prediction.image.true_class_name,
        "model_version": model_version,
    }
