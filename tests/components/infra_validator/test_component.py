"""The node and the Pusher after it, on models that are whole and that are broken."""

import functools
import shutil
import uuid
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.components.infra_validator.component import InfraValidator
from tfx.components.infra_validator.serving_bins import parse_serving_binaries
from tfx.components.util import model_utils
from tfx.proto import infra_validator_pb2
from tfx.types import Channel, standard_artifacts
from tfx.utils import proto_utils

from components.infra_validator import component
from components.infra_validator.infra_validation import InfraValidation
from components.pusher import component as pusher
from components.pusher.publish import publish_version
from components.served_model.server_image import SERVER_IMAGE
from tests.support import broken_models
from tests.support.fashion import DESCRIPTION

# Enough to load a model and to ask it, even on a machine that has other work.
SECONDS = 15.0

BROKEN = {
    "variables under other names": (
        broken_models.save_under_other_names,
        "TensorFlow can't load the model: Key weights/0/",
    ),
    "a missing shard": (
        broken_models.remove_shard,
        "variables.data-00000-of-00001; No such file",
    ),
    "a cut graph": (broken_models.cut_graph, "saved_model.pb is missing or damaged"),
    "a wrong order of the classes": (
        broken_models.reverse_classes,
        "calls class 0 'Ankle boot', while the data call it 'T-shirt/top'",
    ),
    "no names of the classes": (
        broken_models.remove_classes_signature,
        "the model has no signature class_names",
    ),
    "no probabilities": (
        broken_models.remove_probabilities,
        "the model's signature serving_default has no output probabilities",
    ),
    "other answers": (
        broken_models.change_weights,
        "probabilities differ from the Evaluator's by up to",
    ),
    "NaN weights": (broken_models.spoil_weights, "probabilities that are no finite"),
    "an unknown operation": (
        broken_models.use_unknown_operation,
        "Op type not registered 'SoftmaxOfTomorrow'",
    ),
    "a graph that sleeps": (
        broken_models.sleep,
        "it took more than 15 s to answer the warm-up request for serving_default",
    ),
    "a graph that eats memory": (
        broken_models.eat_memory,
        "the 2048 MiB of --max-memory-mb are too little to answer the warm-up request",
    ),
}


@pytest.fixture
def nodes(exported, evaluation, tmp_path):
    return Nodes(exported.folder, evaluation, tmp_path)


class Nodes:
    """InfraValidator and Pusher, with a served version that the model may replace."""

    def __init__(self, good, evaluation, folder):
        self.model_dir = folder / "model" / "Format-Serving"
        shutil.copytree(good, self.model_dir)
        shutil.copytree(Path(good).with_name("transform"), folder / "model/transform")
        self._folder = folder
        self._evaluation = evaluation
        DESCRIPTION.write(str(folder / "examples"))
        self.serving_dir = folder / "serving"
        publish_version(good, str(self.serving_dir))

    def run(self, **limits):
        """Runs both; returns the InfraBlessing, what was found and the PushedModel."""
        blessing = self._artifact(standard_artifacts.InfraBlessing, "infra")
        model = self._artifact(standard_artifacts.Model, "model")
        evaluation = standard_artifacts.ModelEvaluation()
        evaluation.uri = self._evaluation
        component.Executor().Do(
            {
                "model": [model],
                "examples": [self._artifact(standard_artifacts.Examples, "examples")],
                "evaluation": [evaluation],
            },
            {"blessing": [blessing]},
            {"max_latency_ms": None, "max_memory_mb": 2048, **limits},
        )
        judged = self._artifact(standard_artifacts.ModelBlessing, "judged")
        judged.set_int_custom_property("blessed", 1)
        pushed = self._artifact(standard_artifacts.PushedModel, "pushed")
        pusher.Executor().Do(
            {
                "model": [model],
                "model_blessing": [judged],
                "infra_blessing": [blessing],
            },
            {"pushed_model": [pushed]},
            {"serving_dir": str(self.serving_dir), "keep_versions": 2},
        )
        return blessing, InfraValidation.read(blessing.uri), pushed

    def served(self):
        return {
            path: path.read_bytes()
            for path in self.serving_dir.rglob("*")
            if path.is_file()
        }

    def _artifact(self, kind, name):
        artifact = kind()
        artifact.uri = str(self._folder / name)
        return artifact


