"""Whole runs on synthetic images, node by node through the launcher."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.components.infra_validator.request_builder import build_requests
from tfx.proto import infra_validator_pb2
from tfx.types import standard_artifacts
from tfx.utils import path_utils, proto_utils

from components import precision
from components.data_description import DataDescription
from components.errors import InputError
from components.example_gen import component as example_gen_component
from components.precision import MIXED_BFLOAT16
from components.served_model.model_lineage import ModelLineage
from components.trainer import component as trainer_component
from pipeline.metadata.outcomes import outcome_of
from pipeline.metadata.records import State
from pipeline.running.launcher import (
    NodeFailedError,
    PipelineLauncher,
    compile_nodes,
)
from pipeline.serving.labelled_images import read_test_images
from pipeline.serving.predictions import classify, draw_predictions
from pipeline.serving.saved_model_client import SavedModelClient
from tests.support.fashion import CLASS_NAMES
from tests.support.launching import data_nodes, launch_all
from tests.support.reading import evaluation_of, recorded_runs
from tests.support.synthetic_sets import TinyFashion

pytestmark = pytest.mark.slow


class ReversedFashion(TinyFashion):
    """The same classes, but label 0 is the last one."""

    NAMES = CLASS_NAMES[::-1]


class MisleadingFashion(TinyFashion):
    """A set whose validation images have the label of another class."""

    COUNTS = {"train": 200, "test": 50, "validation": 30}

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            shift = 1 if count == 30 else 0
            yield index, example | {"label": (example["label"] + shift) % 10}


def serving_versions(settings):
    if not Path(settings.serving_dir).exists():
        return []
    return sorted(path.name for path in Path(settings.serving_dir).iterdir())


def test_a_first_run_pushes_a_model_that_has_learned(two_runs, tmp_path):
    settings, run = two_runs.settings, two_runs.first
    assert set(two_runs.states[0].values()) == {State.RAN}
    results = evaluation_of(run)
    assert results.blessed
    recorded = run.output("Evaluator", "evaluation").properties["accuracy"]
    assert results.accuracy == recorded > 0.5
    assert results.examples == 50
    matrix = np.array(results.confusion_matrix)
    assert matrix.sum() == 50
    assert np.trace(matrix) / 50 == pytest.approx(results.accuracy)
    for accuracy, row in zip(results.class_accuracy.values(), matrix, strict=True):
        assert row.max() <= 5
        assert 0 <= accuracy <= 1
    # The last figure that Keras saw is what TFMA measures through the signature.
    model_run = run.output("Trainer", "model_run")
    history = json.loads(Path(model_run.uri, "history.json").read_text())
    assert len(history["val_accuracy"]) == settings.epochs
    assert history["val_accuracy"][-1] == pytest.approx(results.accuracy, abs=1e-6)
    assert len(serving_versions(settings)) == 1

    model = run.output("Trainer", "model")
    examples = run.output("ImageExampleGen", "examples")
    images = read_test_images(examples.uri, range(50))
    predictions = classify(SavedModelClient(f"{model.uri}/Format-Serving"), images)
    right = sum(p.class_name == p.image.true_class_name for p in predictions)
    assert right / 50 == pytest.approx(results.accuracy)
    draw_predictions(predictions[:2], tmp_path / "picture.png")
    assert tf.io.decode_png((tmp_path / "picture.png").read_bytes()).shape[2] in (3, 4)


def test_a_run_in_mixed_bfloat16_pushes_a_model_that_answers_in_float32(
    settings, monkeypatch
):
    # A processor without bfloat16 emulates it, slowly.
    # Not in run_fn, which TFX loads anew.
    monkeypatch.setattr(precision, "has_bfloat16", lambda file: True)
    in_mixed = settings.model_copy(update={"precision": MIXED_BFLOAT16})
    states, run = launch_all(in_mixed, "mixed")
    assert set(states.values()) == {State.RAN}
    results = evaluation_of(run)
    assert results.accuracy > 0.5
    (version,) = serving_versions(settings)
    model = tf.saved_model.load(f"{settings.serving_dir}/{version}")
    assert {weight.dtype for weight in model.weights} == {tf.float32}
    graph = model.signatures["predict_images"].graph.as_graph_def()
    nodes = [
        *graph.node,
        *(node for function in graph.library.function for node in function.node_def),
    ]
    assert "Conv2D" in {node.op for node in nodes}
    assert tf.bfloat16.as_datatype_enum not in {node.attr["T"].type for node in nodes}


def test_mixed_bfloat16_is_refused_where_it_would_be_emulated(settings, monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda file: False)
    in_mixed = settings.model_copy(update={"precision": MIXED_BFLOAT16})
    with pytest.raises(NodeFailedError, match="choose --precision float32"):
        launch_all(in_mixed, "mixed")
    assert not serving_versions(settings)


def test_later_runs_reuse_what_is_unchanged(two_runs, monkeypatch):
    settings = two_runs.settings
    # The first run's model is now the baseline, so it is judged again; not pushed
    # again, since it is being served already.
    _, states = two_runs.states
    ran = {node_id for node_id, state in states.items() if state is State.RAN}
    assert ran == {"LatestBlessedModel", "Evaluator", "Pusher"}
    assert len(serving_versions(settings)) == 1
    states, _ = launch_all(settings, "3")
    ran = {node_id for node_id, state in states.items() if state is State.RAN}
    assert ran == {"LatestBlessedModel", "Pusher"}
    assert len(serving_versions(settings)) == 1

    more_epochs = settings.model_copy(
        update={"epochs": settings.epochs + 1, "max_regression": 1.0}
    )
    states, _ = launch_all(more_epochs, "4")
    assert {states[node_id] for node_id in data_nodes()} == {State.CACHED}
    assert states["Trainer"] is states["Evaluator"] is states["Pusher"] is State.RAN

    # Changed code is seen by its digest alone; import paths stay the same.
    monkeypatch.setattr(trainer_component, "code_digest", lambda *names: "changed")
    states, _ = launch_all(more_epochs, "5")
    assert {states[node_id] for node_id in data_nodes()} == {State.CACHED}
    assert states["Trainer"] is State.RAN
    monkeypatch.setattr(example_gen_component, "code_digest", lambda *names: "changed")
    states, _ = launch_all(more_epochs, "6")
    assert states["ImageExampleGen"] is State.RAN


def test_a_model_that_is_no_longer_served_is_pushed_again(two_runs):
    settings = two_runs.settings
    shutil.rmtree(settings.serving_dir)
    states, _ = launch_all(settings, "3")
    assert states["Trainer"] is State.CACHED
    assert len(serving_versions(settings)) == 1


def test_an_earlier_model_is_pushed_again_over_a_later_one(two_runs):
    settings = two_runs.settings
    other = settings.model_copy(update={"seed": 2, "max_regression": 1.0})
    first = settings.model_copy(update={"max_regression": 1.0})
    launch_all(other, "other")
    _, run = launch_all(first, "first again")
    newest = Path(settings.serving_dir) / serving_versions(settings)[-1]
    lineage = ModelLineage.read(str(newest))
    assert len(serving_versions(settings)) == 3
    assert lineage.model_uri == run.output("Trainer", "model").uri
    assert lineage.run_id == "first"  # trained it; another run pushed it
    assert lineage.dataset == "tiny_fashion:1.0.0"


def test_training_that_diverges_fails_and_pushes_nothing(settings):
    wild = settings.model_copy(update={"learning_rate": 1e30, "min_accuracy": 0.0})
    with pytest.raises(NodeFailedError, match=r"Trainer failed: .*lower") as raised:
        launch_all(wild, "1")
    assert isinstance(raised.value.__cause__, InputError)
    assert serving_versions(settings) == []


@pytest.mark.parametrize(
    ("dataset", "wrong"),
    [
        ("inverted_fashion", ["'brightness'"]),
        ("blank_fashion", ["'brightness'", "'contrast'"]),
        ("large_fashion", ["'height'", "'width'"]),
        ("eleven_class_fashion", ["'label'", "'class_name'"]),
    ],
)
def test_data_that_disagree_with_the_schema_stop_before_training(
    settings, dataset, wrong
):
    settings = settings.model_copy(update={"dataset": f"{dataset}:1.0.0"})
    with pytest.raises(NodeFailedError, match="AnomalyGate failed") as raised:
        launch_all(settings, "1")
    assert isinstance(raised.value.__cause__, InputError)
    for feature in wrong:
        assert f"split 'train', feature {feature}" in str(raised.value)
    (run,) = recorded_runs(settings.metadata_address)
    by_id = {node.node_id: node for node in run.nodes}
    assert by_id["AnomalyGate"].state is State.FAILED
    assert "disagree with the schema" in by_id["AnomalyGate"].error
    assert "Trainer" not in by_id
    assert serving_versions(settings) == []


def test_a_set_of_another_order_of_classes_is_served_in_its_own(settings):
    settings = settings.model_copy(update={"dataset": "reversed_fashion:1.0.0"})
    _, run = launch_all(settings, "1")
    own = CLASS_NAMES[::-1]
    assert evaluation_of(run).class_names == own
    examples = run.output("ImageExampleGen", "examples")
    assert DataDescription.read(examples.uri).class_names == own
    (version,) = serving_versions(settings)
    folder = f"{settings.serving_dir}/{version}"
    assert ModelLineage.read(folder).data.class_names == own
    model = tf.saved_model.load(folder)
    answers = model.signatures["class_names"](class_ids=tf.range(10, dtype=tf.int64))
    assert tuple(name.decode() for name in answers["class_name"].numpy()) == own


def test_a_set_without_a_curated_schema_gets_one_from_its_classes_alone(settings):
    settings = settings.model_copy(
        update={
            "dataset": "inverted_fashion:1.0.0",
            "curated_schema": None,
            "min_accuracy": None,
        }
    )
    states, run = launch_all(settings, "1")
    assert "CuratedSchema" not in states
    assert states["InferredSchema"] is State.RAN
    # The test split has 5 images of each of 10 classes.
    results = evaluation_of(run)
    assert results.floor == pytest.approx(0.12)
    assert results.blessed == (results.accuracy >= 0.12)
    states, _ = launch_all(settings, "2")
    assert states["InferredSchema"] is State.CACHED


def test_epochs_are_evaluated_on_the_validation_split_and_models_on_the_test_split(
    settings,
):
    settings = settings.model_copy(update={"dataset": "misleading_fashion:1.0.0"})
    _, run = launch_all(settings, "1")
    results = evaluation_of(run)
    assert results.examples == 50
    assert results.accuracy > 0.5
    model_run = run.output("Trainer", "model_run")
    history = json.loads(Path(model_run.uri, "history.json").read_text())
    assert history["val_accuracy"][-1] < 0.3


def test_a_baseline_of_other_classes_is_left_out(settings):
    launch_all(settings, "1")
    other = settings.model_copy(
        update={
            "dataset": "reversed_fashion:1.0.0",
            "pipeline_name": settings.name,
            "epochs": 1,
            "min_accuracy": 0.0,
        }
    )
    _, run = launch_all(other, "2")
    # A model of one epoch is much worse, and is blessed all the same.
    results = evaluation_of(run)
    assert results.baseline_accuracy is None
    assert results.blessed


def test_a_baseline_whose_files_are_gone_is_left_out(settings):
    _, run = launch_all(settings, "1")
    shutil.rmtree(run.output("Trainer", "model").uri)
    _, run = launch_all(settings.model_copy(update={"seed": 2}), "2")
    results = evaluation_of(run)
    assert results.baseline_accuracy is None
    assert results.blessed
    assert len(serving_versions(settings)) == 2


def test_an_empty_split_stops_the_run(settings):
    settings = settings.model_copy(update={"dataset": "empty_test_fashion:1.0.0"})
    with pytest.raises(NodeFailedError, match="ImageExampleGen failed") as raised:
        launch_all(settings, "1")
    assert isinstance(raised.value.__cause__, InputError)


def test_a_model_below_the_floor_is_refused_and_not_pushed(settings):
    settings = settings.model_copy(
        update={"dataset": "shuffled_fashion:1.0.0", "epochs": 1}
    )
    _, run = launch_all(settings, "1")
    results = evaluation_of(run)
    assert not results.blessed
    assert results.reasons == [
        f"accuracy {results.accuracy:.4f} is below the floor of 0.5000"
    ]
    assert run.output("Pusher", "pushed_model").properties["pushed"] == 0
    assert serving_versions(settings) == []


def test_a_model_worse_than_the_baseline_is_refused(two_runs):
    settings = two_runs.settings
    worse = settings.model_copy(update={"epochs": 1, "min_accuracy": 0.0})
    _, run = launch_all(worse, "3")
    results = evaluation_of(run)
    assert not results.blessed
    assert "below the blessed baseline's" in results.reasons[0]
    assert len(serving_versions(settings)) == 1


def test_a_model_that_a_server_would_not_serve_is_refused_and_tried_again(two_runs):
    settings = two_runs.settings
    served = serving_versions(settings)
    slow = settings.model_copy(update={"max_latency_ms": 0.001, "epochs": 9})
    slow = slow.model_copy(update={"max_regression": 1.0})
    for run_id in ("3", "4"):
        states, run = launch_all(slow, run_id)
        # What was too slow may have been the machine.
        assert states["InfraValidator"] is State.RAN
        assert evaluation_of(run).blessed
        outcome = outcome_of(run)
        assert (outcome.verdict, outcome.version) == ("refused", None)
        assert serving_versions(settings) == served
    states, run = launch_all(slow.model_copy(update={"max_latency_ms": None}), "5")
    assert outcome_of(run).verdict == "blessed"
    assert len(serving_versions(settings)) == 2


def test_the_served_model_answers_the_requests_of_tfxs_infra_validator(two_runs):
    settings = two_runs.settings.model_copy(update={"infra_validation": "docker"})
    nodes = {node.node_info.id: node for node in compile_nodes(settings)}
    parameters = nodes["InfraValidator"].parameters.parameters
    spec = infra_validator_pb2.RequestSpec()
    proto_utils.json_to_proto(parameters["request_spec"].field_value.string_value, spec)
    model, examples = standard_artifacts.Model(), standard_artifacts.Examples()
    model.uri = two_runs.first.output("Trainer", "model").uri
    recorded = two_runs.first.output("ImageExampleGen", "examples")
    examples.uri, examples.split_names = recorded.uri, '["train", "test"]'
    requests = build_requests("fashion_mnist", model, examples, spec)
    assert len(requests) == spec.num_examples
    loaded = tf.saved_model.load(path_utils.serving_model_path(model.uri))
    for request in requests:
        answer = loaded.signatures[request.model_spec.signature_name](
            **{name: tf.make_ndarray(each) for name, each in request.inputs.items()}
        )
        assert answer["probabilities"].shape == (1, 10)


def test_without_the_cache_every_stage_runs_again(two_runs):
    states, _ = launch_all(two_runs.settings.model_copy(update={"cache": False}), "3")
    assert set(states.values()) == {State.RAN}


def test_a_node_whose_inputs_can_not_be_resolved_has_failed(settings):
    launcher = PipelineLauncher(settings, "1")
    with pytest.raises(NodeFailedError, match="inputs could not be resolved"):
        launcher.launch("Trainer")


def test_an_unknown_node_is_refused_with_the_known_ones(settings):
    with pytest.raises(
        NodeFailedError, match=r"^A node must be.*received 'Trainr'.* Trainer"
    ):
        PipelineLauncher(settings, "1").launch("Trainr")
