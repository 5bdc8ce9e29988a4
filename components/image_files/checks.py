"""Checks image files: reads each of them once, and leaves out what can't be used."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from components.errors import InputError
from components.image_files.image_file import ImageFile, Listing, Problem

MAX_PIXELS = 2**26
"""Pixels of the largest image that is decoded, for example 8192 x 8192."""

# Files that a thread reads at a time.
_CHUNK = 256
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_GREY_MODES = {"1", "L", "LA", "I", "I;16", "I;16B"}
# Exif's tag Orientation, and its values with which height and width are exchanged.
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)
# Without a test split, one image in five belongs to it.
_TEST_PART = 5
# Where an image is in several splits, the first of these keeps it.
_PRECEDENCE = ("test", "validation", "train")


@dataclass(frozen=True)
class CheckedFile:
    """An image file that can be used.

    Attributes:
        path: The file.
        label: Index of its class.
        split: `train`, `test` or `validation`.
        digest: SHA-256 of its bytes, the first 16 of them.
        height: Height as it is shown, in pixels.
        width: Width as it is shown, in pixels.
        is_grey: Whether its format has no colours.
    """

    path: str
    label: int
    split: str
    digest: bytes
    height: int
    width: int
    is_grey: bool


@dataclass(frozen=True)
class CheckedImages:
    """Image files that can be used, and what is wrong with the others.

    Attributes:
        class_names: The classes, in the order of their labels.
        files: The files, sorted by path.
        problems: What was left out, and what to know.
    """

    class_names: tuple[str, ...]
    files: tuple[CheckedFile, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Number of images by split and class."""
        counted = Counter((file.split, file.label) for file in self.files)
        return {
            split: {
                name: counted[split, label]
                for label, name in enumerate(self.class_names)
            }
            for split in ("train", "validation", "test")
            if any(file.split == split for file in self.files)
        }

    def describe_problems(self) -> list[str]:
        """Returns a sentence for each problem."""
        return [str(problem) for problem in self.problems]


@dataclass(frozen=True)
class _Seen:
    """A file that was read."""

    file: ImageFile
    digest: bytes = b""
    height: int = 0
    width: int = 0
    is_grey: bool = False
    problem: str = ""


Track = Callable[[Iterable[_Seen], int], Iterable[_Seen]]


def check_images(
    listing: Listing, track: Track = lambda items, count: items
) -> CheckedImages:
    """Reads all files of a listing, and decides which of them can be used.

    Args:
        listing: The files.
        track: Shows the progress over items of a given number.

    Returns:
        The files that can be used, with their splits.

    Raises:
        InputError: If a class has no image to train on, or nothing is left to test on.
    """
    problems = list(listing.problems)
    read: list[_Seen] = []
    for seen in track(_read_all(listing.files), len(listing.files)):
        if seen.problem:
            problems.append(Problem(seen.file.path, seen.problem))
        else:
            read.append(seen)
    kept = _without_duplicates(_with_splits(read), problems)
    class_names = tuple(sorted({seen.file.class_name for seen in kept}))
    for name in listing.class_names:
        if name not in class_names:
            problems.append(
                Problem(name, "has no image that can be used", "not a class")
            )
    labels = {name: label for label, name in enumerate(class_names)}
    checked = CheckedImages(
        class_names,
        tuple(
            CheckedFile(
                seen.file.path,
                labels[seen.file.class_name],
                str(seen.file.split),
                seen.digest,
                seen.height,
                seen.width,
                seen.is_grey,
            )
            for seen in kept
        ),
        tuple(problems),
    )
    _check_splits(listing.root, checked)
    return checked


def auto_color(checked: CheckedImages) -> str:
    """Returns `grey` if all images are grey, and else `rgb`."""
    return "grey" if all(file.is_grey for file in checked.files) else "rgb"


