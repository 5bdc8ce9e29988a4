"""Defines the interface of the model's clients, and the errors that they share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from components.errors import InputError

InputShape = tuple[int | None, int | None, int]
"""Height, width and channels of a model's images; None for any height or width."""


class RequestRefusedError(InputError):
    """The model refused a request because of what it holds, for example its images."""


@dataclass(frozen=True)
class Answer:
    """The model's answer for one image.

    Attributes:
        class_id: Index of the class with the highest probability.
        class_name: Name of that class.
        probabilities: Probability of each class, in the order of the indices.
        class_names: Name of each class, in the same order; empty if the model doesn't
            give them.
    """

    class_id: int
    class_name: str
    probabilities: tuple[float, ...]
    class_names: tuple[str, ...] = ()

    def ranked(self) -> list[tuple[str, float]]:
        """Returns class names with their probabilities, the highest first.

        Without the names of all classes, only the first name is known; the others are
        `class 3` and so on.
        """
        names = list(self.class_names)
        if len(names) != len(self.probabilities):
            names = [f"class {label}" for label in range(len(self.probabilities))]
            names[self.class_id] = self.class_name
        pairs = zip(names, self.probabilities, strict=True)
        return sorted(pairs, key=lambda pair: -pair[1])


class Client(Protocol):
    """Asks a model for predictions.

    Attributes:
        model_version: Version that is asked; None for the newest one.
    """

    model_version: int | None

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Predicts the classes of a batch of images.

        Args:
            signature: One of `components.served_model.signatures.INPUT_NAMES`.
            inputs: Result of `components.served_model.signatures.make_inputs` for
                that signature.

        Returns:
            An answer for each image.

        Raises:
            RequestRefusedError: If the model refuses the request.
            InputError: If there is no such model or version.
        """

    def class_names(self, count: int) -> tuple[str, ...]:
        """Returns the names of the classes; the model is asked only once.

        Args:
            count: Number of classes.

        Returns:
            The names in the order of the indices; none for a model of version 0.1,
            which can't be asked for them.

        Raises:
            InputError: If there is no such model or version.
        """

    def input_shape(self) -> InputShape:
        """Returns the shape of the images that the model takes.

        Raises:
            InputError: If there is no such model or version.
        """


def to_input_shape(sizes: Sequence[int]) -> InputShape:
    """Converts the shape of the input of `predict_images`.

    Args:
        sizes: Number of images, height and width, and the channels of colour images;
            -1 for any number.

    Returns:
        Height, width and channels.

    Raises:
        ValueError: If it isn't the shape of images.
    """
    _, height, width, channels = sizes if len(sizes) == 4 else (*sizes, 1)
    return _known(height), _known(width), channels


def _known(size: int) -> int | None:
    return None if size == -1 else size


def extract_reason(message: str) -> str:
    """Extracts the reason from TensorFlow's message when a graph refuses its input.

    Args:
        message: The reason, followed by the name of the graph's node that gave it. In
            this process, lines of the graph's source code come first.

    Returns:
        The reason, in one line.
    """
    before_node = re.search(r"([^\n]+)\n\s*\[\[\{\{node", message)
    lines = message.strip().splitlines() or ["no reason given"]
    reason = before_node[1] if before_node else lines[0]
    return re.sub(r"^assertion failed: \[(.*?)\] ", r"\1 ", reason)


def other_model_error(server: str, received: str) -> InputError:
    """Creates the error for a model that isn't one of this project.

    Args:
        server: Address of the server.
        received: A clause that says what shows it.

    Returns:
        The error.
    """
    return InputError(
        f"The server at {server} must have this project's model; {received}; check "
        f"--server and --model-name."
    )


def busy_error(server: str) -> InputError:
    """Creates the error for a server that refuses what is too much for it.

    Args:
        server: Address of the server.

    Returns:
        The error.
    """
    return InputError(
        f"The server at {server} is busy and refused the request; send fewer at once, "
        f"or give it more threads or replicas (docs/serving.md)."
    )


def unknown_model_error(
    server: str, model_name: str, model_version: int | None, states: dict[int, str]
) -> InputError:
    """Creates the error for a model or version that a server doesn't have.

    Args:
        server: Address of the server.
        model_name: Name that was asked for.
        model_version: Version that was asked for; None for the newest.
        states: State of each version of the model on the server, in the words of
            TensorFlow Serving; empty if the server doesn't know the model.

    Returns:
        The error, which says what the server has.
    """
    if not states:
        return InputError(
            f"The server at {server} has no model {model_name!r}; name the model that "
            f"it serves with --model-name."
        )
    known = ", ".join(f"{number} ({state})" for number, state in states.items())
    version = (
        "available version" if model_version is None else f"version {model_version}"
    )
    loading = "START" in states.values() or "LOADING" in states.values()
    return InputError(
        f"The server at {server} has no {version} of {model_name!r}; it knows "
        f"{known}; "
        + (
            "it is still loading, so try again in a moment."
            if loading
            else "ask for another one with --model-version."
        )
    )
