import os
import time

import pytest
from ml_metadata.proto import metadata_store_pb2 as pb

from components.pusher.unfinished import new_unfinished_name
from pipeline.metadata.connection import open_store
from pipeline.metadata.conversion import ERROR_PROPERTY
from pipeline.metadata.run_reader import load_run
from pipeline.running.recovery import recover
from pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(output=tmp_path / "output")


@pytest.fixture
def store(settings):
    settings.scratch_dir.parent.mkdir()
    return open_store(settings.metadata_address)


def put_record(store, state, run_id="run", node_id="Node", outputs=()):
    """Records an execution of a node in a run, and no files; returns its number."""
    execution_type = store.put_execution_type(pb.ExecutionType(name=node_id))
    artifact_type = store.put_artifact_type(pb.ArtifactType(name="Model"))
    event = pb.Event(type=pb.Event.OUTPUT)
    event.path.steps.add().key = "model"
    number, *_ = store.put_execution(
        pb.Execution(type_id=execution_type, last_known_state=state),
        [(pb.Artifact(type_id=artifact_type, uri=str(uri)), event) for uri in outputs],
        [
            pb.Context(
                type_id=store.put_context_type(pb.ContextType(name=kind)), name=name
            )
            for kind, name in (
                ("pipeline_run", run_id),
                ("node", f"fashion_mnist.{node_id}"),
            )
        ],
        reuse_context_if_already_exist=True,
    )
    return number


def put_execution(store, settings, state):
    """Records an execution of a node, with the files that TFX makes for it."""
    number = put_record(store, state)
    node = settings.scratch_dir.parent / "artifacts" / "Node"
    for folder in (
        node / "model" / str(number),
        node / ".system" / "executor_execution" / str(number) / ".temp",
        node / ".system" / "stateful_working_dir" / str(number),
    ):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    return number, node / "model" / str(number)


def files_in(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("file")}


def test_an_interrupted_execution_has_failed_and_its_files_are_gone(settings, store):
    number, output = put_execution(store, settings, pb.Execution.RUNNING)
    recover(settings)
    (execution,) = store.get_executions_by_id([number])
    assert execution.last_known_state == pb.Execution.FAILED
    assert "killed" in execution.custom_properties[ERROR_PROPERTY].string_value
    assert not output.exists()
    assert files_in(output.parents[2]) == set()


def test_an_execution_that_the_user_interrupted_was_cancelled(settings, store):
    number, output = put_execution(store, settings, pb.Execution.RUNNING)
    recover(settings, cancelled=True)
    (execution,) = store.get_executions_by_id([number])
    assert execution.last_known_state == pb.Execution.CANCELED
    message = execution.custom_properties[ERROR_PROPERTY].string_value
    assert message == "The run was interrupted before the stage had ended."
    assert not output.exists()


@pytest.mark.parametrize("state", [pb.Execution.COMPLETE, pb.Execution.CACHED])
def test_what_is_complete_stays_but_for_its_temporary_files(settings, store, state):
    number, output = put_execution(store, settings, state)
    recover(settings)
    (execution,) = store.get_executions_by_id([number])
    assert execution.last_known_state == state
    assert files_in(output.parents[2]) == {f"Node/model/{number}/file"}


def test_on_a_server_executions_of_other_outputs_go_on(settings, store, tmp_path):
    elsewhere = Settings(output=tmp_path / "elsewhere")
    elsewhere.scratch_dir.parent.mkdir()
    number, output = put_execution(store, elsewhere, pb.Execution.RUNNING)
    put_execution(store, settings, pb.Execution.COMPLETE)
    recover(on_a_server(settings))
    assert state_of(store, number) == pb.Execution.RUNNING
    assert (output / "file").exists()


