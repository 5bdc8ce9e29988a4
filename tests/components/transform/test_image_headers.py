import io

import pytest
import tensorflow as tf
from PIL import Image

from components.transform.image_headers import read_headers

HEIGHT, WIDTH = 300, 1000


def file_of(kind, mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, (WIDTH, HEIGHT)).save(file, kind)
    return file.getvalue()


def read(*files):
    """In a graph, as the served model reads them."""
    headers = tf.function(read_headers, autograph=False)(tf.constant(files))
    return [
        (tuple(size), bool(first), bool(second))
        for size, first, second in zip(
            headers.sizes.numpy().tolist(),
            headers.is_png_or_jpeg,
            headers.is_gif_or_bmp,
            strict=True,
        )
    ]


def test_size_and_format_are_read_of_each_file_in_a_batch():
    assert read(*map(file_of, ("PNG", "JPEG", "GIF", "BMP"))) == [
        ((HEIGHT, WIDTH), True, False),
        ((HEIGHT, WIDTH), True, False),
        ((HEIGHT, WIDTH), False, True),
        ((HEIGHT, WIDTH), False, True),
    ]


def test_a_bmp_file_may_count_its_rows_downwards():
    bmp = file_of("BMP")
    downwards = bmp[:22] + (-HEIGHT).to_bytes(4, "little", signed=True) + bmp[26:]
    assert read(downwards) == [((HEIGHT, WIDTH), False, True)]


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_a_bmp_file_with_a_palette_is_none_that_can_be_decoded(mode):
    ((_, *known),) = read(file_of("BMP", mode))
    assert known == [False, False]


@pytest.mark.parametrize(
    ("kind", "length", "expected"),
    [
        ("PNG", 7, ((0, 0), False, False)),
        ("PNG", 16, ((0, 0), True, False)),
        ("PNG", 20, ((0, WIDTH), True, False)),
        ("PNG", 24, ((HEIGHT, WIDTH), True, False)),
        ("GIF", 6, ((0, 0), False, True)),
        ("GIF", 8, ((0, WIDTH), False, True)),
        ("BMP", 30, ((HEIGHT, WIDTH), False, True)),
    ],
)
def test_what_was_cut_off_a_header_is_read_as_zeros(kind, length, expected):
    assert read(file_of(kind)[:length]) == [expected]


def test_a_jpeg_file_without_the_segment_that_has_the_size_is_refused():
    with pytest.raises(tf.errors.InvalidArgumentError):
        read(file_of("JPEG")[:30])


@pytest.mark.parametrize("other", [b"", b"\0", b"RIFF\0\0\0\0WEBPVP8 ", b"<svg/>" * 9])
def test_something_else_is_neither(other):
    ((_, *known),) = read(other)
    assert known == [False, False]
