"""What is found out about an image file."""

import io
import random
import subprocess
import sys

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from components.image_files.reading import (
    Damage,
    examine_image,
    read_orientation,
    turn_upright,
)
from tests.support.odd_images import HARMLESS_FILES

HEIGHT, WIDTH = 90, 130


def encode(kind, orientation=1, mode="RGB", **options):
    noise = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    image = Image.fromarray(noise).convert(mode)
    image.save(file, kind, exif=exif, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_image(kind, orientation):
    facts = examine_image(encode(kind, orientation))
    size = (WIDTH, HEIGHT) if orientation in (5, 6, 7, 8) else (HEIGHT, WIDTH)
    assert (facts.height, facts.width) == size


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_file_keeps_its_size_and_colours(mode, progressive):
    facts = examine_image(encode("JPEG", mode=mode, progressive=progressive))
    assert (facts.height, facts.width) == (HEIGHT, WIDTH)
    assert facts.is_grey == (mode == "L")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_damaged_jpeg_file_is_found_as_by_decoding_all_its_pixels(progressive):
    data = encode("JPEG", progressive=progressive)
    chance = random.Random(3)
    verdicts = set()
    for number in range(200):
        damaged = bytearray(data)
        if number % 2:
            del damaged[chance.randrange(2, len(data)) :]
        else:
            for _ in range(20):
                damaged[chance.randrange(len(data))] = chance.randrange(256)
        try:
            Image.open(io.BytesIO(damaged)).load()
            is_whole = True
        except (OSError, SyntaxError):
            is_whole = False
        found = examine_image(bytes(damaged))
        assert isinstance(found, Damage) != is_whole, (number, found)
        verdicts.add(is_whole)
    assert verdicts == {True, False}


@pytest.mark.parametrize("data", HARMLESS_FILES.values(), ids=HARMLESS_FILES)
def test_an_orientation_that_can_not_be_read_is_upright(data):
    image = Image.open(io.BytesIO(data))
    assert read_orientation(image) == 1
    assert turn_upright(image) is image
    assert (examine_image(data).height, examine_image(data).width) == (28, 28)


def test_an_orientation_that_only_xmp_has_is_upright():
    exif = Image.Exif()
    exif[0x010F] = "a maker"  # so that there are Exif data
    file = io.BytesIO()
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    Image.new("L", (WIDTH, HEIGHT)).save(file, "JPEG", exif=exif, xmp=xmp)
    image = Image.open(file)
    assert image.getexif()[ExifTags.Base.Orientation] == 6
    assert read_orientation(Image.open(file)) == 1


def test_the_orientation_may_come_after_the_pixels_of_a_png_file():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    chunk = io.BytesIO()
    PngImagePlugin.putchunk(chunk, b"eXIf", exif.tobytes()[6:])
    plain = io.BytesIO()
    Image.new("L", (WIDTH, HEIGHT)).save(plain, "PNG")
    end = plain.getvalue().rindex(b"IEND") - 4
    data = plain.getvalue()[:end] + chunk.getvalue() + plain.getvalue()[end:]
    assert read_orientation(Image.open(io.BytesIO(data))) == 6
    assert (examine_image(data).height, examine_image(data).width) == (WIDTH, HEIGHT)


def test_what_pillow_warns_of_is_not_shown(tmp_path):
    script = f"""if True:
    from components.image_files.reading import read_image
    print(read_image({str(tmp_path / "a.jpg")!r}).height)
    """
    cut_exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0\0"
    Image.new("L", (WIDTH, HEIGHT)).save(tmp_path / "a.jpg", exif=cut_exif)
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (finished.stdout, finished.stderr) == (f"{HEIGHT}\n", "")
