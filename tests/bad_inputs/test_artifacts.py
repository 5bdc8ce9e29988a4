"""Artifacts that were damaged after the stage that made them had completed."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.commands.error_sentences import Failure, errors_as_sentences
from pipeline.running.launcher import PipelineLauncher
from pipeline.settings import Settings
from tests.support.damage import cut, flip, scribble
from tests.support.fashion import SCHEMA as FASHION_SCHEMA
from tests.support.launching import launch_all

pytestmark = pytest.mark.slow


EXAMPLES = "ImageExampleGen/examples/*/Split-{}/*.gz"
SCHEMA = "CuratedSchema/schema/*/schema.pbtxt"
MODEL = "Trainer/model/*/Format-Serving/"
VARIABLES = f"{MODEL}variables/variables.data-*"

# The file, what happened to it, and the stage that reads it next.
CASES = [
    (EXAMPLES.format("train"), cut, "StatisticsGen", "Not a valid TFRecord"),
    (EXAMPLES.format("train"), Path.unlink, "StatisticsGen", "No files found"),
    (EXAMPLES.format("train"), cut, "Trainer", "truncated record"),
    (EXAMPLES.format("train"), flip, "Trainer", "incorrect data check"),
    (EXAMPLES.format("train"), Path.unlink, "Trainer", "a split of 0 files"),
    (EXAMPLES.format("test"), cut, "Evaluator", "Not a valid TFRecord"),
    (EXAMPLES.format("test"), scribble, "Evaluator", "incorrect header check"),
    (SCHEMA, scribble, "StatisticsGen", "no field named"),
    (SCHEMA, scribble, "Transform", "no field named"),
    (
        "StatisticsGen/statistics/*/Split-train/FeatureStats.pb",
        cut, "ExampleValidator", "Error parsing message",
    ),
    (
        "ExampleValidator/anomalies/*/Split-train/SchemaDiff.pb",
        scribble, "AnomalyGate", "Error parsing message",
    ),
    (
        "Transform/transform_graph/*/transform_fn/saved_model.pb",
        cut, "Trainer", "Cannot parse file",
    ),
    (f"{MODEL}saved_model.pb", cut, "Evaluator", "Cannot parse file"),
    (VARIABLES, cut, "Evaluator", "Read less bytes than requested"),
    (VARIABLES, flip, "Evaluator", "Checksum does not match"),
    (f"{MODEL}saved_model.pb", Path.unlink, "Pusher", "must be a SavedModel"),
    (f"{MODEL}saved_model.pb", cut, "Pusher", "must be a SavedModel"),
    (VARIABLES, cut, "Pusher", "must be a SavedModel"),
    (VARIABLES, flip, "Pusher", "must be a SavedModel"),
]  # fmt: skip


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """Settings of a run that is complete, and whose model is served."""
    settings = Settings(
        output=tmp_path_factory.mktemp("complete") / "output",
        dataset="tiny_fashion:1.0.0",
        curated_schema=str(FASHION_SCHEMA),
        resize="none",
        epochs=4,
        batch_size=16,
        min_accuracy=0.3,
        max_regression=1.0,
    )
    launch_all(settings, "first")
    return settings


def served_files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("pattern", "damage", "node_id", "sentence"),
    CASES,
    ids=[
        f"{node_id} {damage.__name__} {p.split('/')[0]}"
        for p, damage, node_id, _ in CASES
    ],
)
def test_a_damaged_artifact_is_told_and_not_served(
    complete, tmp_path, request, pattern, damage, node_id, sentence
):
    (path,) = Path(complete.pipeline_root).glob(pattern)
    kept = shutil.copy(path, tmp_path / "kept")
    serving = Path(complete.serving_dir)
    (version,) = serving.iterdir()
    lineage = version / "assets.extra" / "lineage.json"
    # As if another model were served, so that this one is to be pushed again.
    text = lineage.read_text()
    lineage.write_text(json.dumps(json.loads(text) | {"model_uri": "another"}))
    served = served_files(serving)
    run_id = request.node.name
    try:
        launch_all(complete, run_id, before=node_id)
        damage(path)
        uncached = complete.model_copy(update={"cache": False})
        with pytest.raises(Failure) as raised, errors_as_sentences(debug=False):
            PipelineLauncher(uncached, run_id).launch(node_id)
    finally:
        shutil.copy(kept, path)
        after = served_files(serving)
        lineage.write_text(text)
    message = raised.value.message
    assert message.startswith(f"{node_id} failed: ")
    assert sentence in message
    assert "--no-cache" in message
    assert "\n" not in message
    assert after == served
