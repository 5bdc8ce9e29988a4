"""Fashion-MNIST as Debian and Ubuntu package it.

The package holds the four original files with their gzip headers rewritten. With
the original headers put back they are the upstream files, byte for byte.
"""

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "dataset-fashion-mnist"
INSTALLED_DIR = Path("/usr/share/datasets/fashion-mnist")

_INDEX_SECONDS = 6
_DOWNLOAD_SECONDS = 120
_APT_OPTIONS = (
    "Acquire::Retries=0",
    "Acquire::http::Timeout=4",
    "Acquire::https::Timeout=4",
    "Debug::NoLocking=true",
)
# Modification times in the upstream files' gzip headers, Unix seconds.
_TRAIN_TIME = 1504176606
_TEST_TIME = 1504176627
# RFC 1952: a header of ten bytes, then the file's name if bit 3 of the flags is set.
_HEADER_SIZE = 10
_NAME_FLAG = 8
_UNIX = 3


def restore_upstream_file(packaged: bytes, name: str) -> bytes:
    """Puts an upstream file's gzip header back.

    Args:
        packaged: Content of the packaged file.
        name: Its name, such as `train-images-idx3-ubyte.gz`.

    Returns:
        The upstream file, if the packaged one is intact; the caller checks its sum.
    """
    body = packaged[_HEADER_SIZE:]
    if len(packaged) > _HEADER_SIZE and packaged[3] & _NAME_FLAG:
        body = body.partition(b"\0")[2]
    modified = _TRAIN_TIME if name.startswith("train") else _TEST_TIME
    header = struct.pack("<2sBBLBB", b"\x1f\x8b", 8, _NAME_FLAG, modified, 0, _UNIX)
    return header + name.removesuffix(".gz").encode() + b"\0" + body


@contextmanager
def fetched_package() -> Iterator[Path]:
    """Fetches the package with apt, without root, for as long as it is needed.

    Yields:
        Folder that holds the packaged files.

    Raises:
        OSError: If there is no apt here, or it can't fetch the package.
    """
    missing = [tool for tool in ("apt-get", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        raise OSError(f"this system has no {missing[0]}")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            _run(["apt-get", "download", PACKAGE], scratch, _DOWNLOAD_SECONDS)
        except OSError:
            # A fresh container has no package lists: fetch them to a place of ours.
            own_lists = _own_list_options(Path(scratch))
            _run(["apt-get", *own_lists, "update"], scratch, _INDEX_SECONDS)
            _run(
                ["apt-get", *own_lists, "download", PACKAGE],
                scratch,
                _DOWNLOAD_SECONDS,
            )
        for archive in Path(scratch).glob(f"{PACKAGE}_*.deb"):
            _run(["dpkg-deb", "-x", str(archive), "content"], scratch, _INDEX_SECONDS)
        yield Path(scratch, "content", INSTALLED_DIR.relative_to("/"))


def _own_list_options(scratch: Path) -> list[str]:
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    return [
        f"-oDir::State::Lists={scratch / 'lists'}",
        f"-oDir::Cache={scratch / 'cache'}",
    ]


def _run(command: list[str], folder: str, seconds: float) -> None:
    program, *arguments = command
    options = [f"-o{option}" for option in _APT_OPTIONS] * (program == "apt-get")
    try:
        subprocess.run(
            [program, *options, *arguments],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{program} gave no result within {seconds:g} s") from error
    except subprocess.CalledProcessError as error:
        last_line = (error.stderr.strip().splitlines() or ["no message"])[-1]
        raise OSError(f"{program}: {last_line}") from error
