import keras
import numpy as np

from components.trainer.model import build_model


def test_the_network_is_the_given_one():
    model = build_model(0.001)
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


def test_it_is_trained_with_adam_on_sparse_cross_entropy():
    model = build_model(0.01)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    np.testing.assert_allclose(model.optimizer.learning_rate, 0.01)
    assert model.loss == "sparse_categorical_crossentropy"


def test_the_output_is_a_distribution_over_ten_classes():
    probabilities = build_model(0.001)(np.random.rand(3, 28, 28, 1).astype("float32"))
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(np.sum(probabilities, axis=1), 1, rtol=1e-5)
