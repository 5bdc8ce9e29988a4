"""Calls functions where the locale's encoding is ASCII, as on a bare server."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_ASCII = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def read_in_ascii_locale(read: Callable[[Path], object], path: Path) -> str:
    """Calls a function with a file in such a process.

    Args:
        read: The function, which must be importable.
        path: The file.

    Returns:
        What `ascii` makes of its result.
    """
    code = (
        f"import pathlib, sys; from {read.__module__} import {read.__name__} as read; "
        f"print(ascii(read(pathlib.Path(sys.argv[1]))))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, **_ASCII},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
