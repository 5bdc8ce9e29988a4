"""Checks image files: reads each of them once, and leaves out what can't be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from components.errors import InputError
from components.image_files.image_file import Listing, Problem, to_printable
from components.image_files.reading import Damage, read_images
from components.image_size import choose_size
from components.progress import work_on

SPLITS = ("train", "validation", "test")
"""Names of the splits in the order in which they are shown."""

TEST_PART = 5
"""Of a set without a test split, one image in so many belongs to it."""

# Where an image is in several splits, the first of these keeps it.
_PRECEDENCE = ("test", "validation", "train")
_NAMED = 3


class UnusableImagesError(InputError):
    """Images can't be trained on.

    Attributes:
        problems: What was found until then.
    """

    def __init__(self, sentence: str, problems: Sequence[Problem]):
        super().__init__(sentence)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An image file that can be used.

    Attributes:
        path: The file.
        class_name: Its class.
        split: The given split, or that which the content decides.
        digest: SHA-256 of its bytes, the first 16 of them.
        height: Height as it is shown, in pixels.
        width: Width as it is shown, in pixels.
        is_grey: Whether its format shows no colours.
    """

    path: str
    class_name: str
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

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of each file, in pixels."""
        return [(file.height, file.width) for file in self.files]

    @cached_property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Number of images by split and class."""
        counted = Counter((file.split, file.class_name) for file in self.files)
        used = {split for split, _ in counted}
        return {
            split: {name: counted[split, name] for name in self.class_names}
            for split in SPLITS
            if split in used
        }


def check_images(listing: Listing) -> CheckedImages:
    """Reads all files of a listing, and decides which of them can be used.

    Args:
        listing: The files.

    Returns:
        The files that can be used, with their splits.

    Raises:
        UnusableImagesError: If fewer than two classes are left, a class has no image to
            train on, or no image is left to test on.
    """
    problems = list(listing.problems)
    read: list[CheckedFile] = []
    paths = [file.path for file in listing.files]
    found = work_on("reading images", read_images(paths), len(paths))
    for file, facts in zip(listing.files, found, strict=True):
        if isinstance(facts, Damage):
            problems.append(Problem(file.path, facts.what, detail=facts.detail))
        else:
            read.append(
                CheckedFile(
                    file.path,
                    file.class_name,
                    file.split or _split_by_content(facts.digest),
                    facts.digest,
                    facts.height,
                    facts.width,
                    facts.is_grey,
                )
            )
    files = tuple(_without_copies(read, problems))
    class_names = tuple(sorted({file.class_name for file in files}))
    problems += [
        Problem(f"class {name}", "has no image that can be used", "not a class")
        for name in listing.class_names
        if name not in class_names
    ]
    counts = CheckedImages(class_names, files, ()).counts
    _check_splits(listing.root, class_names, counts, problems)
    problems += [
        Problem(f"class {name}", "has no test image", "its accuracy can't be measured")
        for name, count in counts["test"].items()
        if not count
    ]
    return CheckedImages(class_names, files, tuple(problems))


def auto_size(checked: CheckedImages) -> tuple[int, int]:
    """Chooses the size of the network's images.

    Args:
        checked: The images.

    Returns:
        Their median height and width, in pixels; scaled so that the longer side is at
        most 128 pixels and the shorter one at least 18.
    """
    return choose_size("auto", checked.sizes)


def auto_color(checked: CheckedImages) -> str:
    """Returns `grey` if all images are grey, and else `rgb`."""
    return "grey" if all(file.is_grey for file in checked.files) else "rgb"


def _split_by_content(digest: bytes) -> str:
    number = int.from_bytes(digest[:8], "big")
    return "test" if number % TEST_PART == 0 else "train"


def _without_copies(
    read: Sequence[CheckedFile], problems: list[Problem]
) -> list[CheckedFile]:
    """Leaves out all but one of the images that are the same, byte by byte."""
    by_content: dict[bytes, list[CheckedFile]] = defaultdict(list)
    for file in read:
        by_content[file.digest].append(file)
    kept = []
    for same in by_content.values():
        classes = sorted({file.class_name for file in same})
        if len(classes) > 1:
            problems += [
                Problem(
                    file.path,
                    "is the same image in several classes",
                    detail=" and ".join(classes[:_NAMED]),
                )
                for file in same
            ]
            continue
        # They are sorted by path already.
        first, *copies = sorted(same, key=lambda file: _PRECEDENCE.index(file.split))
        kept.append(first)
        for copy in copies:
            where = "its own split" if copy.split == first.split else first.split
            problems.append(
                Problem(
                    copy.path,
                    f"is the same image as another in {where}",
                    detail=first.path,
                )
            )
    return sorted(kept, key=lambda file: file.path)


def _check_splits(
    root: str,
    class_names: Sequence[str],
    counts: Mapping[str, Mapping[str, int]],
    problems: Sequence[Problem],
) -> None:
    root = to_printable(root)
    advice = "; `data check` names what was left out" if problems else ""
    if len(class_names) < 2:
        raise UnusableImagesError(
            f"--images must have at least 2 classes with images that can be used; "
            f"{root} has {len(class_names)}; add images{advice}.",
            problems,
        )
    train = counts.get("train", {})
    untrained = [name for name in class_names if not train.get(name)]
    if untrained:
        names = ", ".join(map(repr, untrained[:_NAMED]))
        if len(untrained) > _NAMED:
            names += f" and {len(untrained) - _NAMED} more"
        raise UnusableImagesError(
            f"Every class must have images to train on; in {root}, {names} "
            f"{'has' if len(untrained) == 1 else 'have'} none in the train split; add "
            f"images to it, or remove the class{advice}.",
            problems,
        )
    if "test" not in counts:
        total = sum(map(sum, (count.values() for count in counts.values())))
        raise UnusableImagesError(
            f"Some images must be there to test on; {root} has {total:,} that can be "
            f"used, of which none is in the test split; add images to it{advice}.",
            problems,
        )
