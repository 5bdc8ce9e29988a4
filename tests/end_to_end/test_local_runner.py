"""The command a newcomer types, on the real data set."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components import features
from components.evaluator.results import EvaluationResults
from pipeline.metadata.runs import State, load_run, open_store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def local_runner(output, *arguments):
    return subprocess.run(
        [sys.executable, "local_runner.py", "--output", str(output), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )


def the_run(output):
    store = open_store(output / "metadata.sqlite")
    (context,) = store.get_contexts_by_type("pipeline_run")
    return load_run(store, context.name)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    output = tmp_path_factory.mktemp("real") / "output"
    result = local_runner(output, "--epochs", "2")
    assert result.returncode in (0, 3), result.stdout + result.stderr
    return output, result


def test_two_epochs_on_all_images_reach_a_fair_accuracy(trained):
    output, result = trained
    run = the_run(output)
    results = EvaluationResults.read(run.output("Evaluator", "evaluation").uri)
    assert results.examples == 10_000
    assert results.accuracy > 0.84
    assert list(results.class_accuracy) == list(features.CLASS_NAMES)
    assert f"{results.accuracy:.4f}" in result.stdout


def test_the_exit_code_tells_the_verdict(trained):
    output, result = trained
    evaluation = the_run(output).output("Evaluator", "evaluation")
    blessed = EvaluationResults.read(evaluation.uri).blessed
    assert result.returncode == (0 if blessed else 3)
    assert bool(list(output.glob("serving/fashion_mnist/*"))) == blessed


def test_nothing_but_the_summary_is_on_the_terminal(trained):
    _, result = trained
    assert result.stderr == ""
    assert "Two test images" in result.stdout
    assert "Log:" in result.stdout


def test_the_two_predictions_are_of_known_labels(trained):
    output, _ = trained
    assert len(list(output.glob("pictures/*-predictions.png"))) == 1
    model = the_run(output).output("Trainer", "model")
    serve = tf.saved_model.load(f"{model.uri}/Format-Serving").signatures
    pixels, labels = _read_test_images(output)
    answers = serve["predict_images"](images=tf.constant(pixels[..., 0]))
    accuracy = np.mean(answers["class_id"].numpy() == labels)
    results = EvaluationResults.read(
        the_run(output).output("Evaluator", "evaluation").uri
    )
    assert accuracy == pytest.approx(results.accuracy, abs=1e-6)


def test_a_second_run_reuses_every_stage_that_can_be_reused(trained):
    output, first = trained
    result = local_runner(output, "--epochs", "2")
    assert result.returncode == first.returncode, result.stdout + result.stderr
    store = open_store(output / "metadata.sqlite")
    latest = max(
        store.get_contexts_by_type("pipeline_run"), key=lambda context: context.id
    )
    cached = {
        node.node_id
        for node in load_run(store, latest.name).nodes
        if node.state is State.CACHED
    }
    assert cached >= {
        "TfdsExampleGen",
        "CuratedSchema",
        "StatisticsGen",
        "ExampleValidator",
        "AnomalyGate",
        "Transform",
        "Trainer",
    }


def test_a_refused_model_has_its_own_exit_code_and_is_not_pushed(trained):
    output, _ = trained
    versions = sorted(output.glob("serving/fashion_mnist/*"))
    result = local_runner(output, "--epochs", "2", "--min-accuracy", "0.99")
    assert result.returncode == 3
    assert "below the floor of 0.9900" in result.stdout
    assert "Model: not pushed" in result.stdout
    assert sorted(output.glob("serving/fashion_mnist/*")) == versions


def _read_test_images(output):
    examples = the_run(output).output("TfdsExampleGen", "examples")
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
