"""What moves on a terminal: a line that says what goes on, and progress bars.

While something moves, rich puts an object of its own in the place of `sys.stderr`. A
logger that starts meanwhile keeps this object, and its lines fill the terminal instead
of the log file. Whatever moves is therefore made here, where nothing is replaced. On
anything but a terminal that can move its cursor, nothing is shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.control import Control
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TransferSpeedColumn,
)
from rich.segment import ControlType
from rich.spinner import Spinner
from rich.text import Text

Item = TypeVar("Item")

_FRAMES_PER_SECOND = 12.5
_WHOLE_LINE = 2


@contextlib.contextmanager
def status(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Shows a line for as long as something goes on.

    Args:
        console: The terminal.
        title: What goes on.

    Yields:
        A function that changes the line's text.
    """
    if not _can_move(console):
        yield lambda text: None
        return
    # Of the two, only "line" is made of ASCII letters.
    shape = "line" if console.options.ascii_only else "dots"
    spinner = Spinner(shape, text=Text(title), style="status.spinner")
    with Live(
        spinner,
        console=console,
        refresh_per_second=_FRAMES_PER_SECOND,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield lambda text: spinner.update(text=Text(text))


@contextlib.contextmanager
def byte_progress(title: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """Shows a progress bar on standard error for as long as bytes come.

    Args:
        title: What goes on.
        total: Bytes to come, None if unknown.

    Yields:
        The function to be called with the number of bytes that have come.
    """
    with _progress(
        Console(stderr=True),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    ) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)


def track(console: Console, title: str, items: Iterable[Item]) -> Iterator[Item]:
    """Shows a progress bar while something is done with each of several things.

    Args:
        console: The terminal.
        title: What goes on.
        items: The things.

    Yields:
        The things, one after the other.
    """
    with _progress(console, *Progress.get_default_columns()) as bar:
        yield from bar.track(items, description=title)


def clear_line(console: Console) -> None:
    """Removes a line that a killed process was showing, and shows the cursor again.

    Args:
        console: The terminal.
    """
    if _can_move(console):
        console.control(
            Control(
                ControlType.CARRIAGE_RETURN,
                (ControlType.ERASE_IN_LINE, _WHOLE_LINE),
                ControlType.SHOW_CURSOR,
            )
        )


def _can_move(console: Console) -> bool:
    # By FORCE_COLOR, rich takes a file for a terminal.
    return console.is_interactive and console.file.isatty()


def _progress(console: Console, *columns: ProgressColumn) -> Progress:
    return Progress(
        *columns,
        console=console,
        transient=True,
        disable=not _can_move(console),
        redirect_stdout=False,
        redirect_stderr=False,
    )
