"""Pages of runs whose files another version of the project wrote."""

import base64
import io
import json

import pytest
from PIL import Image
from tensorflow_metadata.proto.v0 import statistics_pb2

from pipeline.metadata.records import Artifact, NodeRun, Run, State
from pipeline.report.content import gather_content
from pipeline.report.run_page import render_run
from pipeline.serving.predictions import read_chosen_predictions
from tests.support.fashion import CLASS_NAMES

RENAMED = ("T-shirt", "Pants", *CLASS_NAMES[2:])
FEWER = ("cat", "dog", "horse")
RESULTS = "evaluation/results.json"
VALIDATION = "blessing/infra_validation.json"
HISTORY = "model_run/history.json"
PREDICTIONS = "evaluation/predictions.json"
HEADINGS = {"In the server", "Predictions", "Training", "Classes", "Data"}
STATISTICS = "statistics/Split-train/FeatureStats.pb"


def results_of(class_names):
    """What the first version wrote: without the names of the classes."""
    count = len(class_names)
    return {
        "accuracy": 0.9,
        "loss": 0.3,
        "examples": 10 * count,
        "class_accuracy": dict.fromkeys(class_names, 0.9),
        "confusion_matrix": [
            [
                9 if row == column else int(column == (row + 1) % count)
                for column in range(count)
            ]
            for row in range(count)
        ],
        "blessed": True,
        "reasons": [],
        "baseline_accuracy": None,
    }


def predictions_of(class_names):
    image = io.BytesIO()
    Image.new("L", (28, 28), 200).save(image, "PNG")
    prediction = {
        "index": 5,
        "image": base64.b64encode(image.getvalue()).decode(),
        "true_class_name": class_names[1],
        "class_name": class_names[1],
        "probabilities": [0.8 if at == 1 else 0.0 for at in range(len(class_names))],
    }
    return {"examined": 9, "chosen": [prediction], "right": [], "wrong": []}


def statistics_of(class_names):
    dataset = statistics_pb2.DatasetFeatureStatistics(num_examples=20)
    feature = dataset.features.add()
    feature.path.step.append("class_name")
    feature.string_stats.common_stats.num_non_missing = 20
    feature.string_stats.unique = len(class_names)
    for name in class_names:
        feature.string_stats.top_values.add(value=name, frequency=7)
    return statistics_pb2.DatasetFeatureStatisticsList(datasets=[dataset])


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def write_run(folder, class_names):
    """Writes the files of a run that completed."""
    write(folder / RESULTS, results_of(class_names))
    write(folder / PREDICTIONS, predictions_of(class_names))
    latency = {"images": 1, "requests": 200, "p50_ms": 0.5, "p99_ms": 1.25}
    write(
        folder / VALIDATION,
        {
            "load_seconds": 0.4,
            "warmup_requests": 6,
            "compared_images": 22,
            "largest_difference": 1.5e-07,
            "latencies": [latency],
        },
    )
    curves = ("loss", "accuracy", "val_loss", "val_accuracy")
    write(folder / HISTORY, {name: [0.5, 0.6] for name in curves})
    (folder / STATISTICS).parent.mkdir(parents=True, exist_ok=True)
    (folder / STATISTICS).write_bytes(statistics_of(class_names).SerializeToString())


@pytest.fixture
def folder(tmp_path):
    """Folder of the files of a run that completed, to be overwritten by a test."""
    write_run(tmp_path, CLASS_NAMES)
    return tmp_path


def page_of(folder):
    """Renders the run's page."""
    outputs = {
        "StatisticsGen": {"statistics": {}},
        "Trainer": {"model_run": {}},
        "Evaluator": {"evaluation": {"accuracy": 0.9}, "blessing": {"blessed": 1}},
        "InfraValidator": {"blessing": {"blessed": 1}},
        "Pusher": {},
    }
    nodes = [
        NodeRun(
            node_id=node_id,
            execution_id=1,
            state=State.RAN,
            seconds=1.0,
            error="",
            outputs={
                key: [Artifact(1, str(folder / key), properties)]
                for key, properties in by_key.items()
            },
            parameters={"min_accuracy": 0.88, "max_regression": 0.01},
        )
        for node_id, by_key in outputs.items()
    ]
    run = Run("old", nodes)
    return render_run(gather_content(run, [run]))


def test_a_run_of_today_shows_all(folder):
    page = page_of(folder)
    assert "Missing from this page" not in page
    for heading in HEADINGS:
        assert f"<h2>{heading}</h2>" in page


