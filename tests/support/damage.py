"""Ways to damage a file."""

from pathlib import Path


def cut(path: Path) -> None:
    """Leaves the first half of the content."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Leaves no content."""
    path.write_bytes(b"")


def flip(path: Path, place: int | None = None) -> None:
    """Flips all bits of one byte.

    Args:
        path: The file.
        place: Index of the byte; the one in the middle if not given.
    """
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 0xFF
    path.write_bytes(content)


def scribble(path: Path) -> None:
    """Puts something in the place of the content that no format allows."""
    path.write_bytes(b"garbage")
