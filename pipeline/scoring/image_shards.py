"""Divides the images that a user names into shards, and reads one shard.

A shard is scored as a whole: it is a TFRecord file, a file of requests, or up to a
thousand image files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tensorflow as tf

from components import features
from components.errors import InputError
from components.image_files.image_file import to_printable
from components.tfrecords import NO_AUTOTUNING
from pipeline.scoring.request_log import SUFFIX, read_requests
from pipeline.serving.image_arguments import NamedFile, find_images
from pipeline.serving.labelled_images import (
    LabelledImage,
    Unclassified,
    read_image_file,
)

# Image files in a shard. So little is lost if a run is killed, and there are few parts.
_SHARD_FILES = 1000
# Records that are read in one call of TensorFlow. Twice as many are in memory, and each
# may hold a large photo.
_READ_TOGETHER = 32
# How TFX names the files of examples, and what others call theirs.
_RECORDS = ("*tfrecord*", "*.tfrecords", "*.tfrec")
_GZIP = b"\x1f\x8b"


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
            file, a pattern of such files, or a folder with image files on any level,
            with requests or with TFRecord files.

    Returns:
        The shards. A file that is named twice is in one of them.

    Raises:
        InputError: If an argument names nothing.
    """
    found = find_images([*arguments])
    named = dict.fromkeys(file.path for file in found if not file.problem)
    for file in found:
        if file.problem:
            if not file.path.is_dir():
                raise InputError(
                    f"What is to be scored must be there; {file.path} {file.problem}; "
                    f"name image files, TFRecord files, files of requests (*{SUFFIX}), "
                    f"or a folder of them."
                )
            inside = _others_in(file.path)
            if not inside:
                raise InputError(
                    f"A folder to score must have image files, TFRecord files or files "
                    f"of requests (*{SUFFIX}); {file.path} has none; name another one."
                )
            named |= dict.fromkeys(inside)
    requests = [path for path in named if path.suffix == SUFFIX]
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


def read_shard(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    """Reads the images of a shard, one after another.

    Args:
        shard: The shard.

    Yields:
        An image with a title that no other has; or why there is none.
    """
    if shard.records:
        yield from _read_records(shard)
    elif shard.requests:
        yield from _read_requests(shard)
    for file in shard.files:
        yield read_image_file(file.path, to_printable(file.title))


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


def _others_in(folder: Path) -> list[Path]:
    """Returns the files of records and requests in a folder and those below it."""
    patterns = (*_RECORDS, f"*{SUFFIX}")
    found = {path for pattern in patterns for path in folder.rglob(pattern)}
    return sorted(path for path in found if path.is_file())


def _is_records(path: Path) -> bool:
    return any(path.match(pattern) for pattern in _RECORDS)


def _read_records(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    title = to_printable(shard.title or shard.records)
    at = 0
    try:
        for record in _records(shard.records, shard.limit):
            yield _to_image(record, f"{title}#{at}")
            at += 1
    except (OSError, tf.errors.OpError) as error:
        what = "can't be read" if at == 0 else f"is damaged after {at:,} records"
        # So that a job of hours doesn't end because of one file.
        yield Unclassified(title, f"{what} ({type(error).__name__})", title)


def _read_requests(shard: Shard) -> Iterator[LabelledImage | Unclassified]:
    title = to_printable(shard.title or shard.requests)
    began = False
    try:
        for image in read_requests(Path(shard.requests), title):
            yield image
            began = True
    except OSError as error:
        what = "can't be read to its end" if began else "can't be read"
        # The container that keeps requests removes the oldest files at any time.
        yield Unclassified(title, f"{what} ({type(error).__name__})", title)


def _records(path: str, limit: int | None) -> Iterator[bytes]:
    # By TensorFlow, since training images may be in an object store.
    with tf.io.gfile.GFile(path, "rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    records = tf.data.TFRecordDataset(path, "GZIP" if compressed else "")
    records = records.with_options(NO_AUTOTUNING)
    if limit is not None:
        records = records.take(limit)
    read = 0
    try:
        # One by one takes longer than a model needs for a small image.
        for batch in records.batch(_READ_TOGETHER).prefetch(1).as_numpy_iterator():
            yield from batch
            read += len(batch)
    except tf.errors.DataLossError:
        # The records of the batch that are before the damage.
        yield from records.skip(read).as_numpy_iterator()


def _to_image(record: bytes, title: str) -> LabelledImage | Unclassified:
    try:
        feature = tf.train.Example.FromString(record).features.feature
    except Exception:  # protobuf's implementations raise different ones
        return Unclassified(title, "is no tf.Example", title)
    # Looked for first, because asking a protobuf's map for a name adds it.
    if features.IMAGE not in feature or not feature[features.IMAGE].bytes_list.value:
        return Unclassified(title, f"has no feature {features.IMAGE}", title)
    return LabelledImage(title, feature[features.IMAGE].bytes_list.value[0])
