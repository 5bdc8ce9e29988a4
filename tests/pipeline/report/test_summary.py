import io

import pytest
from rich.console import Console

from components.evaluator.evaluation_results import EvaluationResults
from components.infra_validator.infra_validation import InfraValidation
from pipeline.metadata.records import Artifact, NodeRun, Run, State
from pipeline.report.summary import print_predictions, print_summary
from pipeline.serving.client import Answer
from pipeline.serving.labelled_images import LabelledImage, Unclassified
from pipeline.serving.predictions import Prediction


def _summary(blessed, pushed, reasons=()):
    properties = {"pushed": int(pushed)}
    if pushed:
        properties["pushed_destination"] = "serving/fashion_mnist/7"
    outputs = {"pushed_model": [Artifact(1, "uri", properties)]}
    run = Run("run", [NodeRun("Pusher", 1, State.CACHED, 2.5, "", outputs)])
    results = EvaluationResults(
        accuracy=0.8712,
        loss=0.3,
        examples=10,
        class_accuracy={"Coat": 0.7},
        confusion_matrix=[[7, 3]],
        blessed=blessed,
        reasons=[] if blessed else ["accuracy 0.8712 is below the floor of 0.8800"],
    )
    validation = InfraValidation(reasons=reasons)
    output = io.StringIO()
    print_summary(Console(file=output, width=100), run, results, validation)
    return output.getvalue()


def test_a_blessed_run_shows_the_accuracies_and_the_model():
    text = _summary(blessed=True, pushed=True)
    for expected in ("Coat", "0.7000", "0.8712", "Blessed"):
        assert expected in text
    assert "Model: serving/fashion_mnist/7" in text


def test_a_refused_run_says_why():
    text = _summary(blessed=False, pushed=False)
    assert "Refused: accuracy 0.8712 is below the floor of 0.8800." in text
    assert "Model: not pushed" in text


def test_a_model_that_can_not_be_served_is_refused_too():
    reasons = ("TensorFlow can't load [the model]",)
    text = _summary(blessed=True, pushed=False, reasons=reasons)
    assert "Refused: TensorFlow can't load [the model]." in text
    assert "Blessed" not in text
    assert "Model: not pushed" in text


def test_predictions_show_the_next_guess_and_names_as_they_are():
    answer = Answer(1, "[red]", (0.2, 0.7, 0.1), ("blue", "[red]", "green"))
    output = io.StringIO()
    print_predictions(
        Console(file=output, width=100),
        [Prediction(LabelledImage("a[b].png", b""), answer)],
        picture=None,
    )
    for expected in ("a[b].png", "[red]", "0.7000", "blue 0.2000"):
        assert expected in output.getvalue()
    # No image has a known class.
    assert "true class" not in output.getvalue()


def _printed_predictions(predictions, width):
    output = io.StringIO()
    print_predictions(Console(file=output, width=width), predictions, picture=None)
    return output.getvalue()


def test_an_image_without_a_prediction_has_its_row_with_the_reason():
    answer = Answer(0, "blue", (0.7, 0.3), ("blue", "red"))
    text = _printed_predictions(
        [
            Unclassified("b.png", "has no bytes"),
            Prediction(LabelledImage("test image 0", b"", "red"), answer),
            Prediction(LabelledImage("a.png", b""), answer),
        ],
        width=100,
    )
    rows = [line.split("│") for line in text.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in row[1:-1]] for row in rows]
    assert cells == [
        ["b.png", "has no bytes", "", "", ""],
        ["test image 0", "blue", "0.7000", "red 0.3000", "red"],
        ["a.png", "blue", "0.7000", "red 0.3000", "unknown"],
    ]


def test_what_was_done_to_the_first_twenty_images_is_said():
    answer = Answer(0, "blue", (0.7, 0.3), ("blue", "red"))
    notes = ("turned as its Exif data say", "colour made grey")
    text = _printed_predictions(
        [
            Prediction(LabelledImage(f"{number}.png", b"", notes=notes), answer)
            for number in range(1, 24)
        ],
        width=100,
    )
    assert "\n20.png: turned as its Exif data say, colour made grey.\n" in text
    assert "21.png:" not in text
    assert "3 more images were changed to fit the model" in text


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(width):
    names = ("b" * 50, "c d" * 20)
    path = "/".join(["folder"] * 20)
    text = _printed_predictions(
        [
            Prediction(
                LabelledImage(path, b"", notes=("w " * 60,)),
                Answer(0, names[0], (0.7, 0.3), names),
            ),
            Unclassified(path, "can't be decoded (it is no PNG file)"),
        ],
        width,
    )
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
