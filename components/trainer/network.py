"""Finds the function that builds the network, and compiles what it builds."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import keras

from components.data_description import DataDescription
from components.errors import InputError


def build_network(
    network: str, description: DataDescription, learning_rate: float
) -> keras.Model:
    """Builds and compiles the network.

    Args:
        network: `MODULE:FUNCTION`. The function gets the shape of an image (height,
            width, channels) and the number of classes. It returns a Keras model from
            scaled pixels, float32 of shape (N, height, width, channels), to class
            probabilities, float32 of shape (N, classes).
        description: The shape of the images, and the classes.
        learning_rate: Step size of Adam.

    Returns:
        The compiled model.

    Raises:
        InputError: If there is no such function, or it builds another model.
    """
    function = _find(network)
    count = len(description.class_names)
    model = function(description.image_shape, count)
    expected = (None, *description.image_shape), (None, count)
    if not isinstance(model, keras.Model):
        raise InputError(
            f"--network must return a keras.Model; {network} returned a "
            f"{type(model).__name__}; correct the function."
        )
    if not model.built:
        raise InputError(
            f"--network must return a model that knows the shape of its input; "
            f"{network} returned one that doesn't; let it begin with "
            f"keras.Input(image_shape)."
        )
    if (model.input_shape, model.output_shape) != expected:
        raise InputError(
            f"--network must build a model from {expected[0]} to {expected[1]}; "
            f"{network} built one from {model.input_shape} to {model.output_shape}; "
            f"use the shape and the number of classes that the function gets."
        )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _find(network: str) -> Callable[..., Any]:
    module_name, _, function_name = network.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"--network must name a function that can be imported, as MODULE:FUNCTION; "
            f"received {network!r}: {error}; correct the name, or start from the "
            f"folder of the module."
        ) from error
    if not callable(function):
        raise InputError(
            f"--network must name a function; {network!r} is a "
            f"{type(function).__name__}; name another one."
        )
    return function
