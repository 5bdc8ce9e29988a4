"""The command that classifies images with a pushed, trained or served model."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.served_model.signatures import INPUT_NAMES, PREDICT_PNG
from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_file
from pipeline.commands.error_sentences import (
    Failure,
    errors_as_sentences,
    print_sentence,
)
from pipeline.commands.newest_pipeline import SET_OF_MODEL, of_newest_run
from pipeline.commands.option_types import COUNT, Seconds, Text
from pipeline.commands.options import chosen_model_options, debug_option, make_console
from pipeline.commands.setting_options import setting_options
from pipeline.exit_codes import INCOMPLETE
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

    from pipeline.serving.chosen_model import Model
    from pipeline.serving.image_fitting import Invert
    from pipeline.serving.labelled_images import LabelledImage

# Images in the picture; five are in a row.
_DRAWN = 25


@click.command(cls=CalledCommand)
@click.argument(
    "named", metavar="[FILE|FOLDER|GLOB]...", nargs=-1, shell_complete=complete_file
)
@click.option(
    "--image",
    "image_files",
    type=click.Path(exists=True, dir_okay=False),
    multiple=True,
    help="The same as FILE; may be given several times.",
)
@click.option(
    "--index",
    "indices",
    type=COUNT,
    multiple=True,
    help="Index of an image in the test split, from 0; may be given several times.",
)
@click.option(
    "--invert",
    type=click.Choice(["auto", "yes", "no"]),
    default="auto",
    help="Whether to invert your images. auto inverts one whose border is bright if "
    "the model's training images have dark borders, or the reverse, and says so.",
)
@setting_options("output", "metadata", "pipeline_name", **SET_OF_MODEL)
@chosen_model_options
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
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="Format of the answer; csv and json are for programs, and have the "
    "probability of every class.",
)
@debug_option
def predict(
    named: tuple[str, ...],
    image_files: tuple[str, ...],
    indices: tuple[int, ...],
    invert: Invert,
    run: str | None,
    model_dir: str | None,
    server: str | None,
    model_name: str | None,
    model_version: int | None,
    signature: str,
    timeout: float,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Classify your own images, or two test images.

    Name PNG, JPEG, GIF, BMP or WebP files of any size, folders with such files on any
    level, or patterns in quotation marks. Images are prepared as those to train on, and
    what was done to each is said.

    The model is the newest pushed one in the output folder. It belongs to the data set
    or the pipeline that you name, else to the newest run. --run, --model and --server
    ask another one.

    Exit codes: 0 every image was classified, 1 the command failed, 2 an option was
    malformed or out of range, 6 some images could not be classified; each of them has
    its row with the reason.

    \b
    Examples:
      {command}
      {command} shoe.jpg
      {command} photos '*.png' --format csv > predictions.csv
      {command} photos --run latest
      {command} shoe.jpg --model DIR
      {command} --server http://localhost:8501 --index 7
    """  # noqa: D301 (click keeps the lines after \b apart)
    _check_choice(run, model_dir, server, model_version)
    from pipeline.metadata.output_place import output_place
    from pipeline.report.summary import print_predictions
    from pipeline.serving.chosen_model import (
        connect_to_server,
        load_exported_model,
        load_model_of_run,
        load_pushed_model,
    )
    from pipeline.serving.classification import classify_files, classify_images
    from pipeline.serving.image_arguments import find_images
    from pipeline.serving.labelled_images import Unclassified
    from pipeline.serving.prediction_rows import to_row, write_csv
    from pipeline.serving.predictions import Prediction, draw_into_new_file

    with errors_as_sentences(debug):
        with capture_stderr(settings.command_log("predict"), enabled=not debug):
            settings = of_newest_run(settings)

            # Loading takes seconds, which files that can't be read don't wait for.
            @functools.cache
            def get_model() -> Model:
                if run is not None:
                    place = output_place(settings)
                    return load_model_of_run(_open_store(settings), run, place)
                if model_dir is not None:
                    return load_exported_model(str(Path(model_dir).expanduser()))
                folder = settings.serving_dir
                if server is None:
                    return load_pushed_model(folder, model_version)
                name = model_name or settings.name
                return connect_to_server(server, name, model_version, timeout, folder)

            files = find_images([*named, *image_files])
            answers = [*classify_files(files, get_model, signature, invert, _DRAWN)]
            if indices or not files:
                chosen = get_model() if run or model_dir else None
                test_images = _read_test_images(settings, indices, chosen)
                answers += classify_images(test_images, get_model, signature, _DRAWN)
            made = [each for each in answers if isinstance(each, Prediction)]
            version = get_model().client.model_version if made else None
            picture, fault = None, ""
            # Pictures are for people, and drawn only in a folder on their machine.
            if output_format == "table" and settings.is_local and made:
                drawn = [each for each in made if each.image.encoded][:_DRAWN]
                try:
                    picture = draw_into_new_file(drawn, settings.pictures_dir)
                except OSError as error:  # somebody else's output may be read-only
                    fault = f"The picture could not be drawn: {error}"
        if output_format == "json":
            click.echo(json.dumps([to_row(each, version) for each in answers]))
        elif output_format == "csv":
            write_csv([to_row(each, version) for each in answers], sys.stdout)
        else:
            print_predictions(make_console(), answers, picture)
        if fault:
            print_sentence(f"Warning: {fault}")
    bad = [each for each in answers if isinstance(each, Unclassified)]
    if bad:
        raise Failure(
            f"{len(bad):,} of {len(answers):,} images could not be classified; "
            f"{bad[0].title} {bad[0].reason}{', for example' if bad[1:] else ''}.",
            INCOMPLETE,
        )


def _check_choice(
    run: str | None, model_dir: str | None, server: str | None, version: int | None
) -> None:
    """Checks that the options name at most one model."""
    given = {"--run": run, "--model": model_dir, "--server": server}
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise click.UsageError(
            f"Only one of {', '.join(given)} can name the model; received "
            f"{' and '.join(names)}; leave out the others."
        )
    if version is not None and (run is not None or model_dir is not None):
        raise click.UsageError(
            f"--model-version chooses a pushed version or a server's; received it with "
            f"{names[0]}, which names one model; leave out one of the two."
        )


def _read_test_images(
    settings: Settings, indices: tuple[int, ...], chosen: Model | None
) -> list[LabelledImage]:
    """Reads images of the test split: of the chosen model's data, or the newest."""
    from pipeline.metadata.output_place import output_place
    from pipeline.metadata.run_reader import latest_output
    from pipeline.serving.labelled_images import read_test_images

    if chosen is not None:
        return chosen.read_test_images(indices or None)
    store = _open_store(settings)
    place = output_place(settings)
    examples = latest_output(store, "ImageExampleGen", "examples", settings.name, place)
    return read_test_images(examples.uri, indices or None)


def _open_store(settings: Settings) -> MetadataStore:
    from pipeline.metadata.existing_store import open_existing_store

    return open_existing_store(settings.metadata_address)
