"""The command that classifies images with the newest pushed model."""

import json
from pathlib import Path

import click
from rich.console import Console

from components.errors import InputError
from pipeline.commands.errors import sentences, settings_from_options
from pipeline.output_capture import capture_stderr
from pipeline.settings import EXAMPLE_INDICES, Settings


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option(
    "--image",
    "image_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="PNG or JPEG file of any size; may be given several times.",
)
@click.option(
    "--index",
    "indices",
    type=click.IntRange(min=0),
    multiple=True,
    help="Place of an image in the test split; may be given several times.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Settings.model_fields["output"].default,
    help="Output folder of the run that pushed the model.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    help="For people, or for programs.",
)
@click.option("--debug", is_flag=True, help="Show logs and tracebacks.")
def predict(
    image_files: tuple[Path, ...],
    indices: tuple[int, ...],
    output: Path,
    output_format: str,
    debug: bool,
) -> None:
    """Classify two test images, or images of yours, with the newest pushed model."""
    with sentences(debug):
        settings = settings_from_options(output=output)
        if not Path(settings.serving_dir).is_dir():
            raise InputError(
                f"--output must hold a pushed model; {settings.serving_dir} is not "
                f"there; run the pipeline first, or name another folder."
            )
        settings.logs_dir.mkdir(parents=True, exist_ok=True)
        with capture_stderr(settings.logs_dir / "predict.log", enabled=not debug):
            _predict(settings, image_files, indices, output_format)


def _predict(
    settings: Settings,
    image_files: tuple[Path, ...],
    indices: tuple[int, ...],
    output_format: str,
) -> None:
    from components.pusher.versions import list_versions
    from pipeline.images import read_image_file, read_test_images
    from pipeline.metadata.connection import open_store
    from pipeline.metadata.runs import latest_output
    from pipeline.predictions import classify, draw_predictions
    from pipeline.summary import print_predictions

    versions = list_versions(settings.serving_dir)
    if not versions:
        raise InputError(
            f"--output must hold a pushed model; {settings.serving_dir} is empty; "
            f"run the pipeline first, or name another folder."
        )
    images = []
    console = Console(stderr=output_format == "json")
    for path in image_files:
        image, note = read_image_file(path)
        images.append(image)
        if note:
            console.print(note)
    if indices or not image_files:
        store = open_store(settings.metadata_address)
        examples = latest_output(store, "TfdsExampleGen", "examples")
        images += read_test_images(examples.uri, indices or EXAMPLE_INDICES)
    predictions = classify(f"{settings.serving_dir}/{versions[-1]}", images)
    if output_format == "json":
        click.echo(
            json.dumps(
                [
                    {
                        "image": prediction.image.title,
                        "class_name": prediction.class_name,
                        "probability": prediction.probability,
                        "true_class_name": prediction.image.true_class_name,
                        "model_version": versions[-1],
                    }
                    for prediction in predictions
                ]
            )
        )
        return
    picture = settings.pictures_dir / "predictions.png"
    draw_predictions(predictions, picture)
    print_predictions(console, predictions, picture)
