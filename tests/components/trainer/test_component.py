import json
from types import SimpleNamespace

import pytest
from tfx.components.trainer.executor import GenericExecutor
from tfx.proto import trainer_pb2
from tfx.types import standard_artifacts
from tfx.utils import path_utils, proto_utils

from components.parameters import TrainingParameters
from components.served_model.model_lineage import ModelLineage
from components.trainer import component
from components.trainer.component import Executor
from tests.support.fashion import CLASS_NAMES, DESCRIPTION

# Other classes than the usual ones, in another order.
SHAPES = DESCRIPTION.model_copy(
    update={"name": "shapes", "version": "", "class_names": CLASS_NAMES[:3][::-1]}
)


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Runs the executor, and returns what TFX's own one gets, and the lineage."""
    passed = {}
    monkeypatch.setattr(
        GenericExecutor,
        "Do",
        lambda self, inputs, outputs, properties: passed.update(properties),
    )
    monkeypatch.setattr(component, "run_of", lambda executor: ("shapes", "run 1"))

    def run(description, splits, **values):
        examples, model = standard_artifacts.Examples(), standard_artifacts.Model()
        examples.uri, model.uri = str(tmp_path / "examples"), str(tmp_path / "model")
        examples.split_names = json.dumps(splits)
        description.write(examples.uri)
        parameters = TrainingParameters(**values)
        Executor().Do(
            {"examples": [examples]},
            {"model": [model]},
            TrainingParameters.values_in(parameters) | {"code_digest": "0"},
        )
        lineage = ModelLineage.read(path_utils.serving_model_dir(model.uri))
        return SimpleNamespace(lineage=lineage, **passed)

    return run


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (["train", "test"], "test"),
        (["train", "validation", "test"], "validation"),
    ],
)
def test_epochs_are_evaluated_on_the_validation_split_if_there_is_one(
    train, splits, expected
):
    evaluation = trainer_pb2.EvalArgs()
    proto_utils.json_to_proto(train(SHAPES, splits).eval_args, evaluation)
    assert list(evaluation.splits) == [expected]


def test_the_training_code_gets_the_settings_and_the_description(train):
    passed = train(SHAPES, ["train", "test"], epochs=3, network="own:build")
    config = json.loads(passed.custom_config)
    assert TrainingParameters(**config["parameters"]) == TrainingParameters(
        epochs=3, network="own:build"
    )
    assert SHAPES.model_validate(config["data_description"]) == SHAPES


def test_the_model_says_of_which_classes_it_is_in_their_own_order(train):
    lineage = train(SHAPES, ["train", "test"]).lineage
    assert lineage.data.class_names == ("Pullover", "Trouser", "T-shirt/top")
    assert lineage.dataset == "shapes"
    versioned = SHAPES.model_copy(update={"version": "1.2.0"})
    assert train(versioned, ["train", "test"]).lineage.dataset == "shapes:1.2.0"


def test_a_network_of_ones_own_is_part_of_the_codes_digest(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "digested_network.py"
    digests = []
    for text in ("VERSION = 1", "VERSION = 2"):
        module.write_text(text)
        digests.append(component._digest("digested_network:build"))
    given = component._digest("components.trainer.model:build_model")
    assert len({*digests, given}) == 3
    assert all(digest.startswith(f"{given}-") for digest in digests)
