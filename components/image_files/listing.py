"""Lists image files by their names: those in class folders, or those of a CSV file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from components.errors import InputError

IMAGE_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"})

SPLIT_NAMES = {
    "train": "train",
    "test": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
"""Names of folders and values of a CSV's column, and the split that each means."""

# Every pair of classes is counted and shown.
_MOST_CLASSES = 1000
_LEFT_OUT = "left out"
_LAYOUT = "DIR/CLASS/IMAGE, or DIR/train/CLASS/IMAGE and DIR/test/CLASS/IMAGE"


class CsvSettings(Protocol):
    """The settings that say how a CSV file is read."""

    image_column: str
    label_column: str
    split_column: str | None


@dataclass(frozen=True)
class CsvColumns:
    """Names of the columns of a CSV file.

    Attributes:
        image: Column of the files.
        label: Column of the classes.
        split: Column of the splits; None if there is none.
    """

    image: str = "image"
    label: str = "label"
    split: str | None = None

    @classmethod
    def of(cls, settings: CsvSettings) -> CsvColumns:
        """Returns the columns that the settings name."""
        return cls(
            settings.image_column, settings.label_column, settings.split_column
        )


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file or folder.

    Attributes:
        path: The file or folder.
        what: What is wrong with it.
        done: What was done about it.
    """

    path: str
    what: str
    done: str = _LEFT_OUT

    def __str__(self) -> str:
        """Returns a sentence without a full stop."""
        return f"{self.path}: {self.what}; {self.done}"


@dataclass(frozen=True)
class ImageFile:
    """A file that is an image by its name.

    Attributes:
        path: The file.
        class_name: Its class.
        split: Its split; None if the images aren't divided yet.
    """

    path: str
    class_name: str
    split: str | None


@dataclass(frozen=True)
class Listing:
    """The image files of a folder or a CSV file.

    Attributes:
        root: The folder or the CSV file.
        class_names: The classes, sorted.
        files: The files, sorted by path.
        problems: What isn't used, and why.
    """

    root: str
    class_names: tuple[str, ...]
    files: tuple[ImageFile, ...]
    problems: tuple[Problem, ...]


def list_images(images: str, columns: CsvColumns) -> Listing:
    """Lists image files, and reads none of them.

    Args:
        images: A folder of class folders, or a CSV file.
        columns: The columns of a CSV file.

    Returns:
        The files.

    Raises:
        InputError: If there are none, or they can't be divided into classes.
    """
    path = Path(images).expanduser()
    problems: list[Problem] = []
    if path.is_dir():
        files = list(_list_folder(path, problems))
    elif path.is_file() and path.suffix.lower() == ".csv":
        from components.image_files.csv_file import list_csv

        files = list_csv(path, columns)
    else:
        what = "isn't there" if not path.exists() else "is neither"
        raise InputError(
            f"--images must be a folder or a CSV file; {path} {what}; name another one."
        )
    if not files:
        raise InputError(
            f"--images must hold image files ({', '.join(sorted(IMAGE_SUFFIXES))}); "
            f"{path} holds none in {_LAYOUT}; put them there, or name another folder."
        )
    class_names = tuple(sorted({file.class_name for file in files}))
    if not 1 < len(class_names) <= _MOST_CLASSES:
        raise InputError(
            f"--images must have 2 to {_MOST_CLASSES} classes with images; {path} has "
            f"{len(class_names)}; give each class a folder of its own ({_LAYOUT})."
        )
    return Listing(
        str(path),
        class_names,
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(problems),
    )


def _list_folder(root: Path, problems: list[Problem]) -> Iterator[ImageFile]:
    folders, _ = _entries(root, problems)
    splits = {
        folder: SPLIT_NAMES[folder.name.lower()]
        for folder in folders
        if folder.name.lower() in SPLIT_NAMES
    }
    if not splits:
        yield from _list_classes(root, None, problems)
        return
    if "train" not in splits.values():
        raise InputError(
            f"--images must have a folder 'train' beside "
            f"{', '.join(repr(each.name) for each in splits)}; {root} has none; add "
            f"it, or put the class folders directly into {root}."
        )
    for folder in folders:
        if folder not in splits:
            problems.append(Problem(str(folder), "lies beside the folders of splits"))
    for folder, split in splits.items():
        yield from _list_classes(folder, split, problems)


def _list_classes(
    root: Path, split: str | None, problems: list[Problem]
) -> Iterator[ImageFile]:
    """Lists the images in the class folders of a folder."""
    classes, loose = _entries(root, problems)
    if loose and not classes:
        raise InputError(
            f"Images must lie in a folder for each class; {root} holds {len(loose)} of "
            f"them directly, such as {loose[0].name}; move them ({_LAYOUT})."
        )
    for path in loose:
        problems.append(Problem(str(path), "lies beside the class folders"))
    for folder in classes:
        deeper, images = _entries(folder, problems)
        if deeper and not images:
            raise InputError(
                f"Images must lie directly in their class folder; {folder} holds the "
                f"folder {deeper[0].name!r} and no image; move them ({_LAYOUT})."
            )
        for inner in deeper:
            problems.append(Problem(str(inner), "is a folder in a class folder"))
        if not images:
            problems.append(Problem(str(folder), "has no images", "no class"))
        for path in images:
            yield ImageFile(str(path), folder.name, split)


def _entries(
    folder: Path, problems: list[Problem]
) -> tuple[list[Path], list[Path]]:
    """Returns the folders and the images in a folder, sorted by name."""
    folders, images = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                path = Path(entry.path)
                # Systems and programs leave such files everywhere.
                if entry.name.startswith(".") or entry.name == "Thumbs.db":
                    continue
                if entry.is_symlink() and _leads_back(path):
                    problems.append(Problem(entry.path, "is a link that leads back"))
                elif entry.is_dir():
                    folders.append(path)
                elif path.suffix.lower() in IMAGE_SUFFIXES:
                    images.append(path)
                else:
                    problems.append(Problem(entry.path, "is no image by its name"))
    except OSError as error:
        raise InputError(
            f"--images must be a folder that can be read; reading {folder} failed: "
            f"{error.strerror}; correct its permissions, or name another one."
        ) from error
    return folders, images


def _leads_back(link: Path) -> bool:
    """Whether a link leads to a folder that holds it, or nowhere but to itself."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return link.is_dir() or not link.exists()
    return target.is_dir() and target in link.absolute().parents
