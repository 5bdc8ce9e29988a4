"""The command that writes settings and a schema for a set of images."""

import sys
from pathlib import Path

import click
from rich.console import Console

from components.progress import listen_to_progress
from components.terminal import status
from pipeline.commands.called import CalledCommand
from pipeline.commands.options import debug_option, quietly
from pipeline.commands.setting_options import setting_options, validate_settings
from pipeline.settings import Settings


@click.command(cls=CalledCommand)
@click.option(
    "--name",
    show_default="the set's name",
    help="Name of the pipeline and of the files to write.",
)
@setting_options(
    "dataset",
    "data_dir",
    "data_mirror",
    "images",
    "image_column",
    "label_column",
    "split_column",
    "image_size",
    "color",
    "resize",
    "output",
)
@debug_option
def init(name: str | None, settings: Settings, debug: bool) -> None:
    """Write settings and a schema for your own images.

    It reads all images, and writes NAME.yaml, the settings of a run, and
    NAME.schema.pbtxt, the bounds that later images must keep: both are text, to be
    read, corrected and kept in git.

    \b
    Examples:
      {command} --images photos --name shapes
      {command} --dataset cifar10
    """  # noqa: D301 (click keeps the lines after \b apart)
    if name is not None:
        settings = validate_settings(
            settings.model_dump() | {"pipeline_name": name}, {"pipeline_name": "--name"}
        )
    with quietly(debug):
        # Imported late, so that --help and wrong options get an answer at once, and
        # the images are checked before TensorFlow is imported.
        from pipeline.running.source_check import check_source

        check_source(settings)
        from pipeline.commands.starting_files import write_starting_files

        # TFDS's messages are redirected meanwhile, and this line must not be.
        console = Console(file=sys.stdout, force_interactive=False if debug else None)
        with (
            status(console, "reading images") as update,
            listen_to_progress(update),
        ):
            paths = write_starting_files(settings, Path.cwd())
        for path in paths:
            click.echo(f"Wrote {path.name}")
    click.echo("Read both, then run the pipeline with --config.")
