"""Draws the differences between runs on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.formatting import format_value
from pipeline.metadata.difference import Difference
from pipeline.report.plain_table import GAP, plain_table

# Longer values wrap, so that they don't take the room of the others.
_MOST_CHARACTERS = 40


def print_differences(
    console: Console, differences: Sequence[Difference], headings: Sequence[str]
) -> None:
    """Prints the differences between runs, in as many tables as the terminal needs.

    Args:
        console: Where to print.
        differences: The differences.
        headings: A name for each run. Each table begins with the first one.
    """
    cells = [_cells(difference) for difference in differences]
    names = max(cell_len(each.name) for each in differences)
    widths = [
        min(_MOST_CHARACTERS, max(row[at].cell_len for row in cells))
        for at in range(len(headings))
    ]
    widths = [
        max(width, cell_len(heading))
        for width, heading in zip(widths, headings, strict=True)
    ]
    others = list(range(1, len(headings)))
    while others:
        room = console.width - names - widths[0] - GAP
        shown = [0]
        while others and (len(shown) == 1 or room - widths[others[0]] - GAP >= 0):
            room -= widths[others[0]] + GAP
            shown.append(others.pop(0))
        console.print(_table(differences, cells, headings, shown))


def _table(
    differences: Sequence[Difference],
    cells: Sequence[Sequence[Text]],
    headings: Sequence[str],
    shown: Sequence[int],
) -> Table:
    table = plain_table()
    table.add_column("", no_wrap=True)
    for at in shown:
        table.add_column(Text(headings[at]), overflow="fold")
    section = ""
    for difference, row in zip(differences, cells, strict=True):
        if difference.section != section:
            section = difference.section
            table.add_row(Text(section, style="bold"))
        table.add_row(Text(difference.name), *(row[at] for at in shown))
    return table


def _cells(difference: Difference) -> list[Text]:
    changes = difference.changes()
    return [
        _cell(value, change)
        for value, change in zip(difference.values, changes, strict=True)
    ]


def _cell(value: object, change: float | None) -> Text:
    if isinstance(value, float):
        cell = Text(f"{value:.4g}")
        if change:
            cell.append(f" {change:+.2g}", style="dim")
        return cell
    if isinstance(value, tuple | list):
        value = ", ".join(map(str, value)) or None
    return Text(format_value(value))
