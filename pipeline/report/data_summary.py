"""Prints what a run trains on, and what was left out of it."""

from pathlib import Path

from rich.console import Console

from components.data_description import PROBLEMS_FILE, DataDescription
from pipeline.formatting import shorten_path
from pipeline.settings import Settings

_SHOWN = 5


def print_data(console: Console, settings: Settings, examples_uri: str) -> None:
    """Prints the classes, the size of the images, and those that were left out.

    Args:
        console: Where to print.
        settings: The settings of the run.
        examples_uri: Folder of the Examples artifact.
    """
    description = DataDescription.read(examples_uri)
    version = f" {description.version}" if description.version else ""
    color = "grey" if description.channels == 1 else "colour"
    fit = (
        "images of another size are refused"
        if description.resize == "none"
        else f"images of another size are made to fit ({description.resize})"
    )
    lines = [
        f"{description.name}{version}: {len(description.class_names)} classes, "
        f"{description.height} x {description.width} pixels, {color}",
        fit,
    ]
    if settings.schema_text is None:
        lines.append(
            "no curated schema: it is inferred, and no image disagrees with it"
        )
    problems_file = Path(examples_uri, PROBLEMS_FILE)
    if problems_file.exists():
        problems = problems_file.read_text(encoding="utf-8").splitlines()
        lines += problems[:_SHOWN]
        if len(problems) > _SHOWN:
            lines.append(
                f"and {len(problems) - _SHOWN} more in {shorten_path(problems_file)}"
            )
    for line in lines:
        console.print(
            f"      {line}",
            style="dim",
            markup=False,
            # A file has no width. A terminal breaks lines between words.
            soft_wrap=not console.is_terminal,
        )
