"""Image files as ExampleGen reads them."""

import io
import random

import pytest
from PIL import Image

from components.errors import InputError
from components.example_gen.file_source import FileRecords, open_files
from components.image_formats import PNG
from pipeline.settings import Settings


def large_image(number):
    """Returns bytes of a PNG file of about 3 MB."""
    file = io.BytesIO()
    pixels = random.Random(number).randbytes(1000 * 1000 * 3)
    Image.frombytes("RGB", (1000, 1000), pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.mark.parametrize(
    ("images", "sizes"),
    [
        ([PNG + bytes([number % 256]) for number in range(1100)], [512, 512, 76]),
        ([large_image(number) for number in range(14)], [12, 2]),
    ],
    ids=["small", "large"],
)
def test_large_images_are_read_in_small_batches(tmp_path, images, sizes):
    paths = [tmp_path / str(number) for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        path.write_bytes(image)
    labels = [number % 3 for number in range(len(images))]
    records = FileRecords(tuple(map(str, paths)), tuple(labels), is_resized=True)
    batches = [*records.batches().as_numpy_iterator()]
    assert [len(batch) for batch, _ in batches] == sizes
    assert [image for batch, _ in batches for image in batch] == images
    assert [label for _, batch in batches for label in batch] == labels


def test_without_resizing_an_image_of_another_size_is_named(tmp_path):
    for split in ("train", "test"):
        for number, name in enumerate(("blue", "red")):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for count in range(3):
                pixels = Image.new("RGB", (32, 24), (number, count, len(split)))
                pixels.save(folder / f"{count}.gif")
    settings = Settings(images=str(tmp_path), resize="none")
    assert open_files(settings).description.image_shape == (24, 32, 3)
    Image.new("RGB", (40, 30)).save(tmp_path / "test" / "red" / "other.png")
    with pytest.raises(InputError, match=r"1 of 13 .*red/other.png with 30 x 40"):
        open_files(settings)
