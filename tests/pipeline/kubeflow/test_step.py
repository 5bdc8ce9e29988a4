"""A step's entry point: how it ends, and that it can be run again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.kubeflow.step import METADATA_VARIABLE, step
from pipeline.metadata.connection import open_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import load_run
from pipeline.running.launcher import upstream_nodes
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)


def address_of(settings):
    return f"{settings.root}.sqlite"


def launch(settings, node_id, address=None, run_id="1", parameters=(), **changes):
    """Runs a step as its container does, but in this process."""
    changed = settings.model_copy(update=changes)
    arguments = ["--node", node_id, "--run-id", run_id]
    arguments += ["--settings", changed.model_dump_json(exclude_none=True)]
    for name, value in parameters:
        arguments += ["--parameter", name, value]
    return CliRunner().invoke(
        step, arguments, env={METADATA_VARIABLE: address or address_of(settings)}
    )


def last_line(result):
    return result.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("", "is empty"),
        ("postgresql://me:secret@127.0.0.1:9/db", "Connection refused"),
        ("grpc://127.0.0.1:9", "Connection refused"),
        ("postgresql://me:secret@nowhere.invalid/db", "Name or service not known"),
        ("redis://me:secret@db/metadata", "must be a SQLite file"),
        ("/proc/metadata.sqlite", "unable to open database file"),
    ],
)
def test_a_wrong_address_is_named_in_the_last_line(settings, address, cause):
    arguments = ["--node", "Trainer", "--run-id", "1", "--settings"]
    result = CliRunner().invoke(
        step,
        [*arguments, settings.model_dump_json(exclude_none=True)],
        env={METADATA_VARIABLE: address},
    )
    assert result.exit_code == 1
    assert last_line(result).startswith("Error: ")
    assert cause in last_line(result)
    assert "secret" not in result.output
    assert not Path(settings.root).exists()


def test_an_output_that_can_not_be_written_is_named_in_the_last_line(
    settings, tmp_path
):
    (tmp_path / "file").touch()
    result = launch(
        settings,
        "Trainer",
        address=str(tmp_path / "metadata.sqlite"),
        output=str(tmp_path / "file" / "output"),
    )
    assert result.exit_code == 1
    assert "file/output: Not a directory" in last_line(result)


@pytest.mark.parametrize(
    ("parameter", "fault"),
    [
        (("epochs", "0"), "epochs: input should be greater than or equal to 1"),
        (("epochs", "many"), "epochs: input should be a valid integer"),
        (("epoch", "1"), "epoch is unknown; choose a similar one: epochs"),
    ],
)
def test_a_wrong_parameter_is_named_in_the_last_line(settings, parameter, fault):
    result = launch(settings, "Trainer", parameters=[parameter])
    assert result.exit_code == 1
    assert fault in last_line(result)


def test_an_image_without_the_code_is_named_in_the_last_line(tmp_path):
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-m", "pipeline.kubeflow.step"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert bare.returncode != 0
    assert "No module named 'pipeline'" in bare.stderr.splitlines()[-1]


def test_the_entry_point_is_up_without_tensorflow():
    program = (
        "import sys; import pipeline.kubeflow.step;"
        "sys.exit(bool({'tensorflow', 'tfx', 'kfp'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


@pytest.mark.slow
def test_all_steps_make_a_run_and_a_retry_of_each_changes_nothing(settings, tmp_path):
    def contents():
        return {
            path: path.read_bytes()
            for path in (tmp_path / "output" / "artifacts").rglob("*")
            if path.is_file()
        } | dict.fromkeys((tmp_path / "output" / "serving").rglob("*"))

    node_ids = list(upstream_nodes(settings))
    for node_id in node_ids:
        # As text, since that is how Kubeflow hands them on.
        result = launch(settings, node_id, parameters=[("epochs", "7.0")])
        assert result.exit_code == 0, result.output
    store = open_store(address_of(settings))
    before, files = load_run(store, "1"), contents()
    history = Path(before.output("Trainer", "model_run").uri, "history.json")
    assert len(json.loads(history.read_text())["val_accuracy"]) == 7
    for node_id in node_ids:
        result = launch(settings, node_id, parameters=[("epochs", "7.0")])
        assert result.exit_code == 0, result.output
        assert last_line(result) == f"{node_id}: ran"
    assert load_run(store, "1") == before
    assert contents() == files


@pytest.mark.slow
def test_a_retry_of_a_failed_node_works_and_takes_back_its_error(settings, monkeypatch):
    from components.example_gen import tfds_source

    def unreachable(*arguments):
        raise OSError("the host is away")

    with monkeypatch.context() as patch:
        patch.setattr(tfds_source, "prepare_dataset", unreachable)
        result = launch(settings, "ImageExampleGen")
    assert result.exit_code == 1
    assert last_line(result) == "Error: ImageExampleGen failed: the host is away"
    store = open_store(address_of(settings))
    (failed,) = load_run(store, "1").nodes
    assert (failed.state, failed.error) == (State.FAILED, "the host is away")

    result = launch(settings, "ImageExampleGen")
    assert result.exit_code == 0, result.output
    (node,) = load_run(store, "1").nodes
    assert (node.state, node.error) == (State.RAN, "")
    assert node.execution_id == failed.execution_id
    assert node.outputs["examples"]


@pytest.mark.slow
def test_a_node_whose_inputs_are_missing_fails(settings):
    result = launch(settings, "Trainer")
    assert result.exit_code == 1
    assert "inputs could not be resolved" in last_line(result)
    result = launch(settings, "Trainr")
    assert result.exit_code == 1
    assert "received 'Trainr'" in last_line(result)
