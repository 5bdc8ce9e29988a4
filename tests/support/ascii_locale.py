"""Calls functions where the locale's encoding is ASCII, as on a bare server."""

import os
import subprocess
import sys

_ASCII = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def printed_in_ascii(code: str, *arguments: str) -> str:
    """Runs code in such a process, and returns what it prints.

    Args:
        code: Python code that prints only ASCII.
        *arguments: What `sys.argv[1:]` has.
    """
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **_ASCII},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
