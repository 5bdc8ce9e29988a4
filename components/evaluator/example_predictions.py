"""Predictions on single test images, in a form that needs no TensorFlow to read."""

import os
from pathlib import Path

from pydantic import Base64Bytes, BaseModel, ConfigDict

PREDICTIONS_FILE = "predictions.json"


class ExamplePrediction(BaseModel):
    """What the model says of one test image.

    Attributes:
        index: Place of the image in the test split, from 0.
        image: The encoded image, as the examples have it.
        true_class_name: Its class.
        class_name: The class with the highest probability.
        probabilities: One for each class, in the order of the labels.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    index: int
    image: Base64Bytes
    true_class_name: str
    class_name: str
    probabilities: tuple[float, ...]

    @property
    def probability(self) -> float:
        """The highest probability."""
        return max(self.probabilities)

    @property
    def right(self) -> bool:
        """Whether the model has it right."""
        return self.class_name == self.true_class_name


class ExamplePredictions(BaseModel):
    """Predictions on some test images.

    Files of earlier versions must stay readable: a field that is added needs a
    default, and one that is removed is passed over.

    Attributes:
        examined: How many images, from the first one on, these were chosen from.
        chosen: Predictions on the images that were asked for.
        right: The first right one of each class.
        wrong: Wrong ones, the surest first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    examined: int
    chosen: list[ExamplePrediction]
    right: list[ExamplePrediction]
    wrong: list[ExamplePrediction]

    @classmethod
    def read(cls, evaluation_uri: str) -> "ExamplePredictions":
        """Reads the predictions from the folder of an evaluation artifact."""
        path = Path(os.path.join(evaluation_uri, PREDICTIONS_FILE))
        return cls.model_validate_json(path.read_bytes())
