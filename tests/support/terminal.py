"""Commands on a pseudo-terminal, read as a terminal emulator shows them."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

ROWS = 24
INTERRUPT = b"\x03"
# On a terminal that is so wide, no line is wrapped: each is as long as it was written.
_UNWRAPPED = 2000
_HISTORY = 100_000
_ROOT = Path(__file__).parents[2]
_CHUNK = 65536
_LOG_LINE = re.compile(
    r"[IWEF]\d{4} \d\d:\d\d:\d+\.\d+"  # absl
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+: "  # TensorFlow in C++
    r"|\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b"
    r"|Warning: |Traceback|Exception ignored|File \".*\", line \d"
)


@dataclass(frozen=True)
class Shown:
    """What a command left on a terminal, scrollback and screen.

    Attributes:
        code: The exit code.
        lines: The lines, as a person sees them.
        written: The lines as the program wrote them, before the terminal wrapped any.
        cursor: Whether the cursor can be seen.
    """

    code: int
    lines: Sequence[str]
    written: Sequence[str]
    cursor: bool

    @property
    def text(self) -> str:
        return "\n".join(self.written)

    @property
    def log_lines(self) -> list[str]:
        """Returns those lines that belong into a log."""
        return [line for line in self.written if _LOG_LINE.search(line)]


class _Emulator:
    def __init__(self, columns: int):
        self.screen = pyte.HistoryScreen(columns, ROWS, history=_HISTORY)
        self._stream = pyte.ByteStream(self.screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    def lines(self) -> list[str]:
        columns = self.screen.columns
        history = [
            "".join(line[column].data for column in range(columns)).rstrip()
            for line in self.screen.history.top
        ]
        lines = [*history, *(line.rstrip() for line in self.screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def run_on_terminal(
    command: Sequence[object],
    columns: int = 80,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    when: tuple[str, Callable[[int], object]] | None = None,
    timeout: float = 900,
) -> Shown:
    """Runs a command on a terminal of its own.

    Args:
        command: The command.
        columns: Width of the terminal.
        cwd: Where to run it.
        environment: Variables to set.
        when: A text, and what to do once the screen shows it: a function that takes
            the terminal's file descriptor.
        timeout: Seconds after which it must have ended.

    Returns:
        What it showed.
    """
    seen, unwrapped = _Emulator(columns), _Emulator(_UNWRAPPED)
    terminal, program_side = pty.openpty()
    size = struct.pack("HHHH", ROWS, columns, 0, 0)
    fcntl.ioctl(program_side, termios.TIOCSWINSZ, size)
    variables = {
        **os.environ,
        "TERM": "xterm-256color",
        "PYTHONPATH": str(_ROOT),  # the code to test, from any folder
        **(environment or {}),
    }
    for name in ("COLUMNS", "LINES"):
        variables.pop(name, None)
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=variables,
        stdin=program_side,
        stdout=program_side,
        stderr=program_side,
        start_new_session=True,
        # So that Ctrl-C reaches the program as a signal.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(program_side)
    deadline = time.monotonic() + timeout
    try:
        while (data := _read(terminal, deadline)) is not None:
            seen.feed(data)
            unwrapped.feed(data)
            if when and any(when[0] in line for line in unwrapped.screen.display):
                when[1](terminal)
                when = None
        code = process.wait(max(0, deadline - time.monotonic()))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(terminal)
    assert when is None, f"{when[0]!r} was never shown:\n" + "\n".join(seen.lines())
    return Shown(code, seen.lines(), unwrapped.lines(), not seen.screen.cursor.hidden)


def _read(terminal: int, deadline: float) -> bytes | None:
    """Returns what comes next; None once nobody can write to the terminal any more."""
    ready, _, _ = select.select([terminal], [], [], deadline - time.monotonic())
    if not ready:
        raise TimeoutError("The command didn't end.")
    # Linux reports the end as an error.
    with contextlib.suppress(OSError):
        return os.read(terminal, _CHUNK) or None
    return None


def interrupt(terminal: int) -> None:
    """Presses Ctrl-C."""
    os.write(terminal, INTERRUPT)
