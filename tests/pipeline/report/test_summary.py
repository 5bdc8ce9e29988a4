import io

from rich.console import Console

from components.evaluator.evaluation_results import EvaluationResults
from components.infra_validator.infra_validation import InfraValidation
from pipeline.metadata.records import Artifact, NodeRun, Run, State
from pipeline.report.summary import print_predictions, print_summary
from pipeline.serving.client import Answer
from pipeline.serving.labelled_images import LabelledImage
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


def test_a_blessed_run_shows_stages_accuracies_and_the_model():
    text = _summary(blessed=True, pushed=True)
    for expected in ("Pusher", "cached", "2.5", "Coat", "0.7000", "0.8712", "Blessed"):
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
    for expected in ("a[b].png", "[red]", "0.7000", "blue 0.2000", "unknown"):
        assert expected in output.getvalue()