def test_a_good_model_is_blessed_measured_and_pushed(nodes):
    blessing, found, pushed = nodes.run()
    assert model_utils.is_infra_validated(blessing)
    assert (Path(blessing.uri) / "INFRA_BLESSED").exists()
    assert found.reasons == ()
    assert found.warmup_requests == 6
    assert found.compared_images == 40
    assert found.largest_difference <= 1e-5
    one, many = found.latencies
    assert (one.images, many.images) == (1, 32)
    for latency in found.latencies:
        assert 0 < latency.p50_ms <= latency.p99_ms
        assert latency.requests > 1
    assert blessing.get_float_custom_property("load_seconds") == found.load_seconds
    assert blessing.get_float_custom_property("p99_ms_of_1") == one.p99_ms
    assert blessing.get_float_custom_property("p50_ms_of_32") == many.p50_ms
    assert pushed.get_int_custom_property("pushed") == 1
    assert len(list(nodes.serving_dir.iterdir())) == 2


@pytest.mark.parametrize("damage, sentence", BROKEN.values(), ids=BROKEN)
def test_a_broken_model_is_refused_with_a_sentence(
    nodes, monkeypatch, damage, sentence
):
    damage(nodes.model_dir)
    if damage is broken_models.sleep:
        validate = functools.partial(component.validate_model, seconds=SECONDS)
        monkeypatch.setattr(component, "validate_model", validate)
    served = nodes.served()
    blessing, found, pushed = nodes.run()
    assert not model_utils.is_infra_validated(blessing)
    assert (Path(blessing.uri) / "INFRA_NOT_BLESSED").exists()
    (reason,) = found.reasons
    assert sentence in reason
    assert "\n" not in reason
    assert blessing.get_string_custom_property("reasons") == reason
    assert pushed.get_int_custom_property("pushed") == 0
    assert nodes.served() == served


def test_pythons_loader_would_have_published_the_model_with_other_names(nodes):
    broken_models.save_under_other_names(nodes.model_dir)
    tf.saved_model.load(str(nodes.model_dir))


def test_a_model_that_is_slower_than_asked_for_is_refused(nodes):
    _, found, pushed = nodes.run(max_latency_ms=0.001)
    (reason,) = found.reasons
    assert reason.startswith("99 % of the requests with one image take up to ")
    assert reason.endswith(" ms, more than the 0.001 ms of --max-latency-ms")
    assert pushed.get_int_custom_property("pushed") == 0
    assert nodes.run(max_latency_ms=10_000.0)[1].blessed


def test_predictions_that_are_gone_refuse_the_model(nodes, tmp_path):
    nodes._evaluation = str(tmp_path)
    _, found, _ = nodes.run()
    (reason,) = found.reasons
    assert reason.startswith("the predictions that the Evaluator kept can't be read")


def test_what_lies_in_an_object_store_is_read_there(nodes):
    store = f"ram://{uuid.uuid4().hex}"
    local = f"{nodes._evaluation}/predictions.json"
    tf.io.gfile.makedirs(store)
    tf.io.gfile.copy(local, f"{store}/predictions.json")
    nodes._evaluation = store
    assert nodes.run()[1].blessed


def test_a_model_in_an_object_store_is_copied_for_the_process(exported):
    store = f"ram://{uuid.uuid4().hex}/model"
    for path in Path(exported.folder).rglob("*"):
        if path.is_file():
            target = f"{store}/{path.relative_to(exported.folder)}"
            tf.io.gfile.makedirs(target.rpartition("/")[0])
            tf.io.gfile.copy(str(path), target)
    with component._local_folder(store) as folder:
        copied = Path(folder, "saved_model.pb").read_bytes()
        assert Path(folder, "variables", "variables.index").is_file()
    assert copied == Path(exported.folder, "saved_model.pb").read_bytes()
    assert not Path(folder).exists()


def test_docker_takes_tfxs_own_component_with_the_image_that_serves(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    validator = component.create_docker_validator(
        Channel(type=standard_artifacts.Model),
        Channel(type=standard_artifacts.Examples),
    )
    assert isinstance(validator, InfraValidator)
    spec = infra_validator_pb2.ServingSpec()
    proto_utils.json_to_proto(validator.exec_properties["serving_spec"], spec)
    (server,) = parse_serving_binaries(spec)
    assert server.image == SERVER_IMAGE
    assert spec.local_docker.client_base_url == "tcp://engine:2375"
