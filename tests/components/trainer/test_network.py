import keras
import numpy as np
import pytest
from keras import layers

from components.errors import InputError
from components.trainer.network import build_network
from tests.support.fashion import DESCRIPTION, IMAGE_SHAPE

OWN = """
import keras
from keras import layers

NUMBER = 3


def build_model(image_shape, class_count):
    return keras.Sequential([
        keras.Input(shape=image_shape),
        layers.Flatten(),
        layers.Dense(class_count, activation="softmax"),
    ])


def build_for_eleven(image_shape, class_count):
    return build_model(image_shape, class_count + 1)


def build_for_colour(image_shape, class_count):
    return build_model((*image_shape[:2], 3), class_count)


def build_unbuilt(image_shape, class_count):
    return keras.Sequential([layers.Flatten(), layers.Dense(class_count)])


def build_nothing(image_shape, class_count):
    pass
"""


@pytest.fixture(autouse=True)
def own_network(tmp_path, monkeypatch):
    (tmp_path / "own_network.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)


def test_the_given_network_is_compiled_with_adam_and_sparse_cross_entropy():
    model = build_network("components.trainer.model:build_model", DESCRIPTION, 0.01)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    np.testing.assert_allclose(model.optimizer.learning_rate, 0.01)
    assert model.loss == "sparse_categorical_crossentropy"


def test_a_network_of_ones_own_gets_the_shape_and_the_number_of_classes():
    model = build_network("own_network:build_model", DESCRIPTION, 0.001)
    assert model.input_shape == (None, *IMAGE_SHAPE)
    assert model.output_shape == (None, 10)
    assert [type(layer) for layer in model.layers] == [layers.Flatten, layers.Dense]
    assert isinstance(model.optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("no_such_module:build_model", r"received 'no_such_module:build_model': .*No "),
        ("own_network:build", r"received 'own_network:build': .*no attribute"),
        ("own_network:NUMBER", r"name a function; 'own_network:NUMBER' is a int"),
        ("own_network:build_nothing", r"own_network:build_nothing returned a NoneType"),
        (
            "own_network:build_for_eleven",
            r"to \(None, 10\); own_network:build_for_eleven built one from "
            r"\(None, 28, 28, 1\) to \(None, 11\); use",
        ),
        ("own_network:build_for_colour", r"built one from \(None, 28, 28, 3\) to"),
        ("own_network:build_unbuilt", r"own_network:build_unbuilt returned one that"),
    ],
)
def test_another_function_is_refused_with_what_is_wrong(network, sentence):
    with pytest.raises(InputError, match=rf"^--network must .*{sentence}"):
        build_network(network, DESCRIPTION, 0.001)
