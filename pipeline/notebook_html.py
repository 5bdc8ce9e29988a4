"""Makes HTML tables, by which results show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape


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
