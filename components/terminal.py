"""Shows status lines and progress bars on a terminal.

By default, rich replaces `sys.stderr` while it shows one of these. A logger that starts
meanwhile keeps the replacement, and then fills the terminal instead of the log file.
The functions of this module replace nothing. If the output isn't a terminal that can
move its cursor, they show nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from threading import Timer
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
    """Shows a status line until the block ends.

    Args:
        console: The terminal.
        title: Text of the line.

    Yields:
        A function that changes the text of the line.
    """
    if not _can_move(console):
        yield lambda text: None
        return
    # Of the two spinners, only "line" consists of ASCII characters.
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
def late_status(console: Console, title: str, seconds: float = 2) -> Iterator[None]:
    """Shows a status line if the block takes longer than a moment.

    Args:
        console: The terminal.
        title: Text of the line.
        seconds: How long the block may take without one.
    """
    with contextlib.ExitStack() as stack:
        timer = Timer(seconds, lambda: stack.enter_context(status(console, title)))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


@contextlib.contextmanager
def byte_progress(title: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """Shows a progress bar on standard error until the block ends.

    Args:
        title: Text of the line.
        total: Number of bytes to expect; None if unknown.

    Yields:
        A function that takes the number of bytes that have arrived since its last call.
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


def track(
    console: Console, title: str, items: Iterable[Item], total: int | None = None
) -> Iterator[Item]:
    """Shows a progress bar while the caller iterates over items.

    Args:
        console: The terminal.
        title: Text of the line.
        items: The items.
        total: Number of the items, if they have no length.

    Yields:
        The items.
    """
    with _progress(console, *Progress.get_default_columns()) as bar:
        yield from bar.track(items, total, description=title)


def clear_line(console: Console) -> None:
    """Removes the status line of a killed process, and shows the cursor again.

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
    # With FORCE_COLOR set, rich takes a file for a terminal.
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
