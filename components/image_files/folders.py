"""Lists the image files in class folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from components.errors import InputError
from components.image_files.image_file import (
    SPLIT_NAMES,
    ImageFile,
    Problem,
    to_class_name,
    to_printable,
)

IMAGE_SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"})

LAYOUT = "DIR/CLASS/IMAGE, or DIR/train/CLASS/IMAGE and DIR/test/CLASS/IMAGE"

# Systems and programs leave these everywhere, besides names that start with a dot.
_PASSED_OVER = frozenset({"thumbs.db", "desktop.ini", "__macosx", "@eadir"})


@dataclass
class _Content:
    """What is directly in a folder: the path of each folder and image, by name."""

    folders: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def is_passed_over(name: str) -> bool:
    """Returns whether a file or folder is ignored, because systems leave such ones."""
    return name.startswith(".") or name.lower() in _PASSED_OVER


def list_folder(root: str) -> tuple[list[ImageFile], list[Problem]]:
    """Lists the images in class folders, or in those of each split.

    Args:
        root: The folder that holds them.

    Returns:
        The images, and what isn't used.

    Raises:
        InputError: If the folders can't be read, or are nested in another way.
    """
    top = _scan(root)
    splits = _find_splits(top)
    files: list[ImageFile] = []
    problems = list(top.problems)
    empty: dict[str, str] = {}
    if splits:
        if top.images:
            raise _loose_images(root, top)
        problems += [
            Problem(path, "lies beside the folders of the splits")
            for path in top.folders.values()
            if path not in splits
        ]
    for folder, split in (splits or {root: None}).items():
        content = _scan(folder) if splits else top
        if splits:
            problems += content.problems
        if content.images:
            raise _loose_images(folder, content)
        for name, path in content.folders.items():
            class_name = to_class_name(name, folder)
            inner = _scan(path)
            problems += inner.problems
            problems += _check_inner_folders(path, inner)
            if not inner.images:
                empty[class_name] = path
            files += [
                ImageFile(image, class_name, split) for image in inner.images.values()
            ]
    used = {file.class_name for file in files}
    problems += [
        Problem(path, "has no images", "not a class")
        for class_name, path in empty.items()
        if class_name not in used
    ]
    return files, problems


def _find_splits(top: _Content) -> Mapping[str, str | None]:
    """Returns the split of each folder of a split; nothing if there are none."""
    named = {
        path: SPLIT_NAMES[name.lower()]
        for name, path in top.folders.items()
        if name.lower() in SPLIT_NAMES
    }
    # Beside others, a folder `train` that holds images is a class, of vehicles perhaps.
    if len(named) < len(top.folders) and not any(_scan(path).folders for path in named):
        return {}
    if named and "train" not in named.values():
        raise InputError(
            f"--images must have a folder 'train' beside the other splits; received "
            f"{', '.join(map(to_printable, named))}; add it, or put the class folders "
            f"directly into --images."
        )
    if "test" in named.values():
        return named
    return {path: None if split == "train" else split for path, split in named.items()}


def _check_inner_folders(folder: str, content: _Content) -> list[Problem]:
    """Reports the folders in a class folder; raises an error if they hold images."""
    for path in content.folders.values():
        inner = _scan(path)
        if inner.images or inner.folders:
            raise InputError(
                f"Images must lie directly in their class folder; "
                f"{to_printable(folder)} holds the folder {to_printable(path)}, which "
                f"isn't empty; move its images up or elsewhere, or name "
                f"--images {to_printable(folder)} if it holds the class folders."
            )
    return [
        Problem(path, "is a folder in a class folder")
        for path in content.folders.values()
    ]


def _loose_images(folder: str, content: _Content) -> InputError:
    count = len(content.images)
    first = to_printable(next(iter(content.images)))
    received = (
        f"the image {first}" if count == 1 else f"{count} images, such as {first}"
    )
    return InputError(
        f"Every image must lie in the folder of its class; {to_printable(folder)} "
        f"directly holds {received}; arrange them as {LAYOUT}."
    )


def _scan(folder: str) -> _Content:
    content = _Content()
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if not is_passed_over(entry.name):
                    _sort_in(entry, content)
    except OSError as error:
        raise InputError(
            f"Every folder of --images must be readable; reading "
            f"{to_printable(folder)} failed: {error.strerror}; correct its "
            f"permissions, or move it elsewhere."
        ) from error
    return content


def _sort_in(entry: os.DirEntry[str], content: _Content) -> None:
    """Puts a file or folder where it belongs."""
    if entry.is_symlink() and (problem := _problem_of_link(entry.path)):
        content.problems.append(Problem(entry.path, problem))
    elif entry.is_dir():
        content.folders[entry.name] = entry.path
    elif os.path.splitext(entry.name)[1].lower() not in IMAGE_SUFFIXES:  # noqa: PTH122
        content.problems.append(Problem(entry.path, "is not an image by its name"))
    elif not entry.is_file():
        content.problems.append(Problem(entry.path, "is not a regular file"))
    elif not _is_utf8(entry.name):
        content.problems.append(Problem(entry.path, "has a name that isn't UTF-8"))
    else:
        content.images[entry.name] = entry.path


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _problem_of_link(link: str) -> str | None:
    """Returns what is wrong with a symbolic link, if anything."""
    try:
        target = os.path.realpath(link, strict=True)
    except OSError:
        return "is a link to nothing"
    # Following it would never end.
    above = os.path.realpath(os.path.dirname(link))
    if os.path.isdir(target) and f"{above}/".startswith(f"{target.rstrip('/')}/"):  # noqa: PTH112
        return "is a link to a folder that holds it"
    return None
