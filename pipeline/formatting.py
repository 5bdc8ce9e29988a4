"""Formats states, durations, sizes, parameters and tables for people."""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup, escape
from rich import filesize

# How many known names an error suggests for an unknown one.
_SUGGESTED = 3

STYLES = {
    "failed": "red",
    "refused": "red",
    "cancelled": "yellow",
    "killed": "red",
    "running": "yellow",
    "unfinished": "yellow",
    "cached": "dim",
    "blessed": "green",
}


def format_duration(seconds: float) -> str:
    """Formats a duration in its two largest units.

    Example:
        >>> format_duration(4.23), format_duration(185), format_duration(7620)
        ('4.2s', '3m 05s', '2h 07m')
    """
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def format_size(count: int) -> str:
    """Formats a number of bytes.

    Example:
        >>> format_size(812), format_size(1_340_000)
        ('812 bytes', '1.3 MB')
    """
    text = filesize.decimal(count)
    if text.startswith("1,000.0"):
        # `decimal` chose the unit before it rounded the number.
        text = filesize.decimal(round(count, 3 - len(str(count))))
    return text


def shorten_path(uri: object) -> str:
    """Makes a path relative if it lies below the current folder."""
    path, current = Path(str(uri)), Path.cwd()
    if "://" not in str(uri) and path.is_relative_to(current):
        return str(path.relative_to(current))
    return str(uri)


def path_in(root: str, uri: object) -> str:
    """Returns a path without the output folder in which it lies.

    Example:
        >>> path_in("/output", "/output/artifacts/Trainer/model/8")
        'artifacts/Trainer/model/8'
    """
    return str(uri).removeprefix(f"{root}/")


def format_parameters(
    values: Mapping[str, object], most_characters: int | None = None
) -> str:
    """Formats parameters, sorted by name, in one line.

    Args:
        values: The parameters by name.
        most_characters: Length to which a longer value is cut; None for any length.

    Returns:
        The line.

    Example:
        >>> format_parameters({"seed": None, "epochs": 10})
        'epochs=10, seed=-'
    """
    return ", ".join(
        f"{name}={shorten(format_value(values[name]), most_characters)}"
        for name in sorted(values)
    )


def shorten(text: str, most_characters: int | None) -> str:
    """Cuts a text that is too long.

    Example:
        >>> shorten("a long value", 9)
        'a long...'
    """
    if most_characters is None or len(text) <= most_characters:
        return text
    return f"{text[: most_characters - 3]}..."


def format_value(value: object) -> str:
    """Formats a value in one line: JSON without spaces, None as a dash.

    Example:
        >>> format_value('{"epochs": [1, 2]}')
        '{"epochs":[1,2]}'
    """
    if value is None:
        return "-"
    try:
        return json.dumps(json.loads(str(value)), separators=(",", ":"))
    except ValueError:
        return " ".join(str(value).split())


def suggest(name: str, known: Sequence[str]) -> str:
    """Suggests known names in place of an unknown one.

    Args:
        name: The unknown name.
        known: The known names, the most probable first.

    Returns:
        A clause for an error, without a full stop: the most similar names, or the
        first ones if none is similar.

    Example:
        >>> suggest("moment", ["seed", "epochs", "output", "images"])
        'choose one of: seed, epochs, output and 1 more'
    """
    if not known:
        return "there is none yet"
    near = difflib.get_close_matches(name, known, n=_SUGGESTED, cutoff=0.6)
    if near:
        return f"choose a similar one: {', '.join(near)}"
    left = len(known) - _SUGGESTED
    more = f" and {left} more" if left > 0 else ""
    return f"choose one of: {', '.join(known[:_SUGGESTED])}{more}"


def html_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Makes a table.

    Args:
        headings: Headings of the columns; none for a table without them.
        rows: The cells of each row. None is an empty cell, and what isn't `Markup` is
            shown as it is.

    Returns:
        HTML.
    """
    head = _row("th", headings) if headings else ""
    return f"<table>{head}{''.join(_row('td', row) for row in rows)}</table>"


def _row(tag: str, cells: Sequence[object]) -> str:
    # Notebooks align cells to the right, which is meant for numbers.
    opening = f'<{tag} style="text-align: left">'
    return f"<tr>{''.join(f'{opening}{_cell(each)}</{tag}>' for each in cells)}</tr>"


def _cell(value: object) -> Markup:
    return escape("" if value is None else value)
