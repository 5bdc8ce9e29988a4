import base64
import io

import numpy as np
import pytest
from matplotlib import image as matplotlib_image
from PIL import Image

from components.evaluator.evaluation_results import RESULTS_FILE, EvaluationResults
from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePrediction,
    ExamplePredictions,
)
from pipeline.serving.client import Answer
from pipeline.serving.labelled_images import LabelledImage
from pipeline.serving.predictions import (
    Prediction,
    classify,
    draw_predictions,
    read_chosen_predictions,
)
from pipeline.serving.saved_model_client import SavedModelClient
from tests.support.fashion import CLASS_NAMES

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
    results = EvaluationResults(accuracy=0.9, blessed=True, class_names=CLASS_NAMES)
    (tmp_path / RESULTS_FILE).write_text(results.model_dump_json())
    return str(tmp_path)


def test_the_chosen_predictions_are_the_evaluators(evaluation_uri, png):
    (prediction,) = read_chosen_predictions(evaluation_uri)
    assert prediction.image.title == "test image 5"
    assert prediction.image.encoded == png
    assert prediction.image.true_class_name == "Ankle boot"
    assert (prediction.class_name, prediction.probability) == ("Bag", 0.7)
    assert prediction.answer.class_id == 8
    assert prediction.answer.ranked()[:3] == [
        ("Bag", 0.7),
        ("Ankle boot", 0.2),
        ("T-shirt/top", 0.1),
    ]


@pytest.mark.parametrize("names", [(), ("a", "b")], ids=["none", "of another run"])
def test_without_the_names_of_the_classes_only_the_first_one_is_known(names):
    answer = Answer(8, "Bag", PROBABILITIES, names)
    assert answer.ranked()[:2] == [("Bag", 0.7), ("class 9", 0.2)]


def test_predictions_are_drawn_into_a_file(evaluation_uri, tmp_path):
    path = tmp_path / "pictures" / "predictions.png"
    draw_predictions(read_chosen_predictions(evaluation_uri), path)
    assert path.read_bytes().startswith(b"\x89PNG")


def image_of(pixels):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG")
    return LabelledImage("image", file.getvalue())


@pytest.mark.parametrize(
    ("pixel", "shown"), [(0, 0), (200, 200), ((220, 50, 40), (220, 50, 40))]
)
def test_images_are_drawn_in_their_own_colours(tmp_path, pixel, shown):
    image = image_of(np.full((8, 8, *np.shape(pixel)), pixel))
    draw_predictions([Prediction(image, Answer(0, "a", (1.0,)))], tmp_path / "a.png")
    drawn = matplotlib_image.imread(tmp_path / "a.png")
    middle = drawn[drawn.shape[0] // 2, drawn.shape[1] // 2, :3] * 255
    np.testing.assert_allclose(middle, np.broadcast_to(shown, 3), atol=1)


SIZES = [(40, 30), (20, 24), (40, 30), (5, 60)]


@pytest.fixture(scope="module")
def client(resizing):
    return SavedModelClient(resizing.folder)


@pytest.fixture(scope="module")
def mixed_images():
    random = np.random.default_rng(1)
    return [image_of(random.integers(0, 256, (*size, 3))) for size in SIZES]


@pytest.mark.parametrize("signature", ["predict_images", "serving_default"])
def test_images_of_mixed_sizes_are_classified_alike_by_every_signature(
    client, mixed_images, signature
):
    expected = classify(client, mixed_images)
    predictions = classify(client, mixed_images, signature)
    assert [each.image for each in predictions] == mixed_images
    for prediction, other in zip(predictions, expected, strict=True):
        np.testing.assert_allclose(
            prediction.answer.probabilities, other.answer.probabilities, atol=1e-5
        )
        assert prediction.answer.class_names == ("blue", "green", "red")


def test_a_grey_file_is_sent_in_colour_to_a_model_of_colours(client):
    grey = image_of(np.full((30, 30), 100))
    colour = image_of(np.full((30, 30, 3), 100))
    first, second = classify(client, [grey, colour], "predict_images")
    np.testing.assert_allclose(
        first.answer.probabilities, second.answer.probabilities, atol=1e-6
    )
