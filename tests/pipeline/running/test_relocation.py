"""Output folders that were moved or copied, with the store inside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.metadata.connection import open_store
from pipeline.metadata.output_place import output_place
from pipeline.metadata.records import State
from pipeline.metadata.run_facts import RunFacts, write_facts
from pipeline.metadata.run_reader import load_run, load_runs
from pipeline.running.relocation import correct_paths
from pipeline.settings import Settings


@pytest.fixture
def moved(store_address, tmp_path):
    """Settings of a folder whose store says that its runs were in /output."""
    (tmp_path / "new place").mkdir()
    settings = Settings(output=str(tmp_path / "new place"))
    shutil.move(store_address, settings.metadata_address)
    store = open_store(settings.metadata_address)
    for run in load_runs(store):
        write_facts(store, run.run_id, RunFacts(output="/output"))
    return settings, store


def folders(runs):
    return {
        os.path.dirname(artifact.uri)
        for run in runs
        for node in run.nodes
        for artifact in node.made
    }


def test_what_is_read_is_in_the_new_place(moved):
    settings, store = moved
    here = folders(load_runs(store, output_place(settings)))
    assert here
    assert all(folder.startswith(settings.pipeline_root) for folder in here)
    # Without knowledge of the place, it is as it was recorded.
    assert all(folder.startswith("/output/") for folder in folders(load_runs(store)))


def test_records_are_corrected_once_and_for_all(moved):
    settings, store = moved
    correct_paths(store, output_place(settings))
    recorded = load_runs(store)
    assert all(
        folder.startswith(settings.pipeline_root) for folder in folders(recorded)
    )
    assert {run.facts.output for run in recorded} == {settings.root}
    before = [(run.run_id, folders([run])) for run in recorded]
    correct_paths(store, output_place(settings))
    assert [(run.run_id, folders([run])) for run in load_runs(store)] == before


def test_files_outside_the_output_folder_stay_where_they_are(moved):
    settings, store = moved
    (artifact,) = store.get_artifacts_by_id([1])
    artifact.uri = "/output-of-others/artifacts/1"
    store.put_artifacts([artifact])
    correct_paths(store, output_place(settings))
    assert store.get_artifacts_by_id([1])[0].uri == "/output-of-others/artifacts/1"


HOLD = """
import pathlib, sys
from pipeline.metadata.output_place import run_purpose
from pipeline.running.output_lock import lock_output
with lock_output(pathlib.Path(sys.argv[1]), run_purpose("run-0006")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_only_the_run_that_holds_the_lock_is_running(moved):
    from ml_metadata.proto import metadata_store_pb2 as pb

    settings, store = moved
    for number in (5, 6):
        (context,) = (
            each
            for each in store.get_contexts_by_type("pipeline_run")
            if each.name == f"run-000{number}"
        )
        execution = store.get_executions_by_context(context.id)[-1]
        execution.last_known_state = pb.Execution.RUNNING
        store.put_executions([execution])

    def states(run_id):
        run = load_run(store, run_id, output_place(settings))
        return {node.state for node in run.nodes}

    assert State.KILLED in states("run-0006")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, settings.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        assert State.RUNNING in states("run-0006")
        assert State.KILLED in states("run-0005")
        # A killed process leaves the name of its run behind, but not its lock.
        process.kill()
    assert Path(settings.root, "in-use.txt").exists()
    assert State.RUNNING not in states("run-0006")