def test_on_a_server_a_resolver_of_a_run_that_made_something_here_has_failed(
    settings, store
):
    made = settings.scratch_dir.parent / "artifacts" / "Trainer" / "model" / "1"
    made.mkdir(parents=True)
    put_record(store, pb.Execution.COMPLETE, node_id="Trainer", outputs=[made])
    # TFX gives a Resolver no folder.
    number = put_record(store, pb.Execution.RUNNING, node_id="Resolver")
    recover(on_a_server(settings))
    assert state_of(store, number) == pb.Execution.FAILED


def test_on_a_server_a_resolver_of_a_run_with_its_log_here_has_failed(settings, store):
    (settings.scratch_dir.parent / "artifacts").mkdir()
    settings.logs_dir.mkdir()
    (settings.logs_dir / "2026-01-01T10-00-00.log").touch()
    number = put_record(
        store, pb.Execution.RUNNING, "2026-01-01T10:00:00", node_id="Resolver"
    )
    recover(on_a_server(settings))
    assert state_of(store, number) == pb.Execution.FAILED


def test_on_a_server_a_resolver_of_another_output_goes_on_though_it_read_from_here(
    settings, store, tmp_path
):
    here = settings.scratch_dir.parent / "artifacts" / "Trainer" / "model" / "1"
    here.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere" / "artifacts" / "Trainer" / "model" / "2"
    put_record(store, pb.Execution.CACHED, node_id="Transform", outputs=[here])
    put_record(store, pb.Execution.COMPLETE, node_id="Trainer", outputs=[elsewhere])
    number = put_record(store, pb.Execution.RUNNING, node_id="Resolver")
    recover(on_a_server(settings))
    assert state_of(store, number) == pb.Execution.RUNNING


def on_a_server(settings):
    return settings.model_copy(update={"metadata": settings.metadata_address})


def state_of(store, number):
    (execution,) = store.get_executions_by_id([number])
    return execution.last_known_state


@pytest.mark.parametrize("sign", ["a file of its output", "the run's log"])
def test_a_killed_run_ended_at_its_last_sign_of_life(settings, store, sign):
    _, output = put_execution(store, settings, pb.Execution.RUNNING)
    started = load_run(store, "run").started.timestamp()
    settings.logs_dir.mkdir()
    log = settings.logs_dir / "run.log"
    log.touch()
    for path in (*output.parents[1].rglob("*"), log):
        os.utime(path, (started, started))
    last = log if sign == "the run's log" else output / "file"
    os.utime(last, (started + 0.3, started + 0.3))
    # The next run comes later.
    time.sleep(max(0.0, started + 1 - time.time()))
    recover(settings)
    run = load_run(store, "run")
    assert run.seconds == pytest.approx(0.3, abs=0.01)
    assert set(run.nodes[0].parameters) == set()


def test_a_killed_run_does_not_end_before_it_started(settings, store):
    _, output = put_execution(store, settings, pb.Execution.RUNNING)
    for path in output.parents[1].rglob("*"):
        os.utime(path, (0, 0))
    recover(settings)
    assert load_run(store, "run").seconds == 0


def test_unfinished_versions_go_and_all_else_stays(settings, store):
    serving = settings.scratch_dir.parent / "serving" / "fashion_mnist"
    names = {"1795433368", ".snapshot", ".git"}
    for name in (*names, new_unfinished_name()):
        (serving / name).mkdir(parents=True)
    # On Python 3.10, a pattern that ends in a slash finds files too.
    (serving / ".nfs0001").touch()
    (serving / ".unfinished-file").touch()
    recover(settings)
    names |= {".nfs0001", ".unfinished-file"}
    assert {path.name for path in serving.iterdir()} == names


def test_scratch_of_a_killed_run_goes_and_the_user_s_own_stays(settings, store):
    own = settings.scratch_dir.with_name("tmp")
    for folder in (settings.scratch_dir, own):
        folder.mkdir()
        (folder / "file").touch()
    recover(settings)
    assert not settings.scratch_dir.exists()
    assert (own / "file").exists()


def test_there_is_nothing_to_do_for_a_new_output(settings, tmp_path):
    recover(settings)
    assert list(tmp_path.iterdir()) == []