def _read_all(files: Sequence[ImageFile]) -> Iterator[_Seen]:
    with warnings.catch_warnings():
        # Pillow warns of what it reads nevertheless.
        warnings.simplefilter("ignore")
        # Pillow decodes without the interpreter lock, which helps with large images.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            chunks = [
                files[start : start + _CHUNK] for start in range(0, len(files), _CHUNK)
            ]
            for seen in pool.map(lambda chunk: [*map(_read, chunk)], chunks):
                yield from seen


def _read(file: ImageFile) -> _Seen:
    try:
        data = Path(file.path).read_bytes()
        if not data:
            return _Seen(file, problem="has no bytes")
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return _Seen(
                    file,
                    problem=f"has {image.width} x {image.height} pixels, more than "
                    f"{MAX_PIXELS:,}",
                )
            image.load()
            size = image.height, image.width
            # Most images have no Exif data, and looking for them takes long.
            has_exif = "exif" in image.info
            if has_exif and image.getexif().get(_ORIENTATION, 1) in _TURNED:
                size = size[::-1]
            is_grey = image.mode in _GREY_MODES
    except UnidentifiedImageError:
        return _Seen(
            file, problem="can't be decoded (it is no PNG, JPEG, GIF, BMP or WebP file)"
        )
    # Pillow raises many kinds of errors for damaged files.
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return _Seen(file, problem=f"can't be decoded ({reason.splitlines()[0][:100]})")
    return _Seen(file, hashlib.sha256(data).digest()[:16], *size, is_grey)


def _with_splits(read: Sequence[_Seen]) -> list[_Seen]:
    """Divides the images by their content where there is no test split."""
    if any(seen.file.split == "test" for seen in read):
        return list(read)
    return [
        seen
        if seen.file.split == "validation"
        else _Seen(
            ImageFile(
                seen.file.path,
                seen.file.class_name,
                "test" if _is_test(seen.digest) else "train",
            ),
            seen.digest,
            seen.height,
            seen.width,
            seen.is_grey,
        )
        for seen in read
    ]


def _is_test(digest: bytes) -> bool:
    return int.from_bytes(digest[:8], "big") % _TEST_PART == 0


def _without_duplicates(read: Sequence[_Seen], problems: list[Problem]) -> list[_Seen]:
    by_content: dict[bytes, list[_Seen]] = defaultdict(list)
    for seen in read:
        by_content[seen.digest].append(seen)
    left_out: set[str] = set()
    for same in by_content.values():
        if len(same) == 1:
            continue
        classes = sorted({seen.file.class_name for seen in same})
        if len(classes) > 1:
            for seen in same:
                problems.append(
                    Problem(
                        seen.file.path, f"is the same image in {' and '.join(classes)}"
                    )
                )
            left_out |= {seen.file.path for seen in same}
            continue
        first, *others = sorted(
            same,
            key=lambda seen: (
                _PRECEDENCE.index(str(seen.file.split)),
                seen.file.path,
            ),
        )
        for seen in others:
            problems.append(
                Problem(
                    seen.file.path,
                    f"is the same image as {first.file.path}"
                    + (
                        f", which is in {first.file.split}"
                        if first.file.split != seen.file.split
                        else ""
                    ),
                )
            )
            left_out.add(seen.file.path)
    return [seen for seen in read if seen.file.path not in left_out]


def _check_splits(root: str, checked: CheckedImages) -> None:
    if len(checked.class_names) < 2:
        raise InputError(
            f"--images must have at least 2 classes with images that can be used; "
            f"{root} has {len(checked.class_names)}, after {len(checked.problems)} "
            f"files and folders were left out; `data check` names each."
        )
    train = checked.counts.get("train", {})
    untrained = [name for name in checked.class_names if not train.get(name)]
    if untrained:
        raise InputError(
            f"Every class must have images to train on; in {root}, "
            f"{', '.join(map(repr, untrained[:3]))} "
            f"{'has' if len(untrained) == 1 else 'have'} none in the train split; add "
            f"images, or remove the class."
        )
    if "test" not in checked.counts:
        raise InputError(
            f"Some images must be there to test on; {root} has {len(checked.files)}, "
            f"of which none is in the test split; add images."
        )
