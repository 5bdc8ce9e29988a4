"""Draws the table of the runs on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.formatting import STYLES, format_duration, format_value, shorten

_GAP = 2
_STANDING = "is"
# Longer values of parameters are cut, because a column as wide hides the others.
_MOST_CHARACTERS = 24

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Column:
    heading: str
    cell: Callable[[Row], Text]
    right: bool = False

    def width(self, rows: Sequence[Row]) -> int:
        return max(cell_len(self.heading), *(self.cell(row).cell_len for row in rows))


def print_runs(
    console: Console,
    rows: Sequence[Row],
    short_ids: Mapping[str, str],
    differing: Mapping[str, Mapping[str, object]],
) -> None:
    """Prints runs as a table that fits the terminal.

    Args:
        console: Where to print.
        rows: The facts of each run.
        short_ids: By identifier, a prefix that names the run alone.
        differing: The parameters in which these runs differ: by their name, the value
            by identifier of the run. Those that don't fit are named below the table.
    """
    columns = _columns(rows, short_ids)
    for heading in ("took", "started"):
        if _width(columns, rows) > console.width:
            columns = [each for each in columns if each.heading != heading]
    room = console.width - _width(columns, rows)
    left_out: list[str] = []
    for name, values in differing.items():
        column = _parameter(name, values)
        if left_out or (room := room - column.width(rows) - _GAP) < 0:
            left_out.append(name)
        else:
            columns.append(column)
    # The box has a space between columns.
    table = Table(box=box.SIMPLE, show_edge=False, padding=(0, _GAP - 1, 0, 0))
    for each in columns:
        # Only the words of the last column may wrap.
        wraps = each.heading == _STANDING
        table.add_column(
            each.heading,
            justify="right" if each.right else "left",
            no_wrap=not wraps,
            min_width=None if wraps else each.width(rows),
        )
    for row in rows:
        table.add_row(*(each.cell(row) for each in columns))
    console.print(table)
    if left_out:
        console.print(
            f"The runs also differ in {', '.join(left_out)}: a wider terminal, "
            f"--format json and compare show it.",
            style="dim",
            markup=False,
        )


def _width(columns: Sequence[_Column], rows: Sequence[Row]) -> int:
    """Returns the least width of the table, in which the last column's words wrap."""
    words = [f"{word}," for row in rows for word in row["standing"]]
    widths = (
        max(map(cell_len, [*words, _STANDING]))
        if each.heading == _STANDING
        else each.width(rows)
        for each in columns
    )
    return sum(width + _GAP for width in widths)


def _columns(rows: Sequence[Row], short_ids: Mapping[str, str]) -> list[_Column]:
    columns = [_Column("run", lambda row: Text(short_ids[row["run"]], style="bold"))]
    if any(row["name"] for row in rows):
        columns.append(_Column("name", lambda row: Text(row["name"] or "")))
    return [
        *columns,
        _Column("started", lambda row: Text(_started(row))),
        _Column("took", lambda row: Text(format_duration(row["seconds"])), right=True),
        _Column("result", lambda row: _styled(row["verdict"] or row["state"])),
        _Column("accuracy", _accuracy, right=True),
        _Column("version", lambda row: Text(row["version"] or "")),
        _Column(_STANDING, lambda row: Text(", ".join(row["standing"]))),
    ]


def _parameter(name: str, values: Mapping[str, object]) -> _Column:
    def cell(row: Row) -> Text:
        value = values.get(row["run"])
        text = "" if value is None else format_value(value)
        return Text(shorten(text, _MOST_CHARACTERS))

    return _Column(name, cell, right=True)


def _started(row: Row) -> str:
    # Without the year, which the newest runs share.
    return (row["started"] or "")[5:16].replace("T", " ")


def _accuracy(row: Row) -> Text:
    return Text("" if row["accuracy"] is None else f"{row['accuracy']:.4f}")


def _styled(word: str) -> Text:
    return Text(word, style=STYLES.get(word, ""))
