"""Artifacts that were damaged after the stage that made them had completed."""

import json
from pathlib import Path

import pytest

from pipeline.commands.error_sentences import Failure, errors_as_sentences
from pipeline.running.launcher import PipelineLauncher
from tests.support.damage import cut, flip, scribble
from tests.support.launching import launch_all

pytestmark = pytest.mark.slow


EXAMPLES = "ImageExampleGen/examples/*/Split-{}/*.gz"
SCHEMA = "CuratedSchema/schema/*/schema.pbtxt"
MODEL = "Trainer/model/*/Format-Serving/"
VARIABLES = f"{MODEL}variables/variables.data-*"

# The file, what happened to it, and the stage that reads it next.
CASES = [
    (EXAMPLES.format("train"), cut, "StatisticsGen", "truncated record"),
    (EXAMPLES.format("train"), Path.unlink, "StatisticsGen", "No file matches"),
    (EXAMPLES.format("train"), cut, "Trainer", "truncated record"),
    (EXAMPLES.format("train"), flip, "Trainer", "incorrect data check"),
    (EXAMPLES.format("train"), Path.unlink, "Trainer", "a split of 0 files"),
    (EXAMPLES.format("test"), cut, "Evaluator", "truncated record"),
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
    two_runs, pattern, damage, node_id, sentence
):
    settings = two_runs.settings
    (path,) = Path(settings.pipeline_root).glob(pattern)
    serving = Path(settings.serving_dir)
    (version,) = serving.iterdir()
    lineage = version / "assets.extra" / "lineage.json"
    # As if another model were served, so that this one is to be pushed again.
    record = json.loads(lineage.read_text())
    lineage.write_text(json.dumps(record | {"model_uri": "another"}))
    served = served_files(serving)
    launch_all(settings, "third", before=node_id)
    damage(path)
    uncached = settings.model_copy(update={"cache": False})
    with pytest.raises(Failure) as raised, errors_as_sentences(debug=False):
        PipelineLauncher(uncached, "third").launch(node_id)
    message = raised.value.message
    assert message.startswith(f"{node_id} failed: ")
    assert sentence in message
    assert "--no-cache" in message
    assert "\n" not in message
    assert served_files(serving) == served
