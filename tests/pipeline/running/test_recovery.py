import pytest
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import ERROR_PROPERTY
from pipeline.running.recovery import recover
from pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(output=tmp_path / "output")


@pytest.fixture
def store(settings):
    settings.scratch_dir.parent.mkdir()
    return open_store(settings.metadata_address)


def put_execution(store, settings, state):
    """Records an execution of a node, with the files that TFX makes for it."""
    type_id = store.put_execution_type(pb.ExecutionType(name="Node"))
    (number,) = store.put_executions(
        [pb.Execution(type_id=type_id, last_known_state=state)]
    )
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
    recover(settings.model_copy(update={"metadata": settings.metadata_address}))
    (execution,) = store.get_executions_by_id([number])
    assert execution.last_known_state == pb.Execution.RUNNING
    assert (output / "file").exists()


def test_unfinished_versions_go_and_published_ones_stay(settings, store):
    serving = settings.scratch_dir.parent / "serving" / "fashion_mnist"
    for name in ("1795433368", ".unfinished-0a1b"):
        (serving / name).mkdir(parents=True)
    recover(settings)
    assert [folder.name for folder in serving.iterdir()] == ["1795433368"]


def test_scratch_of_a_killed_run_goes(settings, store):
    settings.scratch_dir.mkdir()
    (settings.scratch_dir / "file").touch()
    recover(settings)
    assert not settings.scratch_dir.exists()


def test_there_is_nothing_to_do_for_a_new_output(settings, tmp_path):
    recover(settings)
    assert list(tmp_path.iterdir()) == []
