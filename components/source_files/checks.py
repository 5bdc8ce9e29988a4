"""Checks source files by size and SHA-256, and writes them atomically."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from etils import epath

_CHUNK_BYTES = 1 << 20
_DIGITS_SHOWN = 12


class SourceUnavailableError(Exception):
    """Says in a clause why one source doesn't have the files."""


@dataclasses.dataclass(frozen=True)
class SourceFile:
    """A file as TFDS registers it; `name` is empty if TFDS registers no name."""

    url: str
    name: str
    size: int
    sha256: str

    def fault_of(self, chunks: Iterable[bytes]) -> str | None:
        """Compares content with the registered size and checksum.

        Args:
            chunks: The content.

        Returns:
            A clause that says what is wrong; None if the content matches.
        """
        size, digest = 0, hashlib.sha256()
        for chunk in chunks:
            size += len(chunk)
            digest.update(chunk)
        if size != self.size:
            return f"has {size:,} bytes instead of {self.size:,}"
        if digest.hexdigest() != self.sha256:
            return (
                f"has SHA-256 {digest.hexdigest()[:_DIGITS_SHOWN]}… instead of "
                f"{self.sha256[:_DIGITS_SHOWN]}…"
            )
        return None


def read_chunks(path: epath.Path) -> Iterator[bytes]:
    """Reads a file in pieces that fit in memory.

    Args:
        path: The file, local or `gs://`.

    Yields:
        The pieces.
    """
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def write_checked(
    file: SourceFile,
    chunks: Iterable[bytes],
    folder: Path,
    advance: Callable[[int], object],
) -> None:
    """Writes a file, which appears only when it is complete and matches.

    Args:
        file: The registered file.
        chunks: Its content.
        folder: Folder to write it to.
        advance: Function to call with the size of each piece, in bytes.

    Raises:
        SourceUnavailableError: If the content doesn't match. Nothing is written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In the same file system, so that the last step only renames the file.
    with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=folder) as incomplete:
        path = Path(incomplete, file.name)
        with path.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
                advance(len(chunk))
        # Reads the file again, to check what has reached the disk.
        if fault := file.fault_of(read_chunks(epath.Path(path))):
            raise SourceUnavailableError(f"{file.name} {fault}")
        path.replace(folder / file.name)
