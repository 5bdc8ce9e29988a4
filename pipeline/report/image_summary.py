"""Shows on a terminal what is in a set of image files, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.image_files.checks import CheckedImages, auto_color, auto_size
from components.image_files.image_file import Problem, to_printable

# Problems of one kind that are named.
_NAMED = 20


def print_images(console: Console, checked: CheckedImages) -> None:
    """Prints the number of images of each class and split, their sizes and colours.

    Args:
        console: Where to print.
        checked: The images.
    """
    splits = list(checked.counts)
    table = Table(box=box.SIMPLE, show_edge=False)
    table.add_column("class", overflow="fold")
    for split in splits:
        table.add_column(split, justify="right", no_wrap=True)
    for name in checked.class_names:
        counts = [f"{checked.counts[split][name]:,}" for split in splits]
        table.add_row(Text(name), *counts)
    table.add_section()
    totals = [f"{sum(checked.counts[split].values()):,}" for split in splits]
    table.add_row("all", *totals, style="bold")
    console.print(table)
    heights = [file.height for file in checked.files]
    widths = [file.width for file in checked.files]
    grey = sum(file.is_grey for file in checked.files)
    height, width = auto_size(checked)
    for line in (
        f"Sizes: {min(heights)} to {max(heights)} pixels high, "
        f"{min(widths)} to {max(widths)} wide",
        f"Colours: {grey:,} images in grey, {len(checked.files) - grey:,} in colour",
        f"For the network, unless you choose others: {height} x {width} pixels, "
        f"{auto_color(checked)}",
    ):
        console.print(line)


def print_problems(console: Console, problems: Sequence[Problem]) -> None:
    """Prints problems by kind, the first of each kind by name.

    Args:
        console: Where to print.
        problems: What was left out, and what to know.
    """
    by_kind: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        by_kind[problem.what, problem.done].append(problem)
    for (what, done), members in by_kind.items():
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(overflow="fold")
        for problem in members[:_NAMED]:
            detail = f" ({problem.detail})" if problem.detail else ""
            table.add_row(Text(to_printable(f"  {problem.path}{detail}")))
        if len(members) > _NAMED:
            table.add_row(f"  and {len(members) - _NAMED:,} more")
        console.print()
        console.print(Text(f"{what}; {done}: {len(members):,}", style="yellow"))
        console.print(table)
    if not problems:
        console.print("Nothing is wrong with the images.")
