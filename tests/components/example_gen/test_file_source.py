"""Image files as ExampleGen reads them."""

import io
import random

import pytest
from PIL import Image

from components.example_gen.file_source import FileRecords


def large_image(number):
    """Returns bytes of a BMP file of about 3 MB, which stays as it is."""
    file = io.BytesIO()
    pixels = random.Random(number).randbytes(1000 * 1000 * 3)
    Image.frombytes("RGB", (1000, 1000), pixels).save(file, "BMP")
    return file.getvalue()


@pytest.mark.parametrize(
    ("images", "sizes"),
    [
        ([b"GIF8" + bytes([number % 256]) for number in range(1100)], [512, 512, 76]),
        ([large_image(number) for number in range(14)], [12, 2]),
    ],
    ids=["small", "large"],
)
def test_large_images_are_read_in_small_batches(tmp_path, images, sizes):
    paths = [tmp_path / str(number) for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        path.write_bytes(image)
    labels = [number % 3 for number in range(len(images))]
    records = FileRecords(tuple(map(str, paths)), tuple(labels))
    batches = [*records.batches().as_numpy_iterator()]
    assert [len(batch) for batch, _ in batches] == sizes
    assert [image for batch, _ in batches for image in batch] == images
    assert [label for _, batch in batches for label in batch] == labels
