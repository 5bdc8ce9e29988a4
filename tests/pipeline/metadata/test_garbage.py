from pathlib import Path

import pytest

from pipeline.metadata.garbage import find_garbage
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact, NodeRun, Run, State


def run(run_id, *artifacts, state=State.RAN, ended=True, pipeline=""):
    nodes = [NodeRun("Trainer", 1, state, 1.0, "", {"out": artifacts})]
    if ended:
        nodes.append(NodeRun("Pusher", 2, State.RAN, 1.0, "", {}))
    return Run(run_id, nodes, pipeline=pipeline)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "artifacts"


def found(runs, root):
    garbage = find_garbage(runs, LineageGraph(runs), 1, root, root.parent / "serving")
    return [each.artifact.id for each in garbage]


def artifact(number, uri):
    uri = Path(uri)
    uri.mkdir(parents=True, exist_ok=True)
    return Artifact(number, str(uri), {}, "Model")


def test_old_runs_are_garbage_and_those_that_have_not_ended_are_not(root):
    runs = [
        run("newest", artifact(4, root / "4")),
        run("running", artifact(3, root / "3"), ended=False),
        run("failed", artifact(2, root / "2")),
        run("old", artifact(1, root / "1")),
    ]
    assert found(runs, root) == [1, 2]


def test_what_lies_elsewhere_is_never_garbage(root, tmp_path, monkeypatch):
    outside = artifact(1, tmp_path / "elsewhere")
    root.mkdir()
    (root / "link").symlink_to(outside.uri)
    monkeypatch.chdir(root)
    runs = [
        run("newest", artifact(9, root / "9")),
        run(
            "old",
            outside,
            Artifact(2, str(root / "link"), {}, "Model"),
            Artifact(3, str(root / ".." / "elsewhere"), {}, "Model"),
            Artifact(4, str(root), {}, "Model"),
            Artifact(5, "s3://bucket/artifacts/5", {}, "Model"),
        ),
    ]
    assert found(runs, root) == []


def test_a_folder_in_or_around_a_needed_one_is_needed_too(root):
    runs = [
        run("newest", artifact(9, root / "a" / "9")),
        run("old", artifact(1, root / "a"), artifact(2, root / "a" / "9" / "below")),
    ]
    assert found(runs, root) == []


def test_the_newest_runs_are_those_of_the_output_folder(root, tmp_path):
    elsewhere = tmp_path / "other" / "artifacts"
    theirs = run("theirs", artifact(4, elsewhere / "4"))
    baseline = {"model": [Artifact(1, str(root / "1"), {}, "Model")]}
    reader = NodeRun("Resolver", 3, State.CACHED, 1.0, "", baseline)
    runs = [
        Run("theirs", [*theirs.nodes, reader]),
        run("ours", artifact(3, root / "3")),
        run("ours, old", artifact(2, root / "2")),
        run("ours, oldest", artifact(1, root / "1")),
    ]
    # Theirs isn't the newest one here, though it read from here.
    assert found(runs, root) == [1, 2]


def test_the_latest_blessed_model_of_each_pipeline_is_kept(root):
    def blessed(number, pipeline):
        blessing = artifact(number + 10, root / "Evaluator" / "blessing" / str(number))
        properties = {"blessed": 1, "current_model_id": number}
        return run(
            f"{pipeline} {number}",
            artifact(number, root / "Trainer" / "model" / str(number)),
            Artifact(blessing.id, blessing.uri, properties, "ModelBlessing"),
            pipeline=pipeline,
        )

    runs = [blessed(4, "discs"), blessed(3, "discs"), blessed(2, "bags")]
    runs.append(blessed(1, "bags"))
    assert found(runs, root) == [1, 3, 11, 13]
