"""Source files of a data set: checked by size and SHA-256, copied atomically."""

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
    """Says in a clause why one source can't give the files; others may."""


@dataclasses.dataclass(frozen=True)
class SourceFile:
    """A file as TFDS registers it; `name` is empty where TFDS registers none."""

    url: str
    name: str
    size: int
    sha256: str

    def fault_of(self, chunks: Iterable[bytes]) -> str | None:
        """Compares some content with what is registered.

        Args:
            chunks: The content.

        Returns:
            What is wrong with it, None if it matches.
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
    """Yields a file's content in pieces that fit in memory.

    Args:
        path: The file, local or `gs://`.
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
    """Writes a file that appears only once it is whole and matches.

    Args:
        file: What is registered of the file.
        chunks: Its content.
        folder: Where to write it.
        advance: Called with the size of each piece written.

    Raises:
        SourceUnavailableError: If the content doesn't match; nothing is written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In the same file system, so that the last step is a mere change of name.
    with tempfile.TemporaryDirectory(prefix=".incomplete-", dir=folder) as incomplete:
        path = Path(incomplete, file.name)
        with path.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
                advance(len(chunk))
        # Read back: what counts is what has reached the disk.
        if fault := file.fault_of(read_chunks(epath.Path(path))):
            raise SourceUnavailableError(f"{file.name} {fault}")
        path.replace(folder / file.name)
