"""Predictions on test images, in a file that can be read without TensorFlow."""

import os
from pathlib import Path

from pydantic import Base64Bytes, BaseModel, ConfigDict

PREDICTIONS_FILE = "predictions.json"


class ExamplePrediction(BaseModel):
    """The model's prediction for one test image.

    Attributes:
        index: Index of the image in the test split, from 0.
        image: The encoded image, as it is in the examples.
        true_class_name: Name of its true class.
        class_name: Name of the class with the highest probability.
        probabilities: Probability of each class, in the order of the labels.
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
        """Whether the prediction is right."""
        return self.class_name == self.true_class_name


class ReliabilityBin(BaseModel):
    """Predictions of similar confidence, the probability of the predicted class.

    Attributes:
        count: Number of predictions.
        confidence: Their mean confidence, from 0 to 1.
        accuracy: Fraction of them that is right.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    count: int
    confidence: float
    accuracy: float


class ExamplePredictions(BaseModel):
    """Predictions on some test images.

    Files of earlier versions must stay readable. So a new field needs a default, and
    fields that no longer exist are ignored.

    Attributes:
        examined: Number of images, from the first one on, among which all but
            `chosen` were selected.
        chosen: Predictions on the images that the settings name.
        right: The first right predictions of each class.
        wrong: Wrong predictions, the most confident first.
        mistakes: The first wrong predictions of each pair of classes.
        reliability: All examined predictions by their confidence, in ascending order.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    examined: int
    chosen: list[ExamplePrediction]
    right: list[ExamplePrediction]
    wrong: list[ExamplePrediction]
    mistakes: list[ExamplePrediction] = []
    reliability: list[ReliabilityBin] = []

    @classmethod
    def read(cls, evaluation_uri: str) -> "ExamplePredictions":
        """Reads the predictions from the folder of an evaluation artifact.

        Args:
            evaluation_uri: The folder.

        Returns:
            The predictions.

        Raises:
            OSError: If the file can't be read.
            ValueError: If it doesn't contain predictions.
        """
        path = Path(os.path.join(evaluation_uri, PREDICTIONS_FILE))
        return cls.model_validate_json(path.read_bytes())
