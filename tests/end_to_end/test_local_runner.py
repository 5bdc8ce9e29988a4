"""The command a newcomer types, on the real data set."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components import features
from pipeline.metadata.records import State
from pipeline.scoring.measures import (
    BORDER,
    HORIZONTAL_CENTRE,
    ORIENTATION,
    PREDICTED_CLASS,
    SHARPNESS,
    SPREAD,
    VERTICAL_CENTRE,
)
from pipeline.settings import Settings
from tests.support.fashion import CLASS_NAMES
from tests.support.launching import data_nodes
from tests.support.reading import evaluation_of, recorded_runs, repeatable_figures

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# Two epochs reach about 0.87, which the default floor may refuse.
LOW_FLOOR = ("--min-accuracy", "0.8")
# The features that show each disturbance; one of them must be furthest off.
RIGHT_FEATURES = {
    "inverted": {features.BRIGHTNESS, BORDER},
    "darkened": {features.BRIGHTNESS, features.CONTRAST},
    "blurred": {SHARPNESS},
    "cropped": {BORDER, SPREAD},
    "one class": {PREDICTED_CLASS},
    "rotated": {VERTICAL_CENTRE, HORIZONTAL_CENTRE, ORIENTATION},
}


def local_runner(output, *arguments):
    return subprocess.run(
        [sys.executable, "local_runner.py", "--output", str(output), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )


def the_run(output):
    (run,) = recorded_runs(str(output / "metadata.sqlite"))
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    output = tmp_path_factory.mktemp("real") / "output"
    result = local_runner(output, "--epochs", "2", *LOW_FLOOR)
    assert result.returncode == 0, result.stdout + result.stderr
    return output, result


def test_two_epochs_on_all_images_reach_a_fair_accuracy(trained):
    output, result = trained
    run = the_run(output)
    results = evaluation_of(run)
    assert results.examples == 10_000
    assert results.accuracy > 0.84
    assert list(results.class_accuracy) == list(CLASS_NAMES)
    assert f"{results.accuracy:.4f}" in result.stdout


def test_the_blessed_model_is_pushed(trained):
    output, _ = trained
    (version,) = output.glob("serving/fashion_mnist/*")
    assert (version / "saved_model.pb").is_file()


def test_every_run_leaves_a_page_that_needs_no_other_file(trained):
    output, result = trained
    (page,) = output.glob("reports/2*.html")
    assert page.name in (output / "reports" / "index.html").read_text()
    assert f"Report: {page}" in result.stdout
    text = page.read_text()
    assert "Blessed, published as version" in text
    assert text.count("data:image/png;base64,") > 10


def test_nothing_but_the_summary_is_on_the_terminal(trained):
    _, result = trained
    assert result.stderr == ""
    assert "Predictions" in result.stdout
    assert "Log:" in result.stdout
    assert [line[:16] for line in result.stdout.splitlines() if "epoch" in line] == [
        "      epoch 1/2:",
        "      epoch 2/2:",
    ]


def test_the_two_predictions_are_of_known_labels(trained):
    output, _ = trained
    assert len(list(output.glob("pictures/*-predictions.png"))) == 1
    model = the_run(output).output("Trainer", "model")
    loaded = tf.saved_model.load(f"{model.uri}/Format-Serving")
    pixels, labels = _read_test_images(output)
    answers = loaded.signatures["predict_images"](images=tf.constant(pixels[..., 0]))
    accuracy = np.mean(answers["class_id"].numpy() == labels)
    measured = evaluation_of(the_run(output)).accuracy
    assert accuracy == pytest.approx(measured, abs=1e-6)


def test_disturbed_images_are_flagged_and_clean_ones_are_not(trained):
    # Imports TFDV, for which the fast tests need not wait.
    from benchmarks.drift import measure_samples

    output, _ = trained
    # `python -m benchmarks.drift` takes 20 clean samples.
    clean, disturbed = measure_samples(Settings(output=str(output)), clean_samples=3)
    assert {drift.verdict for drift in clean} == {"ok"}
    assert set(disturbed) == set(RIGHT_FEATURES)
    for name, drift in disturbed.items():
        assert drift.verdict == "drift", name
        first = {each.name for each in drift.features[:2]}
        assert first & RIGHT_FEATURES[name], (name, drift.features)


def test_predict_shows_any_test_image_with_the_pushed_model(trained):
    output, _ = trained
    options = ("--index", "3", "--index", "7", "--format", "json")
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pipeline",
            "predict",
            "--output",
            str(output),
            *options,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    _, labels = _read_test_images(output)
    predictions = json.loads(result.stdout)
    assert [prediction["true_class_name"] for prediction in predictions] == [
        CLASS_NAMES[labels[3]],
        CLASS_NAMES[labels[7]],
    ]
    for prediction in predictions:
        assert prediction["class_name"] in CLASS_NAMES
        assert 0.1 <= prediction["probability"] <= 1


@pytest.mark.parametrize("invert", ["auto", "no"])
def test_the_boot_of_the_docs_is_a_boot_on_black_and_on_white(trained, invert):
    output, _ = trained
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pipeline", "predict"),
            *("docs/ankle-boot.png", "docs/boot-on-white.jpg"),
            *("--output", str(output), "--invert", invert, "--format", "json"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    on_black, on_white = json.loads(result.stdout)
    assert on_black["class_name"] == "Ankle boot"
    assert on_black["notes"] == []
    # As it is, it looks to the model like something else.
    assert (on_white["class_name"] == "Ankle boot") is (invert == "auto")
    inverted = (
        "inverted (its background is bright, that of the training images is dark)"
    )
    assert (inverted in on_white["notes"]) is (invert == "auto")


def test_a_second_run_reuses_every_stage_that_can_be_reused(trained):
    output, _ = trained
    result = local_runner(output, "--epochs", "2", *LOW_FLOOR)
    assert result.returncode == 0, result.stdout + result.stderr
    *_, latest = recorded_runs(str(output / "metadata.sqlite"))
    cached = {node.node_id for node in latest.nodes if node.state is State.CACHED}
    assert cached >= {*data_nodes(), "Trainer", "InfraValidator"}


def test_a_refused_model_has_its_own_exit_code_and_is_not_pushed(trained):
    output, _ = trained
    versions = sorted(output.glob("serving/fashion_mnist/*"))
    result = local_runner(output, "--epochs", "2", "--min-accuracy", "0.99")
    assert result.returncode == 3
    assert "below the floor of 0.9900" in result.stdout
    assert "Model: not pushed" in result.stdout
    assert "Report: " in result.stdout
    assert sorted(output.glob("serving/fashion_mnist/*")) == versions


def test_a_model_that_is_too_slow_to_serve_is_refused_as_well(trained):
    output, _ = trained
    versions = sorted(output.glob("serving/fashion_mnist/*"))
    options = ("--epochs", "2", *LOW_FLOOR, "--max-latency-ms", "0.001")
    result = local_runner(output, *options)
    assert result.returncode == 3
    assert "Refused: 99 % of the requests with one image take up to " in result.stdout
    assert "Model: not pushed" in result.stdout
    assert sorted(output.glob("serving/fashion_mnist/*")) == versions


def test_two_fresh_runs_give_the_same_metrics_to_the_last_digit(trained, tmp_path):
    data_dir = trained[0] / "data"
    options = ("--epochs", "2", "--max-examples", "2000", "--min-accuracy", "0")
    outputs = [tmp_path / name for name in ("one", "two")]
    for output in outputs:
        result = local_runner(output, "--data-dir", str(data_dir), *options)
        assert result.returncode == 0, result.stdout + result.stderr
    one, two = map(repeatable_figures, outputs)
    assert one == two


def _read_test_images(output):
    examples = the_run(output).output("ImageExampleGen", "examples")
    records = tf.data.TFRecordDataset(
        tf.io.gfile.glob(f"{examples.uri}/Split-test/*"), compression_type="GZIP"
    )
    pixels, labels = [], []
    for record in records.as_numpy_iterator():
        feature = tf.train.Example.FromString(record).features.feature
        pixels.append(
            tf.io.decode_image(feature[features.IMAGE].bytes_list.value[0]).numpy()
        )
        labels.append(feature[features.LABEL].int64_list.value[0])
    return np.stack(pixels), np.array(labels)
