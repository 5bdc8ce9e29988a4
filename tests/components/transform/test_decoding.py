"""Decoding, compared with what Pillow shows, and resizing, with what was computed."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from components.transform.decoding import (
    MAX_PIXELS,
    check_images,
    decode_image,
    decode_images,
    fit_pixels,
    scale_pixels,
)
from tests.support.fashion import DESCRIPTION

PIXELS = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)
RESIZING = DESCRIPTION.model_copy(update={"resize": "letterbox"})
IN_COLOUR = RESIZING.model_copy(update={"channels": 3})
HEIGHT, WIDTH = 20, 30
EXIF_ORIENTATION = 0x0112


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
    exif[EXIF_ORIENTATION] = orientation
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


def test_decoding_gives_the_pixels_back():
    encoded = tf.stack([tf.io.encode_png(PIXELS), tf.io.encode_png(255 - PIXELS)])
    np.testing.assert_array_equal(decode_checked(encoded), [PIXELS, 255 - PIXELS])


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


# A white image, one pixel high and two wide, made 4 x 4; and one of two shades.
WHITE = np.full((1, 2, 1), 255, np.uint8)
SHADES = np.array([[[0], [200]]], np.uint8)


def fit(pixels, how, size=(4, 4)):
    description = RESIZING.model_copy(
        update={"height": size[0], "width": size[1], "resize": how}
    )
    return fit_pixels(tf.constant(pixels), description).numpy()[..., 0].tolist()


def test_a_letterbox_keeps_the_proportions_between_black_bars():
    assert fit(WHITE, "letterbox") == [[0] * 4, [255] * 4, [255] * 4, [0] * 4]


def test_stretching_fills_the_whole_image():
    assert fit(WHITE, "stretch") == [[255] * 4] * 4
    # A new pixel's value is that at its centre, between the centres of the old ones.
    assert fit(SHADES, "stretch") == [[0, 50, 150, 200]] * 4


def test_cropping_cuts_the_longer_side_off_evenly():
    row = np.array([[[10], [20], [40], [50]]], np.uint8)
    assert fit(np.repeat(row, 2, axis=0), "crop", (2, 2)) == [[20, 40]] * 2
    assert fit(np.repeat(row, 2, axis=0).swapaxes(0, 1), "crop", (2, 2)) == [
        [20, 20],
        [40, 40],
    ]
    # What is left is enlarged.
    assert fit(row, "crop", (2, 4)) == [[20, 25, 35, 40]] * 2


@pytest.mark.parametrize("how", ["letterbox", "stretch", "crop"])
@pytest.mark.parametrize("shape", [(1, 5000, 1), (5000, 1, 1), (1, 1, 1)], ids=str)
def test_no_proportions_are_too_extreme(shape, how):
    fitted = np.array(fit(np.full(shape, 255, np.uint8), how, (28, 20)))
    assert fitted.shape == (28, 20)
    # A letterbox keeps a line of at least one pixel.
    assert fitted.max() == 255
    assert fitted.min() == (0 if how == "letterbox" else 255)


def test_a_smaller_image_is_the_mean_of_what_it_covers():
    checkered = np.indices((40, 40)).sum(axis=0)[..., np.newaxis] % 2 * 200
    shrunk = np.array(fit(checkered.astype(np.uint8), "stretch"))
    assert np.abs(shrunk - 100).max() <= 2


@pytest.mark.parametrize("how", ["letterbox", "stretch", "crop"])
def test_a_batch_is_fitted_as_each_of_its_images(how):
    batch = np.random.default_rng(1).integers(0, 256, (3, 20, 30, 1), np.uint8)
    assert fit(batch, how) == [fit(image, how) for image in batch]


def test_scaling_maps_the_range_of_a_byte_to_zero_and_one():
    scaled = scale_pixels(tf.constant([0, 51, 255], tf.uint8))
    np.testing.assert_allclose(scaled, [0, 0.2, 1], rtol=1e-6)
