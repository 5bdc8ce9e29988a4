"""Divides the images that a user names into shards.

A shard is scored as a whole: it is a TFRecord file, a file of requests, or up to a
thousand image files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.errors import InputError
from pipeline.serving.image_arguments import NamedFile, find_images, is_image

# Image files in a shard. So little is lost if a run is killed, and there are few parts.
_SHARD_FILES = 1000
# How TFX names the files of examples, and what others call theirs.
_RECORDS = ("*tfrecord*", "*.tfrecords", "*.tfrec")
# Ending of files of requests.
_REQUESTS = ".jsonl"


@dataclass(frozen=True)
class Shard:
    """Images that are scored together.

    All paths are absolute, since workers of an engine may run in another folder.

    Attributes:
        number: Its place among the shards.
        files: Image files; empty if it is a file of records or requests.
        records: TFRecord file of tf.Examples; empty if it is something else.
        requests: File of requests, one a line; empty if it is something else.
        title: What the user calls the file of records or requests; its path if empty.
        limit: The most images that are read; None for all.
        digest: Digest of what it names; another one if a file was changed since. A
            file may grow while it is scored, so it is computed once.
    """

    number: int
    files: tuple[NamedFile, ...] = ()
    records: str = ""
    requests: str = ""
    title: str = ""
    limit: int | None = None
    digest: str = ""


def find_shards(arguments: Sequence[str]) -> list[Shard]:
    """Finds what is to be scored, and reads none of it.

    Args:
        arguments: Each is an image file, a file of requests (`*.jsonl`), a TFRecord
            file, a pattern of such files, or a folder with such files on any level.

    Returns:
        The shards. A file that is named twice is in one of them.

    Raises:
        InputError: If an argument names nothing.
    """
    named: list[Path] = []
    for file in find_images(arguments, (*_RECORDS, f"*{_REQUESTS}")):
        if not file.problem:
            named.append(file.path)
        elif file.path.is_dir():
            raise InputError(
                f"A folder to score must have image files, TFRecord files or files of "
                f"requests (*{_REQUESTS}); {file.path} has none; name another one."
            )
        else:
            raise InputError(
                f"What is to be scored must be there; {file.path} {file.problem}; name "
                f"image files, TFRecord files, files of requests (*{_REQUESTS}), or a "
                f"folder of them."
            )
    requests = [path for path in named if path.suffix == _REQUESTS]
    records = [path for path in named if path not in requests and _is_records(path)]
    others = {*requests, *records}
    images = [
        NamedFile(str(path), path.absolute()) for path in named if path not in others
    ]
    parts = [
        Shard(0, files=tuple(images[start : start + _SHARD_FILES]))
        for start in range(0, len(images), _SHARD_FILES)
    ]
    parts += [
        Shard(0, records=str(path.absolute()), title=str(path)) for path in records
    ]
    parts += [
        Shard(0, requests=str(path.absolute()), title=str(path)) for path in requests
    ]
    return [
        replace(part, number=number, digest=_digest(part))
        for number, part in enumerate(parts)
    ]


def _digest(shard: Shard) -> str:
    files = [(file.title, str(file.path)) for file in shard.files]
    if not files:
        files = [(shard.title, shard.records or shard.requests)]
    found = hashlib.sha256()
    # A part has the titles, so they count too.
    for title, path in files:
        try:
            facts = Path(path).stat()
            state = f"{facts.st_size} {facts.st_mtime_ns}"
        except OSError:
            state = "missing"
        found.update(f"{title!r} {path!r} {state}\n".encode(errors="surrogateescape"))
    return found.hexdigest()


def _is_records(path: Path) -> bool:
    return not is_image(path) and any(path.match(pattern) for pattern in _RECORDS)
