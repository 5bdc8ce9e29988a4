import numpy as np
import pytest
import tensorflow as tf

from components import features
from components.served_model.signatures import INPUT_NAMES, make_inputs


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
        features.CLASS_NAMES[index] for index in class_ids
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
