"""Shows status lines and progress bars on a terminal.

By default, rich replaces `sys.stderr` while it shows one of these. A logger that starts
meanwhile keeps the replacement, and then fills the terminal instead of the log file.
The functions of this module replace nothing. If the output isn't a terminal that can
move its cursor, they show nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from threading import Timer
from typing import Protocol, TypeVar

from rich.console import Console
from rich.control import Control
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress_bar import ProgressBar
from rich.segment import ControlType
from rich.text import Text

Item = TypeVar("Item")

_WHOLE_LINE = 2


class Update(Protocol):
    """Changes a status line."""

    def __call__(
        self, text: str, completed: float | None = None, total: float | None = None
    ) -> None:
        """Changes the text, and shows a bar if something is counted.

        Args:
            text: The new text.
            completed: How much is done, in any unit. It follows the text if it isn't
                known how much there is to do; the bar then only moves.
            total: How much there is to do, in the same unit; None if unknown.
        """


@contextlib.contextmanager
def status(console: Console, title: str) -> Iterator[Update]:
    """Shows a status line with the elapsed time until the block ends.

    Args:
        console: The terminal.
        title: Text of the line.

    Yields:
        A function that changes the line.
    """
    # Of the two spinners, only "line" consists of ASCII characters.
    shape = "line" if console.options.ascii_only else "dots"
    with _progress(
        console,
        SpinnerColumn(shape, style="status.spinner"),
        TextColumn("{task.description}", markup=False),
        _CountBar(bar_width=20),
        TimeElapsedColumn(),
        _KnownTime(),
    ) as bar:
        task = bar.add_task(title, total=None)
        (line,) = bar.tasks

        def update(
            text: str, completed: float | None = None, total: float | None = None
        ) -> None:
            if total is None:
                # `Progress.update` would keep the total of the work before.
                line.total = None
                if completed:
                    text = f"{text}, {completed:,.0f}"
            bar.update(task, description=text, completed=completed or 0, total=total)

        yield update


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


def track(console: Console, title: str, items: Sequence[Item]) -> Iterator[Item]:
    """Shows a progress bar while the caller iterates over items.

    Args:
        console: The terminal.
        title: Text of the line.
        items: The items.

    Yields:
        The items.
    """
    with _progress(console, *Progress.get_default_columns()) as bar:
        yield from bar.track(items, description=title)


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


class _CountBar(BarColumn):
    """A bar where something is counted. It only moves if the total is unknown."""

    def render(self, task: Task) -> ProgressBar | Text:  # type: ignore[override]
        """Returns the bar, or an empty text."""
        counted = task.total is not None or task.completed
        return super().render(task) if counted else Text()


class _KnownTime(TimeRemainingColumn):
    """The time that is left, only where it is known how much there is to do."""

    def render(self, task: Task) -> Text:
        """Returns the time with a word after it, or an empty text."""
        if task.total is None or task.time_remaining is None:
            return Text()
        return super().render(task) + Text(" left")


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
