import numpy as np
import pytest

from components.errors import InputError
from components.trainer.model import build_model


def test_the_network_is_the_given_one():
    model = build_model((28, 28, 1), 10)
    layers = [
        (type(layer).__name__, getattr(layer, "filters", getattr(layer, "units", None)))
        for layer in model.layers
    ]
    assert layers == [
        ("Conv2D", 32),
        ("MaxPooling2D", None),
        ("Conv2D", 64),
        ("MaxPooling2D", None),
        ("Conv2D", 64),
        ("Flatten", None),
        ("Dense", 64),
        ("Dense", 10),
    ]
    # 320 + 18,496 + 36,928 + 36,928 + 650: weights and biases, layer by layer.
    assert model.count_params() == 93_322


@pytest.mark.parametrize(
    ("shape", "count"), [((28, 28, 1), 10), ((18, 40, 3), 2)], ids=str
)
def test_the_output_is_a_distribution_over_the_classes(shape, count):
    images = np.random.default_rng(1).random((3, *shape), np.float32)
    probabilities = build_model(shape, count)(images)
    assert probabilities.shape == (3, count)
    np.testing.assert_allclose(np.sum(probabilities, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("shape", [(17, 100, 1), (100, 17, 3)], ids=str)
def test_images_of_which_the_poolings_would_leave_nothing_are_refused(shape):
    with pytest.raises(
        InputError,
        match=rf"at least 18 x 18 pixels .* they are {shape[0]} x {shape[1]}; "
        rf"set --image-size",
    ):
        build_model(shape, 2)


def test_images_for_which_the_dense_layer_would_be_too_large_are_refused():
    # One pixel less leaves 110 x 110 places with 64 values each, which is allowed.
    with pytest.raises(
        InputError,
        match=r"for 458 x 458 pixels .* 50,466,816 weights, more than 50,000,000; "
        r"set a smaller --image-size",
    ):
        build_model((458, 458, 3), 2)
