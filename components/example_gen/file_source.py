"""Opens image files: those in class folders, or those that a CSV file lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from components.data_description import DEFAULT_RESIZE, DataDescription
from components.errors import InputError
from components.example_gen.source import Source
from components.image_files.checks import CheckedFile, auto_color, check_images
from components.image_files.encoding import to_decodable
from components.image_files.image_file import to_printable
from components.image_files.listing import list_images
from components.image_size import choose_size
from components.parameters import DataParameters
from components.set_name import set_name
from components.tfrecords import BATCH_BYTES, BATCH_IMAGES

_SHARD_FILES = 8192


@dataclass(frozen=True)
class FileRecords:
    """Some image files.

    Attributes:
        paths: The files.
        labels: The label of each.
        is_resized: Whether the model resizes them; see `to_decodable`.
    """

    paths: tuple[str, ...]
    labels: tuple[int, ...]
    is_resized: bool

    @property
    def count(self) -> int:
        """How many images there are."""
        return len(self.paths)

    def batches(self) -> tf.data.Dataset:
        """Reads the files; see `Records.batches`."""
        return tf.data.Dataset.from_generator(
            self._read,
            output_signature=(
                tf.TensorSpec([None], tf.string),
                tf.TensorSpec([None], tf.int64),
            ),
        )

    def _read(self) -> Iterator[tuple[list[bytes], list[int]]]:
        images: list[bytes] = []
        labels: list[int] = []
        size = 0
        for path, label in zip(self.paths, self.labels, strict=True):
            images.append(to_decodable(Path(path).read_bytes(), self.is_resized))
            labels.append(label)
            size += len(images[-1])
            if len(images) == BATCH_IMAGES or size >= BATCH_BYTES:
                yield images, labels
                images, labels, size = [], [], 0
        if images:
            yield images, labels


def open_files(parameters: DataParameters) -> Source:
    """Lists and checks image files.

    Args:
        parameters: `images` names the folder or the CSV file.

    Returns:
        The source; files that can't be used are left out of it.

    Raises:
        InputError: If the files can't be trained on.
    """
    listing = list_images(str(parameters.images), parameters)
    checked = check_images(listing)
    height, width = choose_size(parameters.image_size, checked.sizes)
    resize = parameters.resize or DEFAULT_RESIZE
    is_resized = resize != "none"
    if not is_resized:
        _require_size(checked.files, height, width)
    color = auto_color(checked) if parameters.color == "auto" else parameters.color
    splits = {
        split: _to_records(
            [file for file in checked.files if file.split == split],
            checked.class_names,
            parameters.max_examples,
            is_resized,
        )
        for split in checked.counts
    }
    return Source(
        description=DataDescription(
            name=set_name(parameters.dataset, parameters.images),
            version="",
            class_names=checked.class_names,
            height=height,
            width=width,
            channels=1 if color == "grey" else 3,
            resize=resize,
        ),
        splits=splits,
        problems=[str(problem) for problem in checked.problems],
    )


def _require_size(files: Sequence[CheckedFile], height: int, width: int) -> None:
    others = [file for file in files if (file.height, file.width) != (height, width)]
    if others:
        first = others[0]
        raise InputError(
            f"With --resize none, all images must be {height} pixels high and {width} "
            f"wide; {len(others):,} of {len(files):,} have another size, for example "
            f"{to_printable(first.path)} with {first.height} x {first.width}; if all "
            f"have the same size, give it with --image-size; otherwise leave out "
            f"--resize, and they are made to fit."
        )


def _to_records(
    files: list[CheckedFile],
    class_names: Sequence[str],
    limit: int | None,
    is_resized: bool,
) -> list[FileRecords]:
    labels = {name: label for label, name in enumerate(class_names)}
    # Sorted by their contents, which mixes the classes in the same way in every run.
    mixed = sorted(files, key=lambda file: (file.digest, file.path))[:limit]
    parts = [
        mixed[start : start + _SHARD_FILES]
        for start in range(0, len(mixed), _SHARD_FILES)
    ]
    return [
        FileRecords(
            tuple(file.path for file in part),
            tuple(labels[file.class_name] for file in part),
            is_resized,
        )
        for part in parts
    ]
