"""The commands that look at images before anything is trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.terminal import track
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import errors_as_sentences
from pipeline.commands.options import (
    CONTEXT_SETTINGS,
    debug_option,
    format_option,
    make_console,
    print_json,
)
from pipeline.commands.setting_options import setting_options
from pipeline.settings import Settings

if TYPE_CHECKING:
    from components.image_files.checks import CheckedImages

# Problems of one kind that are named.
_NAMED = 20


@click.group()
def data() -> None:
    """Look at images before anything is trained on them."""


@data.command(cls=CalledCommand, context_settings=CONTEXT_SETTINGS)
@click.argument("images", type=click.Path(exists=True))
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
    from components.image_files.checks import check_images
    from components.image_files.csv_file import CsvColumns
    from components.image_files.listing import list_images

    with errors_as_sentences(debug):
        console = make_console()
        listing = list_images(images, CsvColumns.of(settings))
        checked = check_images(
            listing,
            lambda items, count: track(console, "Reading", items, count),
        )
        if output_format == "json":
            print_json(_as_json(checked))
        else:
            _print(console, checked)


def _print(console: Console, checked: CheckedImages) -> None:
    splits = list(checked.counts)
    table = Table("class", box=box.SIMPLE)
    for split in splits:
        table.add_column(split, justify="right")
    for name in checked.class_names:
        counts = [str(checked.counts[split][name]) for split in splits]
        table.add_row(Text(name, overflow="fold"), *counts)
    table.add_section()
    totals = [str(sum(checked.counts[split].values())) for split in splits]
    table.add_row("all", *totals, style="bold")
    console.print(table)
    heights = [file.height for file in checked.files]
    widths = [file.width for file in checked.files]
    grey = sum(file.is_grey for file in checked.files)
    console.print(
        f"Sizes: {min(heights)} to {max(heights)} pixels high, {min(widths)} to "
        f"{max(widths)} wide. Colours: {grey} grey, {len(checked.files) - grey} in "
        f"colour."
    )
    by_kind: dict[str, list[str]] = {}
    for problem in checked.problems:
        kind = problem.what.partition(" (")[0].partition(" as ")[0]
        by_kind.setdefault(f"{kind}; {problem.done}", []).append(str(problem))
    for sentences in by_kind.values():
        for sentence in sentences[:_NAMED]:
            console.print(sentence, markup=False, soft_wrap=True)
        if len(sentences) > _NAMED:
            console.print(f"and {len(sentences) - _NAMED} more of this kind")
    if not checked.problems:
        console.print("Nothing is wrong with the images.")


def _as_json(checked: CheckedImages) -> dict[str, object]:
    return {
        "class_names": checked.class_names,
        "counts": checked.counts,
        "sizes": sorted({(file.height, file.width) for file in checked.files}),
        "grey": sum(file.is_grey for file in checked.files),
        "problems": [vars(problem) for problem in checked.problems],
    }
