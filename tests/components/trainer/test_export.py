import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import ExifTags, Image

from components.served_model.signatures import INPUT_NAMES, make_inputs
from components.transform.decoding import decode_images
from tests.support.fashion import CLASS_NAMES, DESCRIPTION
from tests.support.untrained_model import export_untrained_model


@pytest.fixture(scope="module")
def loaded(exported):
    return tf.saved_model.load(exported.folder)


@pytest.mark.parametrize("signature", INPUT_NAMES)
def test_every_signature_gives_the_models_own_probabilities(
    exported, loaded, random_pixels, signature
):
    expected = exported.keras_model(random_pixels[..., np.newaxis] / np.float32(255))
    png = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in random_pixels]
    inputs = tf.constant(make_inputs(signature, png))
    answers = loaded.signatures[signature](**{INPUT_NAMES[signature]: inputs})
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-5)
    class_ids = expected.numpy().argmax(axis=1)
    np.testing.assert_array_equal(answers["class_id"], class_ids)
    assert [name.decode() for name in answers["class_name"].numpy()] == [
        CLASS_NAMES[index] for index in class_ids
    ]


def test_colour_or_jpeg_images_of_the_right_size_are_taken(loaded):
    colour = np.full((28, 28, 3), 255, np.uint8)
    images = [tf.io.encode_png(colour).numpy(), tf.io.encode_jpeg(colour).numpy()]
    answers = loaded.signatures["predict_png"](png=tf.constant(images))
    white = np.full((2, 28, 28), 255, np.uint8)
    expected = loaded.signatures["predict_images"](images=tf.constant(white))
    np.testing.assert_allclose(
        answers["probabilities"], expected["probabilities"], atol=1e-5
    )


def test_the_loader_without_python_finds_all_variables(exported, random_pixels):
    """TF Serving restores by the graph's own operations, not by Python objects."""
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        saved = tf.compat.v1.saved_model.load(session, ["serve"], exported.folder)
        signature = saved.signature_def["predict_images"]
        probabilities = session.run(
            signature.outputs["probabilities"].name,
            {signature.inputs["images"].name: random_pixels[:10]},
        )
    expected = exported.keras_model(random_pixels[:10, ..., None] / np.float32(255))
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_the_names_of_the_classes_can_be_asked_for(loaded):
    answers = loaded.signatures["class_names"](class_ids=tf.constant([9, 0], tf.int64))
    assert answers["class_name"].numpy().tolist() == [b"Ankle boot", b"T-shirt/top"]


HEIGHT, WIDTH = 6, 7


def _pixels_as_answer(image_shape, class_count):
    return keras.Sequential([keras.Input(image_shape), keras.layers.Flatten()])


def _export(folder, channels, resize):
    """Exports a model that answers with the pixels that it sees."""
    numbers = HEIGHT * WIDTH * channels
    description = DESCRIPTION.model_copy(
        update={
            "height": HEIGHT,
            "width": WIDTH,
            "channels": channels,
            "resize": resize,
            "class_names": tuple(map(str, range(numbers))),
        }
    )
    exported = export_untrained_model(folder, description, _pixels_as_answer)
    return description, tf.saved_model.load(exported.folder)


def _image(kind, mode, size):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    image, file = Image.fromarray(pixels).convert(mode), io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be shown turned by a quarter
    image.save(file, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("channels", "resize"),
    [(1, "none"), (1, "letterbox"), (3, "letterbox"), (3, "stretch"), (3, "crop")],
)
def test_encoded_images_are_seen_as_the_network_saw_them_in_training(
    tmp_path, channels, resize
):
    description, model = _export(tmp_path, channels, resize)
    strict = resize == "none"
    images = [
        _image(kind, mode, (HEIGHT, WIDTH) if strict else (9, 5))
        for kind in (("PNG", "JPEG") if strict else ("PNG", "JPEG", "GIF", "BMP"))
        for mode in ("RGB", "L")
        if (kind, mode) != ("BMP", "L")  # which has a palette
    ]
    trained_on = decode_images(tf.constant(images), description)
    expected = tf.reshape(trained_on, [len(images), -1])
    for signature in ("predict_png", "serving_default"):
        inputs = tf.constant(make_inputs(signature, images))
        answers = model.signatures[signature](**{INPUT_NAMES[signature]: inputs})
        seen = np.rint(answers["probabilities"].numpy() * 255)
        np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_of_any_size_are_seen_as_those_of_encoded_images(tmp_path, channels):
    _, model = _export(tmp_path, channels, "letterbox")
    shape = (2, 20, 13, channels)
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    png = [tf.io.encode_png(image).numpy() for image in pixels]
    # Grey pixels are sent without an axis of colours.
    sent = tf.constant(pixels[..., 0] if channels == 1 else pixels)
    np.testing.assert_array_equal(
        model.signatures["predict_images"](images=sent)["probabilities"],
        model.signatures["predict_png"](png=tf.constant(png))["probabilities"],
    )
