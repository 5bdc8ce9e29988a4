"""Requests that the served signatures must refuse, or answer without harm."""

import contextlib
import io
import json
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipeline.running.supervision import peak_memory_bytes
from tests.support.fashion import CLASS_NAMES

MIB = 2**20


@pytest.fixture(scope="module")
def loaded(exported):
    return tf.saved_model.load(exported.folder)


@pytest.fixture(scope="module")
def signatures(loaded):
    return loaded.signatures


def encoded(form, size=(28, 28), mode="L"):
    file = io.BytesIO()
    Image.new(mode, size).save(file, format=form)
    return file.getvalue()


def chunk(name, data):
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )


def png_bomb(width, height, rows=0):
    """A small PNG that unpacks to as many bytes as it has pixels.

    Without its rows it is refused by whoever unpacks it too.
    """
    packer = zlib.compressobj(1)
    row = bytes(width + 1)
    data = b"".join(packer.compress(row) for _ in range(rows))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", data + packer.flush())
        + chunk(b"IEND", b"")
    )


def jpeg_bomb():
    """A JPEG whose header claims 60,000 by 60,000 pixels."""
    content = bytearray(encoded("JPEG"))
    place = content.index(b"\xff\xc0")
    content[place + 5 : place + 9] = b"\xea\x60\xea\x60"
    return bytes(content)


def example(**values):
    message = tf.train.Example()
    for key, value in values.items():
        feature = message.features.feature[key]
        if isinstance(value, list):
            feature.bytes_list.value.extend(value)
        else:
            feature.int64_list.value.append(value)
    return message.SerializeToString()


PNG = encoded("PNG")
WRONG_SIZE = "An image must be 28 pixels high and 28 wide"
NO_IMAGE = "An image must be PNG or JPEG bytes"
IMAGES = {
    "empty": (b"", NO_IMAGE),
    "text": (b"no image", NO_IMAGE),
    "a GIF": (encoded("GIF"), NO_IMAGE),
    "a BMP": (encoded("BMP"), NO_IMAGE),
    "a TIFF": (encoded("TIFF"), NO_IMAGE),
    "a PNG's signature alone": (PNG[:8], WRONG_SIZE),
    "a PNG cut in its header": (PNG[:20], WRONG_SIZE),
    "a PNG cut in its pixels": (PNG[:-20], "PNG"),
    "a PNG with a damaged header": (PNG[:25] + b"\xff" + PNG[26:], "PNG"),
    "a wider PNG": (encoded("PNG", (29, 28)), WRONG_SIZE),
    "a PNG of no height": (png_bomb(28, 0), WRONG_SIZE),
    "a whole PNG of 15,000 x 15,000": (png_bomb(15_000, 15_000, 15_000), WRONG_SIZE),
    "a PNG of 50,000 x 50,000": (png_bomb(50_000, 50_000), WRONG_SIZE),
    "a PNG of 2**31 x 2**31": (
        PNG[:16] + b"\x80\0\0\0\x80\0\0\0" + PNG[24:],
        WRONG_SIZE,
    ),
    "a smaller JPEG": (encoded("JPEG", (8, 8)), WRONG_SIZE),
    "a JPEG cut in its header": (encoded("JPEG")[:10], "JPEG"),
    "a JPEG of 60,000 x 60,000": (jpeg_bomb(), WRONG_SIZE),
}


def ask(signatures, signature, images):
    if signature == "predict_png":
        return signatures[signature](png=tf.constant(images))
    request = [example(image=[image]) for image in images]
    return signatures[signature](examples=tf.constant(request))


@pytest.mark.parametrize("content, sentence", IMAGES.values(), ids=IMAGES)
@pytest.mark.parametrize("signature", ["predict_png", "serving_default"])
def test_bad_images_are_refused(signatures, signature, content, sentence):
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        ask(signatures, signature, [PNG, content])


def peak_memory():
    return peak_memory_bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def print_growth(folder):
    """Prints by how many bytes the peak of memory grew with each bad image."""
    model = tf.saved_model.load(folder)
    growth = {}
    for signature in ("predict_png", "serving_default"):
        ask(model.signatures, signature, [PNG, PNG])
        for name, (content, _) in IMAGES.items():
            before = peak_memory()
            with contextlib.suppress(tf.errors.InvalidArgumentError):
                ask(model.signatures, signature, [PNG, content])
            growth[f"{signature}, {name}"] = peak_memory() - before
    print(json.dumps(growth))


def test_bad_images_are_refused_before_they_take_memory(exported):
    # In a process of its own: this one's peak, which never falls, is above all of that.
    program = (
        "import sys; from tests.bad_inputs.test_requests import print_growth;"
        "print_growth(sys.argv[1])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, exported.folder],
        cwd=Path(__file__).parents[2],
        check=True,
        stdout=subprocess.PIPE,
    )
    growth = json.loads(result.stdout)
    assert len(growth) == 2 * len(IMAGES)
    assert {name for name, size in growth.items() if size > 100 * MIB} == set()


EXAMPLES = {
    "empty": (b"", "image"),
    "no protobuf": (b"\xff\xff\xff", "invalid start byte"),
    "without an image": (example(label=1), "image"),
    "with a number for an image": (example(image=1), "image"),
    "with two images": (example(image=[PNG, PNG]), "image"),
    "cut": (example(image=[PNG])[:-5], "invalid start byte"),
}


@pytest.mark.parametrize("content, sentence", EXAMPLES.values(), ids=EXAMPLES)
def test_bad_examples_are_refused(signatures, content, sentence):
    # The parser quotes the bytes, which Python's binding then can't decode.
    errors = (tf.errors.InvalidArgumentError, UnicodeDecodeError)
    with pytest.raises(errors, match=sentence):
        signatures["serving_default"](examples=tf.constant([content]))


PIXELS = {
    "of another size": np.zeros((1, 32, 32), np.uint8),
    "of rank 1": np.zeros(784, np.uint8),
    "of rank 2": np.zeros((28, 28), np.uint8),
    "of rank 4": np.zeros((1, 28, 28, 1), np.uint8),
    "a scalar": np.uint8(0),
    "floats": np.zeros((1, 28, 28), np.float32),
    "wide integers": np.zeros((1, 28, 28), np.int64),
    "strings": np.full((1, 28, 28), b"0"),
}


@pytest.mark.parametrize("pixels", PIXELS.values(), ids=PIXELS)
def test_pixels_of_another_shape_or_type_are_refused(signatures, pixels):
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
        signatures["predict_images"](images=tf.constant(pixels))


EMPTY = {
    "predict_images": {"images": np.zeros((0, 28, 28), np.uint8)},
    "predict_png": {"png": np.zeros(0, "S1")},
    "serving_default": {"examples": np.zeros(0, "S1")},
}


@pytest.mark.parametrize("signature", EMPTY)
def test_an_empty_request_is_refused(signatures, signature):
    inputs = {key: tf.constant(value) for key, value in EMPTY[signature].items()}
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least one image"):
        signatures[signature](**inputs)


def test_a_huge_request_is_answered(signatures):
    answers = signatures["predict_images"](images=tf.zeros([20_000, 28, 28], tf.uint8))
    assert answers["probabilities"].shape == (20_000, len(CLASS_NAMES))
    assert np.isfinite(answers["probabilities"]).all()


def test_after_all_that_a_good_request_is_answered(signatures):
    answers = signatures["predict_png"](png=tf.constant([PNG]))
    np.testing.assert_allclose(np.sum(answers["probabilities"]), 1, rtol=1e-5)