def test_what_infra_validator_found_is_shown(folder):
    page = page_of(folder)
    for words in ("0.40 seconds", "6 warm-up", "On 22 images", "1.5e-07", "1.25 ms"):
        assert words in page
    reasons = ["TensorFlow can't load the model: Op <X>"]
    write(folder / VALIDATION, {"reasons": reasons})
    page = page_of(folder)
    assert "<li>TensorFlow can&#39;t load the model: Op &lt;X&gt;.</li>" in page
    assert "warm-up" not in page


@pytest.mark.parametrize(
    "file, words",
    [
        ("INFRA_BLESSED", "TensorFlow Serving, in a container, loaded the model"),
        ("INFRA_NOT_BLESSED", "in a container didn&#39;t load the model"),
    ],
)
def test_what_tfx_infra_validator_found_is_shown(folder, file, words):
    (folder / VALIDATION).unlink()
    (folder / VALIDATION).with_name(file).touch()
    page = page_of(folder)
    assert "Missing from this page" not in page
    assert words in page


@pytest.mark.parametrize("class_names", [RENAMED, FEWER], ids=["renamed", "fewer"])
def test_a_run_with_other_classes_shows_its_own(folder, class_names):
    write_run(folder, class_names)
    page = page_of(folder)
    assert "Missing from this page" not in page
    for name in class_names:
        # In the tables of the accuracies, of the confusions and of the data.
        assert page.count(f'<th scope="row">{name}</th>') == 3
    assert "Trouser" not in page


def test_a_class_without_test_images_leaves_the_others_their_rows(folder):
    results = results_of(CLASS_NAMES)
    del results["class_accuracy"]["Trouser"]
    # Coat is the fifth class; it was mistaken for the sixth.
    write(folder / RESULTS, results | {"class_names": CLASS_NAMES})
    assert "Sandal (1)" in page_of(folder)
    # Version 0.1 didn't write the names, so that the missing one isn't known.
    write(folder / RESULTS, results)
    assert "class 4" in page_of(folder)


def test_a_metric_that_is_gone_is_passed_over(folder):
    write(folder / RESULTS, results_of(CLASS_NAMES) | {"recall": 0.9})
    page = page_of(folder)
    assert "Missing from this page" not in page
    assert "<h2>Classes</h2>" in page


@pytest.mark.parametrize(
    "field",
    [
        "loss",
        "examples",
        "class_accuracy",
        "confusion_matrix",
        "reasons",
        "baseline_accuracy",
    ],
)
def test_a_metric_that_is_new_is_said_to_be_missing(folder, field):
    results = results_of(CLASS_NAMES)
    del results[field]
    write(folder / RESULTS, results)
    page = page_of(folder)
    assert f"results.json has no {field}" in page
    assert "test accuracy</dt><dd>0.9000" in page
    assert "<h2>Training</h2>" in page


@pytest.mark.parametrize(
    "path, content, gone, reason",
    [
        (RESULTS, b'{"blessed": true}', "Classes", "accuracy: Field"),
        (RESULTS, b"[]", "Classes", RESULTS),
        (RESULTS, b"{", "Classes", RESULTS),
        (PREDICTIONS, b"{}", "Predictions", "examined: Field"),
        (VALIDATION, b"[]", "In the server", VALIDATION),
        (HISTORY, b"[]", "Training", HISTORY),
        (HISTORY, b"\xff", "Training", HISTORY),
        (HISTORY, b'{"loss": [1]}', "Training", f"{HISTORY} has no"),
        (STATISTICS, b"\xff\xff", "Data", "FeatureStats.pb is damaged"),
        (STATISTICS, b"", "Data", "FeatureStats.pb is empty"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_shown(
    folder, path, content, gone, reason
):
    (folder / path).write_bytes(content)
    page = page_of(folder)
    assert "Missing from this page" in page
    assert reason in page
    shown = {each for each in HEADINGS if f"<h2>{each}</h2>" in page}
    assert shown == HEADINGS - {gone}


def test_the_curves_that_a_history_has_are_drawn(folder):
    write(folder / HISTORY, {"loss": [1, 0.5], "val_loss": [1, 0.6]})
    page = page_of(folder)
    assert "history.json has no accuracy, val_accuracy" in page
    assert "Curves of the loss" in page


@pytest.mark.parametrize("class_names", [RENAMED, FEWER], ids=["renamed", "fewer"])
def test_predictions_of_a_run_with_other_classes_are_read(folder, class_names):
    write_run(folder, class_names)
    (prediction,) = read_chosen_predictions(str(folder / "evaluation"))
    assert prediction.answer.class_id == 1
    assert prediction.answer.ranked()[:2] == [
        (class_names[1], 0.8),
        (class_names[0], 0.0),
    ]
