"""Defines the interface of the model's clients, and the errors that they share."""

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from components import features
from components.errors import InputError


@dataclass(frozen=True)
class Answer:
    """The model's answer for one image.

    Attributes:
        class_id: Index of the class with the highest probability.
        class_name: Name of that class.
        probabilities: Probability of each class, in the order of the indices.
    """

    class_id: int
    class_name: str
    probabilities: tuple[float, ...]

    def ranked(self) -> list[tuple[str, float]]:
        """Returns class names with their probabilities, the highest first.

        If the number of classes isn't the project's, only the first name is known; the
        others are `class 3` and so on.
        """
        names = [f"class {label}" for label in range(len(self.probabilities))]
        if len(names) == len(features.CLASS_NAMES):
            names = list(features.CLASS_NAMES)
        pairs = [
            (self.class_name if label == self.class_id else names[label], probability)
            for label, probability in enumerate(self.probabilities)
        ]
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
            InputError: If there is no such model or version, or if it refuses the
                request.
        """


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
    version = "an available version" if model_version is None else model_version
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
