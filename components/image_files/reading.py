"""Reads image files one by one, and finds out which of them are damaged."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from components.image_files.image_file import to_printable
from components.image_formats import MAX_PIXELS, PILLOW_FORMATS, PNG
from components.machine import count_cores

# Pillow warns of what it reads nevertheless. This is for the whole process, because
# Python can't hide the warnings of one thread.
warnings.filterwarnings("ignore", module=r"PIL\.")

MAX_BYTES = 2**29
"""Bytes of the largest file that is read: as many pixels, each of 8 bytes."""

_GREY_MODES = frozenset({"1", "L", "LA", "I", "I;16", "I;16B"})
# Values of Exif's tag Orientation, and those with which height and width are exchanged.
_ORIENTATIONS = range(1, 9)
_TURNED = (5, 6, 7, 8)
# Shortages of the system. They say nothing about the file.
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_DETAIL_LENGTH = 100
# Bytes. Pillow decodes without the interpreter's lock, so threads help with large
# files. With small ones, they wait for the lock most of the time.
_SMALL = 2**16
# Large images that wait or are decoded, for each processor.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What was found out about an image file.

    Attributes:
        digest: The first 16 bytes of the SHA-256 of the file.
        height: Height as it is shown, in pixels.
        width: Width as it is shown, in pixels.
        is_grey: Whether all colours that its format can show are grey.
    """

    digest: bytes
    height: int
    width: int
    is_grey: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """Why an image file can't be used.

    Attributes:
        what: The kind of damage.
        detail: What is special about this file.
    """

    what: str
    detail: str = ""


def read_images(paths: Sequence[str]) -> Iterator[ImageFacts | Damage]:
    """Reads and decodes image files.

    Args:
        paths: The files.

    Yields:
        What was found out about each, in the same order.
    """
    workers = count_cores()
    waiting: deque[Callable[[], ImageFacts | Damage]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for path in paths:
            if _is_small(path) and not waiting:
                yield read_image(path)
                continue
            waiting.append(pool.submit(read_image, path).result)
            if len(waiting) > _AHEAD * workers:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()
    finally:
        pool.shutdown(cancel_futures=True)


def read_image(path: str) -> ImageFacts | Damage:
    """Reads an image file and decodes it completely.

    Args:
        path: The file.

    Returns:
        What was found out about it.

    Raises:
        OSError: If the system has too few resources.
        MemoryError: The same.
    """
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                return Damage(f"has more than {MAX_BYTES:,} bytes", f"{size:,}")
            data = file.readall()
    except OSError as error:
        if error.errno in _SHORTAGES:
            raise
        return Damage("can't be read", str(error.strerror))
    return examine_image(data)


def examine_image(data: bytes) -> ImageFacts | Damage:
    """Decodes an image completely.

    Args:
        data: Bytes of an image file.

    Returns:
        What was found out about it.
    """
    if not data:
        return Damage("has no bytes")
    try:
        with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return _too_large(f"{image.width:,} x {image.height:,}")
            height, width = image.size[::-1]
            # Faster with JPEG: all data are read, and only the pixels are fewer.
            image.draft(None, (1, 1))
            image.load()
            if data.startswith(PNG) and (fault := _fault_of_png(data)):
                return Damage("can't be decoded", fault)
            if is_turned(image):
                height, width = width, height
            digest = hashlib.sha256(data).digest()[:16]
            return ImageFacts(digest, height, width, is_grey(image))
    except Image.DecompressionBombError:
        return _too_large("")
    except UnidentifiedImageError:
        return Damage("can't be decoded", "it is no PNG, JPEG, GIF, BMP or WebP file")
    except MemoryError:
        raise
    # Pillow raises many kinds of errors for damaged files.
    except Exception as error:
        return Damage("can't be decoded", describe_error(error))


def read_orientation(image: Image.Image) -> int:
    """Reads how an image is to be turned, as the graph of a model reads it.

    Args:
        image: The image.

    Returns:
        The value of Exif's tag Orientation, 1 to 8; 1, for an upright image, if there
        is none or another one.
    """
    if image.format == "PNG":
        image.load()  # Exif's data may come after the pixels
    # Most images have no Exif data, and looking for them takes long.
    if "exif" not in image.info:
        return 1
    exif = Image.Exif()  # Pillow's `getexif` also reads XMP, which the graph doesn't.
    try:
        exif.load(image.info["exif"])
    except MemoryError:
        raise
    # The graph passes over what it can't read. Pillow raises many kinds of errors.
    except Exception:
        return 1
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    return orientation if orientation in _ORIENTATIONS else 1


def is_turned(image: Image.Image) -> bool:
    """Returns whether an image is shown with height and width exchanged.

    Args:
        image: The image.
    """
    return read_orientation(image) in _TURNED


def turn_upright(image: Image.Image) -> Image.Image:
    """Turns an image as its Exif data say.

    Args:
        image: The image.

    Returns:
        The turned image; the same one if it is upright.
    """
    return image if read_orientation(image) == 1 else ImageOps.exif_transpose(image)


def describe_error(error: Exception) -> str:
    """Describes an error of Pillow in a part of a line.

    Args:
        error: The error.

    Returns:
        The beginning of its first line; its type if it says nothing.
    """
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return to_printable(reason[:_DETAIL_LENGTH])


def _is_small(path: str) -> bool:
    try:
        return os.stat(path).st_size < _SMALL  # noqa: PTH116
    except OSError:
        # Reading it will say why.
        return True


def _too_large(detail: str) -> Damage:
    return Damage(f"has more than {MAX_PIXELS:,} pixels", detail)


def is_grey(image: Image.Image) -> bool:
    """Returns whether all colours that an image's format can show are grey."""
    if image.mode in _GREY_MODES:
        return True
    if image.mode not in ("P", "PA"):
        return False
    palette = image.getpalette("RGB") or []
    return palette[::3] == palette[1::3] == palette[2::3]


def _fault_of_png(data: bytes) -> str | None:
    """Checks what Pillow passes over and TensorFlow doesn't: the pixels' checksums."""
    start = len(PNG)
    while start + 12 <= len(data):
        length = int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        end = start + 8 + length
        checksum = int.from_bytes(data[end : end + 4], "big")
        if kind == b"IDAT" and zlib.crc32(data[start + 4 : end]) != checksum:
            return "a checksum of its pixels is wrong"
        if kind == b"IEND":
            return None
        start = end + 4
    return "its end is missing"
