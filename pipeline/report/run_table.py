"""Draws the table of the runs on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from pipeline.formatting import STYLES, format_duration, format_value, shorten
from pipeline.report.plain_table import GAP, plain_table

# Longer values of parameters are cut, because a column as wide hides the others.
_MOST_CHARACTERS = 24

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
        heading: Its heading.
        cells: A cell for each run.
        right: Whether the cells stand on the right.
        wraps: Whether the words of a cell may stand below each other.
    """

    heading: str
    cells: Sequence[Text]
    right: bool = False
    wraps: bool = False

    @cached_property
    def width(self) -> int:
        """The least number of characters in which the column fits."""
        texts = [self.heading, *(cell.plain for cell in self.cells)]
        if self.wraps:
            texts = [word for text in texts for word in text.split()]
        return max(map(cell_len, texts))


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
        if _width(columns) > console.width:
            columns = [each for each in columns if each.heading != heading]
    left_out: list[str] = []
    for name, values in differing.items():
        column = _parameter(name, [values.get(row["run"]) for row in rows])
        if left_out or _width([*columns, column]) > console.width:
            left_out.append(name)
        else:
            columns.append(column)
    table = plain_table()
    for each in columns:
        table.add_column(
            each.heading,
            justify="right" if each.right else "left",
            no_wrap=not each.wraps,
            min_width=each.width,
        )
    for cells in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*cells)
    console.print(table)
    if left_out:
        console.print(
            f"The runs also differ in {', '.join(left_out)}: a wider terminal, "
            f"--format json and compare show it.",
            style="dim",
            markup=False,
        )


def _width(columns: Sequence[_Column]) -> int:
    return sum(each.width + GAP for each in columns)


def _columns(rows: Sequence[Row], short_ids: Mapping[str, str]) -> list[_Column]:
    columns = [
        _Column("run", [Text(short_ids[row["run"]], style="bold") for row in rows])
    ]
    if any(row["name"] for row in rows):
        columns.append(_Column("name", [Text(row["name"] or "") for row in rows]))
    durations = [Text(format_duration(row["seconds"])) for row in rows]
    standings = [Text(", ".join(row["standing"])) for row in rows]
    return [
        *columns,
        _Column("started", [Text(_started(row)) for row in rows]),
        _Column("took", durations, right=True),
        _Column("result", [_styled(row["verdict"] or row["state"]) for row in rows]),
        _Column("accuracy", [_accuracy(row) for row in rows], right=True),
        _Column("version", [Text(row["version"] or "") for row in rows]),
        _Column("is", standings, wraps=True),
    ]


def _parameter(name: str, values: Sequence[object]) -> _Column:
    texts = ["" if value is None else format_value(value) for value in values]
    cells = [Text(shorten(text, _MOST_CHARACTERS)) for text in texts]
    return _Column(name, cells, right=True)


def _started(row: Row) -> str:
    # Without the year, which the newest runs share.
    return (row["started"] or "")[5:16].replace("T", " ")


def _accuracy(row: Row) -> Text:
    return Text("" if row["accuracy"] is None else f"{row['accuracy']:.4f}")


def _styled(word: str) -> Text:
    return Text(word, style=STYLES.get(word, ""))
