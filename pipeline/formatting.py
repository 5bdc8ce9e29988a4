"""How commands and pages write states, durations, sizes and parameters."""

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich import filesize

# Names suggested where one isn't known.
_SUGGESTED = 3

STYLES = {
    "failed": "red",
    "refused": "red",
    "running": "yellow",
    "unfinished": "yellow",
    "cached": "dim",
    "blessed": "green",
}


def duration(seconds: float) -> str:
    """Writes a duration in its two largest units: `4.2s`, `3m 05s`, `2h 07m`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def size(count: int) -> str:
    """Writes a number of bytes: `812 bytes`, `4.1 kB`, `1.3 MB`."""
    words = filesize.decimal(count)
    if words.startswith("1,000.0"):
        # It has chosen the unit before it rounded.
        words = filesize.decimal(round(count, 3 - len(str(count))))
    return words


def short_path(uri: object) -> str:
    """Writes a folder below the current one as seen from there; any other in full."""
    path, current = Path(str(uri)), Path.cwd()
    if "://" not in str(uri) and path.is_relative_to(current):
        return str(path.relative_to(current))
    return str(uri)


def parameters(values: Mapping[str, object]) -> str:
    """Writes parameters on one line, JSON among them in its shortest form."""
    return ", ".join(f"{name}={value(values[name])}" for name in sorted(values))


def value(thing: object) -> str:
    """Writes a value on one line; nothing as a dash."""
    if thing is None:
        return "-"
    try:
        return json.dumps(json.loads(str(thing)), separators=(",", ":"))
    except ValueError:
        return " ".join(str(thing).split())


def suggest(name: str, known: Sequence[str]) -> str:
    """Words what else there is.

    Args:
        name: What was asked for.
        known: What there is, the best guess first.

    Returns:
        A clause with the names nearest to it, or the first ones if none is near.
    """
    near = difflib.get_close_matches(name, known, n=_SUGGESTED, cutoff=0.6)
    if near:
        return f"the nearest known: {', '.join(near)}"
    more = ", ..." if len(known) > _SUGGESTED else ""
    return f"known: {', '.join(known[:_SUGGESTED])}{more}"
