"""Makes tables for the terminal without lines between their columns."""

from rich import box
from rich.table import Table

GAP = 2
"""Number of spaces between two columns."""


def plain_table() -> Table:
    """Makes an empty table, whose columns the caller adds."""
    # The box has a space between columns.
    return Table(box=box.SIMPLE, show_edge=False, padding=(0, GAP - 1, 0, 0))
