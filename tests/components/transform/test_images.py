import numpy as np
import pytest
import tensorflow as tf

from components.transform.images import decode_images, scale_pixels

PIXELS = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)


def test_decoding_gives_the_pixels_back():
    encoded = tf.stack([tf.io.encode_png(PIXELS), tf.io.encode_png(255 - PIXELS)])
    np.testing.assert_array_equal(decode_images(encoded), [PIXELS, 255 - PIXELS])


def test_an_image_of_another_size_is_refused_with_its_size():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"\[32,32,1\].*\[28,28,1\]"
    ):
        decode_images(tf.io.encode_png(np.zeros((32, 32, 1), np.uint8))[tf.newaxis])


def test_bytes_that_are_no_image_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file"):
        decode_images(tf.constant([b"no image"]))


def test_scaling_maps_the_range_of_a_byte_to_zero_and_one():
    scaled = scale_pixels(tf.constant([0, 51, 255], tf.uint8))
    np.testing.assert_allclose(scaled, [0, 0.2, 1], rtol=1e-6)
