"""Describes data sets that Debian and Ubuntu package, and restores their files.

Only this module knows anything about single data sets. A set that isn't in
`KNOWN_PACKAGES` has one source less.
"""

from __future__ import annotations

import dataclasses
import itertools
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# RFC 1952: magic number, method, flags, modification time, extra flags, system.
_GZIP_HEADER = struct.Struct("<2sBBLBB")
_GZIP_MAGIC = b"\x1f\x8b"
_DEFLATE = 8
_HAS_FILE_NAME = 0x08
_UNIX = 3


@dataclasses.dataclass(frozen=True)
class DebianPackage:
    """A package with a set's source files, whose gzip headers are different.

    Debian normalizes the headers of gzip files, so that packages can be built
    reproducibly: it removes the file name and sets the time of the build. It doesn't
    change the compressed data. So the registered checksums match again when the
    upstream header is restored.
    """

    name: str
    """Name of the package."""

    folder: Path
    """Folder into which the package installs the files."""

    upstream_times: Mapping[str, int]
    """Modification time in the upstream header of each file, by file name."""

    def restore(self, file_name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Restores the upstream gzip header of a packaged file.

        Args:
            file_name: Name of the file, for example `train-images-idx3-ubyte.gz`.
            chunks: Its content; the first piece must hold the header.
        """
        yield _GZIP_HEADER.pack(
            _GZIP_MAGIC,
            _DEFLATE,
            _HAS_FILE_NAME,
            self.upstream_times[file_name],
            0,
            _UNIX,
        )
        yield file_name.removesuffix(".gz").encode() + b"\0"
        remaining = iter(chunks)
        first = next(remaining, b"")
        yield from itertools.chain([first[_GZIP_HEADER.size :]], remaining)


_TRAIN_TIME = 1504176606
_TEST_TIME = 1504176627

KNOWN_PACKAGES: dict[str, DebianPackage] = {
    "fashion_mnist": DebianPackage(
        name="dataset-fashion-mnist",
        folder=Path("/usr/share/datasets/fashion-mnist"),
        upstream_times={
            "train-images-idx3-ubyte.gz": _TRAIN_TIME,
            "train-labels-idx1-ubyte.gz": _TRAIN_TIME,
            "t10k-images-idx3-ubyte.gz": _TEST_TIME,
            "t10k-labels-idx1-ubyte.gz": _TEST_TIME,
        },
    )
}
"""Packages by the TFDS name of the set that they hold."""
