import numpy as np
import pytest
import tensorflow as tf

from components.transform import decoding
from components.transform.decoding import scale_pixels

# In a graph and checked, as images are that clients send.
decode_images = tf.function(
    lambda encoded: decoding.decode_images(decoding.check_images(encoded)),
    input_signature=[tf.TensorSpec([None], tf.string)],
)
PIXELS = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)


def test_decoding_gives_the_pixels_back():
    encoded = tf.stack([tf.io.encode_png(PIXELS), tf.io.encode_png(255 - PIXELS)])
    np.testing.assert_array_equal(decode_images(encoded), [PIXELS, 255 - PIXELS])


def test_an_image_of_another_size_is_refused_with_its_size():
    pixels = np.zeros((32, 30, 1), np.uint8)
    for encoded in (tf.io.encode_png(pixels), tf.io.encode_jpeg(pixels)):
        with pytest.raises(
            tf.errors.InvalidArgumentError,
            match=r"An image must be 28 pixels high and 28 wide; received.*\[32 30\]",
        ):
            decode_images(encoded[tf.newaxis])


def test_bytes_that_are_no_image_are_refused():
    good = tf.io.encode_png(PIXELS).numpy()
    for wrong in (b"", b"no image", tf.io.encode_png(PIXELS).numpy()[:6]):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"must be PNG or JPEG bytes.*\[1\]"
        ):
            decode_images(tf.constant([good, wrong]))


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_truncated_image_is_refused(kind):
    encode = {"png": tf.io.encode_png, "jpeg": tf.io.encode_jpeg}[kind]
    encoded = encode(PIXELS).numpy()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Invalid|Failed"):
        decode_images(tf.constant([encoded[:40]]))


def test_an_image_that_claims_to_be_huge_is_refused_by_its_header():
    encoded = tf.io.encode_png(PIXELS).numpy()
    side = (50_000).to_bytes(4, "big")
    bomb = encoded[:16] + side + side + encoded[24:]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[50000 50000\]"):
        decode_images(tf.constant([bomb]))


def test_scaling_maps_the_range_of_a_byte_to_zero_and_one():
    scaled = scale_pixels(tf.constant([0, 51, 255], tf.uint8))
    np.testing.assert_allclose(scaled, [0, 0.2, 1], rtol=1e-6)
