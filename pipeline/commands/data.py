"""The commands that look at images before anything is trained on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from components.progress import listen_to_progress
from components.terminal import status
from pipeline.commands.called import CalledCommand
from pipeline.commands.completion import complete_file
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.options import (
    debug_option,
    format_option,
    make_console,
    print_json,
)
from pipeline.commands.setting_options import setting_options
from pipeline.settings import Settings

if TYPE_CHECKING:
    from components.image_files.checks import CheckedImages
    from components.image_files.image_file import Problem


@click.group()
def data() -> None:
    """Look at images before anything is trained on them."""


@data.command(cls=CalledCommand)
@click.argument("images", metavar="DIR|CSV", shell_complete=complete_file)
@setting_options("image_column", "label_column", "split_column")
@format_option("table", "json")
@debug_option
def check(images: str, output_format: str, settings: Settings, debug: bool) -> None:
    """Show what is in a folder or CSV file of images, and what is wrong with it.

    A run checks the same, and leaves the same files out. Exit codes: 0 the images can
    be trained on, 1 they can't.

    \b
    Examples:
      {command} photos
      {command} photos.csv --label-column kind
    """  # noqa: D301 (click keeps the lines after \b apart)
    # Imported late, so that --help and wrong options get an answer at once.
    from components.image_files.checks import UnusableImagesError, check_images
    from components.image_files.listing import list_images
    from pipeline.report.image_summary import print_images, print_problems

    with errors_as_sentences(debug):
        listing = list_images(images, settings)
        try:
            with (
                status(Console(stderr=True), "reading images") as update,
                listen_to_progress(update),
            ):
                checked = check_images(listing)
        except UnusableImagesError as error:
            if output_format == "json":
                print_json(_problems_as_json(error.problems) | {"error": str(error)})
            elif error.problems:
                print_problems(make_console(), error.problems)
            raise
        if output_format == "json":
            print_json(_as_json(checked))
        else:
            console = make_console()
            print_images(console, checked)
            print_problems(console, checked.problems)


def _as_json(checked: CheckedImages) -> dict[str, Any]:
    from components.image_files.checks import auto_color, auto_size

    sizes = Counter((file.height, file.width) for file in checked.files)
    return {
        "class_names": checked.class_names,
        "counts": checked.counts,
        "sizes": [
            {"height": height, "width": width, "images": count}
            for (height, width), count in sorted(sizes.items())
        ],
        "grey": sum(file.is_grey for file in checked.files),
        "auto_size": auto_size(checked),
        "auto_color": auto_color(checked),
        **_problems_as_json(checked.problems),
    }


def _problems_as_json(problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {"problems": [asdict(problem) for problem in problems]}
