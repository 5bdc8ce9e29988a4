"""Removal, on a store that real runs wrote."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.__main__ import main
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import load_run
from pipeline.running.output_lock import lock_output
from pipeline.settings import Settings
from tests.support.launching import launch_all


def gc(output, *arguments):
    return CliRunner().invoke(main, ["gc", "--output", str(output), *arguments])


@pytest.mark.slow
def test_what_nothing_needs_is_removed_and_may_be_made_again(tmp_path):
    settings = Settings(
        output=tmp_path / "output",
        dataset="tiny_fashion:1.0.0",
        epochs=1,
        batch_size=16,
        min_accuracy=0.0,
        max_regression=1.0,
    )
    launch_all(settings, "first")
    more = settings.model_copy(update={"epochs": 2})
    launch_all(more.model_copy(update={"min_accuracy": 1.0}), "refused")
    launch_all(settings.model_copy(update={"epochs": 3}), "served")
    # The first run's version is retired; but its model was the last one's baseline.
    shutil.rmtree(min(Path(settings.serving_dir).iterdir()))
    store = open_existing_store(settings.metadata_address)
    first, refused = (
        load_run(store, run_id).output("Trainer", "model")
        for run_id in ("first", "refused")
    )

    listed = json.loads(gc(settings.root, "--keep", "1", "--format", "json").output)
    assert {each["run"] for each in listed} == {"first", "refused"}
    ids = {each["artifact"] for each in listed}
    assert refused.id in ids
    assert first.id not in ids
    assert all(Path(each["uri"]).is_dir() and each["bytes"] >= 0 for each in listed)

    with lock_output(Path(settings.root), "a run"):
        result = gc(settings.root, "--keep", "1", "--delete")
        assert result.exit_code == 1
        assert "in use by a run" in result.output
    assert Path(refused.uri).is_dir()

    result = gc(settings.root, "--keep", "1", "--delete")
    assert result.exit_code == 0, result.output
    assert f"Removed {len(listed)} artifacts" in result.output
    assert not any(Path(each["uri"]).exists() for each in listed)
    records = store.get_artifacts_by_id([each["artifact"] for each in listed])
    assert {record.state for record in records} == {pb.Artifact.DELETED}
    assert Path(first.uri).is_dir()
    for node in load_run(store, "served").nodes:
        assert all(Path(each.uri).is_dir() for each in node.made)
    assert "Nothing to remove" in gc(settings.root, "--keep", "1", "--delete").output

    # The cache doesn't offer what is gone, and the baseline is still there.
    launch_all(more, "again")
    again = load_run(store, "again")
    assert again.node("Trainer").state is State.RAN
    assert again.node("Transform").state is State.CACHED
    assert Path(again.output("Trainer", "model").uri).is_dir()


def test_only_folders_below_the_output_are_ever_listed(store_address, tmp_path):
    arguments = ["--metadata", store_address, "--keep", "1", "--format", "json"]
    assert json.loads(gc(tmp_path, *arguments).output) == []
    # The store's artifacts lie in /output/artifacts.
    listed = json.loads(gc("/output", *arguments).output)
    assert {each["type"] for each in listed} >= {"Model", "ModelEvaluation"}
    assert all(each["uri"].startswith("/output/artifacts/") for each in listed)


def test_an_object_store_is_left_alone(store_address):
    result = gc("s3://bucket/output", "--metadata", store_address)
    assert result.exit_code != 0
    assert "must be a folder on this machine" in result.output
