"""Decoding, compared with what Pillow shows."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import ExifTags, Image, ImageOps

from components.transform.decoding import (
    MAX_PIXELS,
    check_images,
    decode_for_network,
    decode_image,
    decode_images,
)
from components.transform.resizing import fit_pixels
from tests.support.fashion import DESCRIPTION

PIXELS = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)
RESIZING = DESCRIPTION.model_copy(update={"resize": "letterbox"})
IN_COLOUR = RESIZING.model_copy(update={"channels": 3})
HEIGHT, WIDTH = 20, 30


# In a graph and checked, as images are that clients send.
def decode_checked(encoded, description=DESCRIPTION):
    decode = tf.function(
        lambda images: decode_images(check_images(images, description), description),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )
    return decode(encoded)


def file_of(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(*shape, dtype=np.uint8):
    top = np.iinfo(dtype).max + 1
    return np.random.default_rng(1).integers(0, top, (HEIGHT, WIDTH, *shape), dtype)


def smooth(channels):
    """Colours that JPEG keeps nearly as they are."""
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    planes = [row * 8 + 40, column * 5 + 50, 200 - row * 2 - column * 3, column]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def with_orientation(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def transparent_palette():
    image = Image.fromarray(noise(3)).quantize(16)
    image.info["transparency"] = 0
    return image


LOSSLESS = {
    "PNG grey": lambda: file_of(Image.fromarray(noise()), "PNG"),
    "PNG colour": lambda: file_of(Image.fromarray(noise(3)), "PNG"),
    "PNG with alpha": lambda: file_of(Image.fromarray(noise(4)), "PNG"),
    "PNG grey with alpha": lambda: file_of(Image.fromarray(noise(2), "LA"), "PNG"),
    "PNG palette": lambda: file_of(Image.fromarray(noise(3)).quantize(16), "PNG"),
    "PNG palette with alpha": lambda: file_of(transparent_palette(), "PNG"),
    "PNG 1 bit": lambda: file_of(Image.fromarray(noise()).convert("1"), "PNG"),
    "PNG 16 bit colour": lambda: tf.io.encode_png(noise(3, dtype=np.uint16)).numpy(),
    "GIF": lambda: file_of(Image.fromarray(noise(3)).quantize(16), "GIF"),
    "GIF grey": lambda: file_of(Image.fromarray(noise()), "GIF"),
    "BMP colour": lambda: file_of(Image.fromarray(noise(3)), "BMP"),
    "BMP with alpha": lambda: file_of(Image.fromarray(noise(4)), "BMP"),
}
LOSSY = {
    "JPEG colour": lambda: file_of(Image.fromarray(smooth(3)), "JPEG"),
    "JPEG grey": lambda: file_of(Image.fromarray(smooth(1)[..., 0]), "JPEG"),
    "JPEG CMYK": lambda: file_of(Image.fromarray(smooth(4), "CMYK"), "JPEG"),
    "JPEG progressive": lambda: file_of(
        Image.fromarray(smooth(3)), "JPEG", progressive=True
    ),
}
ROTATED = {
    f"{kind} with orientation {orientation}": (
        lambda kind=kind, orientation=orientation: file_of(
            Image.fromarray(smooth(3)), kind, exif=with_orientation(orientation)
        )
    )
    for kind in ("JPEG", "PNG")
    for orientation in range(1, 9)
}


def shown(encoded, channels):
    with Image.open(io.BytesIO(encoded)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return np.asarray(upright.convert("L") if channels == 1 else upright)


@pytest.mark.parametrize("channels", [1, 3], ids=["in grey", "in colour"])
@pytest.mark.parametrize("kind", [*LOSSLESS, *LOSSY, *ROTATED])
def test_an_image_is_decoded_as_pillow_shows_it(kind, channels):
    encoded = (LOSSLESS | LOSSY | ROTATED)[kind]()
    pixels = decode_image(tf.constant(encoded), channels).numpy()
    expected = shown(encoded, channels).reshape(pixels.shape)
    tolerance = 0 if kind in LOSSLESS else 3
    difference = np.abs(pixels.astype(int) - expected.astype(int))
    assert difference.max() <= tolerance


def large(height, width, channels=3):
    """A picture of soft waves."""
    row, column = np.mgrid[:height, :width]
    waves = [np.sin(row / 120), np.cos(column / 100), np.sin((row + column) / 90), 0]
    planes = [wave * 90 + 128 + row * 0 for wave in waves[:channels]]
    return np.stack(planes, axis=-1).astype(np.uint8)


LARGE = {
    "colour": lambda: file_of(Image.fromarray(large(451, 613)), "JPEG"),
    "grey": lambda: file_of(Image.fromarray(large(451, 613, 1)[..., 0]), "JPEG"),
    "CMYK": lambda: file_of(Image.fromarray(large(451, 613, 4), "CMYK"), "JPEG"),
    "progressive": lambda: file_of(
        Image.fromarray(large(451, 613)), "JPEG", progressive=True
    ),
    "all colours kept": lambda: file_of(
        Image.fromarray(large(451, 613)), "JPEG", subsampling=0
    ),
} | {
    f"orientation {orientation}": (
        lambda orientation=orientation: file_of(
            Image.fromarray(large(451, 613)),
            "JPEG",
            exif=with_orientation(orientation),
        )
    )
    for orientation in range(1, 9)
}


@pytest.mark.parametrize("description", [RESIZING, IN_COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("kind", LARGE)
def test_a_large_jpeg_is_decoded_smaller_as_pillow_shows_it(kind, description):
    encoded = LARGE[kind]()
    decoded = decode_for_network(tf.constant(encoded), description)
    expected = shown(encoded, description.channels)
    assert decoded.size.numpy().tolist() == [*expected.shape[:2]]
    small = tuple(round(side / 8) for side in expected.shape[:2])
    assert decoded.pixels.shape == (*small, description.channels)
    resized = Image.fromarray(expected).resize(small[::-1], Image.Resampling.BOX)
    difference = np.asarray(resized).reshape(decoded.pixels.shape) - np.float32(
        decoded.pixels
    )
    assert np.abs(difference).mean() <= 1


@pytest.mark.parametrize("how", ["letterbox", "stretch", "crop"])
def test_a_jpeg_decoded_smaller_fits_the_network_like_the_whole_one(how):
    description = IN_COLOUR.model_copy(update={"resize": how})
    encoded = LARGE["colour"]()
    (fitted,) = decode_checked(tf.constant([encoded]), description).numpy()
    whole = fit_pixels(decode_image(tf.constant(encoded), 3), description).numpy()
    # The bars are the same ones.
    np.testing.assert_array_equal(fitted.any(axis=(1, 2)), whole.any(axis=(1, 2)))
    # A side of 451 pixels isn't 8 times 56, so at its end things lie a little apart.
    difference = np.abs(np.float32(fitted) - whole)
    assert difference.mean() <= 2.5
    assert difference.max() <= 8


@pytest.mark.parametrize(
    ("shorter", "decoded"),
    [(50, 50), (111, 111), (112, 56), (223, 112), (224, 56), (448, 56), (2000, 250)],
)
def test_of_both_sides_two_pixels_are_left_for_one_of_the_network(shorter, decoded):
    for size in [(shorter, 2100), (2100, shorter)]:
        encoded = file_of(Image.new("RGB", size), "JPEG")
        pixels, _ = decode_for_network(tf.constant(encoded), IN_COLOUR)
        assert min(pixels.shape[:2]) == decoded


def test_files_of_other_formats_are_decoded_whole():
    for kind in ("PNG", "GIF", "BMP"):
        encoded = file_of(Image.fromarray(large(451, 613)), kind)
        pixels, size = decode_for_network(tf.constant(encoded), IN_COLOUR)
        assert pixels.shape == (451, 613, 3)
        assert size.numpy().tolist() == [451, 613]
        np.testing.assert_array_equal(pixels, shown(encoded, 3))


@pytest.mark.parametrize("left", [0.02, 0.5, 0.99])
def test_a_truncated_large_jpeg_is_refused(left):
    encoded = LARGE["colour"]()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Invalid|Failed"):
        decode_checked(tf.constant([encoded[: int(left * len(encoded))]]), IN_COLOUR)


def test_decoding_gives_the_pixels_back():
    encoded = tf.stack([tf.io.encode_png(PIXELS), tf.io.encode_png(255 - PIXELS)])
    np.testing.assert_array_equal(decode_checked(encoded), [PIXELS, 255 - PIXELS])


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 33])
def test_a_batch_of_any_size_keeps_its_order(count):
    pixels = [np.full((28, 28, 1), number, np.uint8) for number in range(count)]
    files = [file_of(Image.fromarray(each[..., 0]), "PNG") for each in pixels]
    encoded = tf.constant(files, tf.string, [count])
    # In a graph, and without one.
    for decoded in (decode_checked(encoded), decode_images(encoded, DESCRIPTION)):
        assert decoded.shape == (count, 28, 28, 1)
        np.testing.assert_array_equal(decoded, np.reshape(pixels, decoded.shape))


def test_of_a_moving_image_the_first_picture_is_taken():
    first, second = (Image.new("L", (8, 6), shade) for shade in (40, 200))
    encoded = file_of(first, "GIF", save_all=True, append_images=[second])
    np.testing.assert_array_equal(decode_image(encoded, 1), np.full((6, 8, 1), 40))


def test_a_strict_model_refuses_an_image_of_another_size_with_its_size():
    pixels = np.zeros((32, 30, 1), np.uint8)
    for encoded in (tf.io.encode_png(pixels), tf.io.encode_jpeg(pixels)):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match=r"An image must be 28 pixels high and 28 wide; received.*\[32 30\]",
        ):
            decode_checked(encoded[tf.newaxis])


def test_a_strict_model_refuses_other_formats_than_png_and_jpeg():
    gif = file_of(Image.fromarray(PIXELS[..., 0]), "GIF")
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"must be PNG or JPEG bytes.*\[0\]"
    ):
        decode_checked(tf.constant([gif]))


@pytest.mark.parametrize(
    ("description", "formats"),
    [(DESCRIPTION, "PNG or JPEG"), (RESIZING, "PNG, JPEG, GIF or BMP")],
    ids=["strict", "resizing"],
)
def test_bytes_that_are_no_image_are_refused(description, formats):
    good = tf.io.encode_png(PIXELS).numpy()
    for wrong in (b"", b"no image", good[:6]):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=rf"must be {formats} bytes.*\[1\]"
        ):
            decode_checked(tf.constant([good, wrong]), description)


@pytest.mark.parametrize("description", [DESCRIPTION, RESIZING], ids=["strict", "not"])
@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_truncated_image_is_refused(kind, description):
    encode = {"png": tf.io.encode_png, "jpeg": tf.io.encode_jpeg}[kind]
    encoded = encode(PIXELS).numpy()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Invalid|Failed"):
        decode_checked(tf.constant([encoded[:40]]), description)


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_a_truncated_image_of_the_other_formats_is_refused(kind):
    encoded = file_of(Image.fromarray(noise(3)), kind)
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_checked(tf.constant([encoded[:60]]), RESIZING)


def claims(kind, height, width):
    """An image whose header tells another size."""
    encoded = file_of(Image.fromarray(noise(3)), kind)
    at, digits, order = {
        "PNG": (16, 4, "big"), "BMP": (18, 4, "little"), "GIF": (6, 2, "little")
    }[kind]  # fmt: skip
    size = b"".join(side.to_bytes(digits, order) for side in (width, height))
    return encoded[:at] + size + encoded[at + len(size) :]


def test_an_image_that_claims_to_be_huge_is_refused_by_its_header():
    bomb = tf.constant([claims("PNG", 50_000, 50_000)])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[50000 50000\]"):
        decode_checked(bomb)


@pytest.mark.parametrize(
    ("kind", "height", "width"),
    [
        ("PNG", 2**13, 2**13 + 1),
        ("PNG", 2**32 - 1, 2**32 - 1),
        ("BMP", 2**13, 2**13 + 1),
        ("GIF", 60_000, 60_000),
        ("PNG", 0, 30),
        ("BMP", 20, 0),
    ],
)
def test_a_model_that_resizes_has_a_limit_too(kind, height, width):
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=rf"must have 1 to {MAX_PIXELS} pixels; .*\[{height} {width}\]",
    ):
        decode_checked(tf.constant([claims(kind, height, width)]), RESIZING)


@pytest.mark.parametrize("description", [RESIZING, IN_COLOUR], ids=["grey", "colour"])
def test_images_of_any_size_and_format_share_a_request(description):
    encoded = [
        file_of(Image.fromarray(noise(3)), "BMP"),
        file_of(Image.fromarray(noise()), "GIF"),
        file_of(Image.new("RGB", (28, 28), (9, 9, 9)), "PNG"),
        file_of(Image.new("L", (300, 40), 200), "JPEG"),
    ]
    pixels = decode_checked(tf.constant(encoded), description)
    assert pixels.shape == (4, *description.image_shape)
    # What has the right size already stays as it is.
    np.testing.assert_array_equal(pixels[2], np.full(description.image_shape, 9))
