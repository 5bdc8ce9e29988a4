"""Names near the one that isn't known."""

import difflib
from collections.abc import Sequence

_SHOWN = 3


def suggest(name: str, known: Sequence[str]) -> str:
    """Words what else there is.

    Args:
        name: What was asked for.
        known: What there is, the best guess first.

    Returns:
        A clause with the names nearest to it, or the first ones if none is near.
    """
    near = difflib.get_close_matches(name, known, n=_SHOWN, cutoff=0.6)
    if near:
        return f"the nearest known: {', '.join(near)}"
    return f"known: {', '.join(known[:_SHOWN])}{', ...' if len(known) > _SHOWN else ''}"
