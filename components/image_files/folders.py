"""Lists the image files in class folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from components.errors import InputError
from components.image_files.image_file import SPLIT_NAMES, ImageFile, Problem

IMAGE_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"})

LAYOUT = "DIR/CLASS/IMAGE, or DIR/train/CLASS/IMAGE and DIR/test/CLASS/IMAGE"


def list_folder(root: Path, problems: list[Problem]) -> Iterator[ImageFile]:
    """Lists the images in class folders, or in those of each split.

    Args:
        root: The folder that holds them.
        problems: List to which what isn't used is added.

    Yields:
        The images.

    Raises:
        InputError: If the folders can't be read, or are nested in another way.
    """
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
            f"them directly, such as {loose[0].name}; move them ({LAYOUT})."
        )
    for path in loose:
        problems.append(Problem(str(path), "lies beside the class folders"))
    for folder in classes:
        deeper, images = _entries(folder, problems)
        if deeper and not images:
            raise InputError(
                f"Images must lie directly in their class folder; {folder} holds the "
                f"folder {deeper[0].name!r} and no image; move them ({LAYOUT})."
            )
        for inner in deeper:
            problems.append(Problem(str(inner), "is a folder in a class folder"))
        if not images:
            problems.append(Problem(str(folder), "has no images", "not a class"))
        for path in images:
            yield ImageFile(str(path), folder.name, split)


def _entries(folder: Path, problems: list[Problem]) -> tuple[list[Path], list[Path]]:
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
