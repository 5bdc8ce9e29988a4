"""The interface of the model's clients, and the errors that they share."""

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from components import features
from components.errors import InputError


@dataclass(frozen=True)
class Answer:
    """What the model says of one image.

    Attributes:
        class_id: Index of the class with the highest probability.
        class_name: Its name.
        probabilities: One for each class, in the order of the indices.
    """

    class_id: int
    class_name: str
    probabilities: tuple[float, ...]

    def ranked(self) -> list[tuple[str, float]]:
        """Returns class names with their probabilities, the highest first.

        A model that was trained with other classes names only the first one.
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
    """Asks one model.

    Attributes:
        model_version: The version asked for; None for the newest one.
    """

    model_version: int | None

    def predict(self, signature: str, inputs: np.ndarray) -> list[Answer]:
        """Asks for the classes of a batch of images.

        Args:
            signature: One of `components.served_model.signatures.INPUT_NAMES`.
            inputs: What `components.served_model.signatures.make_inputs` made for it.

        Returns:
            An answer for each image.

        Raises:
            InputError: If there is no such model or version, or it refuses the
                request.
        """


def refusal(message: str) -> str:
    """Finds the reason in what TensorFlow says when a graph refuses its input.

    Args:
        message: Reason, followed by the node that gave it; in process, the lines of
            the graph's source come before it.

    Returns:
        The reason, in one line.
    """
    before_node = re.search(r"([^\n]+)\n\s*\[\[\{\{node", message)
    lines = message.strip().splitlines() or ["no reason given"]
    reason = before_node[1] if before_node else lines[0]
    return re.sub(r"^assertion failed: \[(.*?)\] ", r"\1 ", reason)


def no_such_model(
    server: str, model_name: str, model_version: int | None, states: dict[int, str]
) -> InputError:
    """Says why a server has no such model.

    Args:
        server: Its address.
        model_name: What was asked for.
        model_version: Version that was asked for; None for the newest.
        states: State of each version that the server knows of the model, as
            TensorFlow Serving names them; empty if it doesn't know the model.
    """
    if not states:
        return InputError(
            f"The server at {server} has no model {model_name!r}; name the one it "
            f"serves with --model-name."
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
