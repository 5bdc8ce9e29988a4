import io

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from components.transform.decoding import check_images, decode_images
from pipeline.serving.image_fitting import Wanted, fit_image
from pipeline.serving.labelled_images import Unclassified, read_image_file
from tests.support.fashion import DESCRIPTION, IMAGE_SHAPE


def encoded(form):
    file = io.BytesIO()
    pixels = np.arange(784, dtype=np.uint32).reshape(28, 28).astype(np.uint8)
    Image.fromarray(pixels).save(file, format=form)
    return file.getvalue()


VALID = [encoded(form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF")]


@st.composite
def damaged_images(draw):
    """An image with some bytes replaced, cut out or put in."""
    content = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = start + draw(st.integers(0, 8))
        content[start:end] = draw(st.binary(max_size=8))
    return bytes(content)


IMAGES = st.one_of(st.binary(), damaged_images())


@given(IMAGES)
@example(b"\x89PNG\r\n\x1a\n\0\0\0\0IHDR")
@example(VALID[0][:33] + bytes(4) + b"IDAT" + bytes(8))
def test_a_file_is_an_image_of_the_models_shape_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzzed.png"
    path.write_bytes(content)
    image = read_image_file(path)
    if isinstance(image, Unclassified):
        assert image.reason
    else:
        fitted = fit_image(image, Wanted(IMAGE_SHAPE))
        assert fitted.pixels_of(1).shape == IMAGE_SHAPE[:2]


@pytest.fixture(
    scope="module",
    params=[
        DESCRIPTION,
        # A JPEG file of 28 x 28 is decoded in half its size for this network.
        DESCRIPTION.model_copy(update={"height": 7, "width": 7, "resize": "letterbox"}),
    ],
    ids=["strict", "resizing"],
)
def network(request):
    decode = tf.function(
        lambda encoded: decode_images(
            check_images(encoded, request.param), request.param
        ),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )
    return request.param.image_shape, decode


@given(content=IMAGES)
def test_the_graph_decodes_the_networks_shape_or_refuses(network, content):
    shape, decode = network
    try:
        pixels = decode(tf.constant([content]))
    except tf.errors.InvalidArgumentError:
        return
    assert pixels.shape == (1, *shape)
