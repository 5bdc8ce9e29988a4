import base64
import io
from dataclasses import replace

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
    draw_into_new_file,
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


def drawn(count, path):
    image = image_of(np.full((8, 8), 200))
    draw_predictions([Prediction(image, Answer(0, "a", (1.0,)))] * count, path)
    return matplotlib_image.imread(path)


def test_five_images_are_drawn_in_a_row(tmp_path):
    one, five, six, eleven = (drawn(n, tmp_path / "a.png") for n in (1, 5, 6, 11))
    height, width = one.shape[:2]
    assert five.shape[:2] == (height, 5 * width)
    assert six.shape[:2] == (2 * height, 5 * width)
    assert eleven.shape[:2] == (3 * height, 5 * width)
    # The places of the last row that no image takes are white.
    assert (six[height:, width:] == 1).all()


def test_a_white_photo_is_not_drawn_as_its_negative(tmp_path):
    white = image_of(np.full((8, 8), 250))
    sent = image_of(np.full((8, 8), 5))
    image = replace(sent, original=white.encoded)
    draw_predictions([Prediction(image, Answer(0, "a", (1.0,)))], tmp_path / "a.png")
    pixels = matplotlib_image.imread(tmp_path / "a.png")
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2, :3] * 255
    np.testing.assert_allclose(middle, 250, atol=1)


def test_names_with_dollars_and_of_any_length_are_drawn(tmp_path):
    image = replace(image_of(np.full((8, 8), 250)), title="$" * 200)
    draw_predictions(
        [Prediction(image, Answer(0, "a$_" * 60, (1.0,)))], tmp_path / "a.png"
    )
    assert (tmp_path / "a.png").stat().st_size


def test_every_picture_has_a_file_of_its_own(tmp_path):
    prediction = Prediction(image_of(np.full((8, 8), 250)), Answer(0, "a", (1.0,)))
    files = [draw_into_new_file([prediction], tmp_path / "new") for _ in range(3)]
    assert len(set(files)) == 3
    assert {*(tmp_path / "new").iterdir()} == {*files}


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
