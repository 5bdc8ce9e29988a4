import base64
import io

import pytest
from PIL import Image

from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePrediction,
    ExamplePredictions,
)
from pipeline.serving.predictions import draw_predictions, read_chosen_predictions

PROBABILITIES = (0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7, 0.2)


@pytest.fixture
def png():
    image = io.BytesIO()
    Image.new("L", (28, 28), 200).save(image, "PNG")
    return image.getvalue()


@pytest.fixture
def evaluation_uri(tmp_path, png):
    chosen = ExamplePrediction(
        index=5,
        image=base64.b64encode(png),
        true_class_name="Ankle boot",
        class_name="Bag",
        probabilities=PROBABILITIES,
    )
    predictions = ExamplePredictions(examined=9, chosen=[chosen], right=[], wrong=[])
    (tmp_path / PREDICTIONS_FILE).write_text(predictions.model_dump_json())
    return str(tmp_path)


def test_the_chosen_predictions_are_the_evaluators(evaluation_uri, png):
    (prediction,) = read_chosen_predictions(evaluation_uri)
    assert prediction.image.title == "test image 5"
    assert prediction.image.png == png
    assert prediction.image.true_class_name == "Ankle boot"
    assert (prediction.class_name, prediction.probability) == ("Bag", 0.7)
    assert prediction.answer.class_id == 8
    assert prediction.answer.ranked()[:2] == [("Bag", 0.7), ("Ankle boot", 0.2)]


def test_predictions_are_drawn_into_a_file(evaluation_uri, tmp_path):
    path = tmp_path / "pictures" / "predictions.png"
    draw_predictions(read_chosen_predictions(evaluation_uri), path)
    assert path.read_bytes().startswith(b"\x89PNG")
