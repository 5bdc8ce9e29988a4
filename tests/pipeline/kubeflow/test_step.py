"""A step's entry point: how it ends, and that it can be run again."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.kubeflow.log_lines import find_verdict
from pipeline.kubeflow.shared_pods import pods_of
from pipeline.kubeflow.step import METADATA_VARIABLE, step
from pipeline.metadata.connection import open_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import load_run
from pipeline.running.launcher import upstream_nodes
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)
from tests.support.reading import evaluation_of


def address_of(settings):
    return f"{settings.root}.sqlite"


@pytest.fixture(autouse=True)
def _mask_of_argo():
    """Everybody may write every file, as in a container that Argo starts."""
    former = os.umask(0)
    yield
    os.umask(former)


def launch(
    settings,
    node_ids,
    address=None,
    run_id="1",
    parameters=(),
    executor_input=None,
    **changes,
):
    """Runs a step as its container does, but in this process.

    The names of its nodes are separated by spaces.
    """
    changed = settings.model_copy(update=changes)
    arguments = ["--run-id", run_id]
    for node_id in node_ids.split():
        arguments += ["--node", node_id]
    if executor_input:
        arguments += ["--executor-input", executor_input]
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
        assert f"{node_id}: ran" in result.output.splitlines()
    assert find_verdict(result.output)[0]
    assert load_run(store, "1") == before
    assert contents() == files


def executor_input(folder, node_ids):
    """Says where to write, as Kubeflow's launcher does."""
    from pipeline.kubeflow.output_artifacts import OUTPUT_ARTIFACTS

    def artifact(name, kind):
        return {
            "artifacts": [
                {
                    "name": name,
                    "uri": str(folder / name),
                    "type": {"schemaTitle": kind},
                    "metadata": {},
                }
            ]
        }

    artifacts = {
        name: artifact(name, kind.schema_title)
        for node_id in node_ids
        for name, kind in OUTPUT_ARTIFACTS.get(node_id, {}).items()
    }
    if not artifacts:
        return None
    # A real launcher adds the log of the step.
    artifacts["executor-logs"] = artifact("executor-logs", "system.Artifact")
    return json.dumps(
        {
            "inputs": {"parameterValues": {"run_id": "1"}},
            "outputs": {
                "artifacts": artifacts,
                "outputFile": str(folder / "new" / "output_metadata.json"),
            },
        }
    )


def shown(folder):
    """Reads what a launcher would record, by the name of the artifact."""
    path = folder / "new" / "output_metadata.json"
    return {
        name: each["artifacts"][0]["metadata"]
        for name, each in json.loads(path.read_text())["artifacts"].items()
    }


def modes(folder):
    return {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.slow
@pytest.mark.parametrize("refused", [False, True])
def test_what_a_run_made_is_shown_and_others_can_not_change_it(
    settings, tmp_path, refused
):
    kept = tmp_path / "kubeflow"
    floor = 0.99 if refused else 0.1
    # The last pod has all that Kubeflow's pages show.
    for pod in pods_of(upstream_nodes(settings), ["Trainer"]):
        result = launch(
            settings,
            " ".join(pod),
            parameters=[("min_accuracy", str(floor)), ("epochs", "1")],
            executor_input=executor_input(kept, pod),
        )
        assert result.exit_code == 0, result.output
    pushed, _ = find_verdict(result.output)
    assert pushed is not refused
    run = load_run(open_store(address_of(settings)), "1")
    results = evaluation_of(run)

    assert [node.node_id for node in run.nodes] == list(upstream_nodes(settings))
    assert {node.state for node in run.nodes} == {State.RAN}

    metrics = shown(kept)["metrics"]
    assert metrics["accuracy"] == results.accuracy
    assert metrics["loss"] == results.loss
    assert metrics["verdict"].partition(":")[0] == ("refused" if refused else "blessed")
    matrix = shown(kept)["confusion_matrix"]["confusionMatrix"]
    assert [each["row"] for each in matrix["rows"]] == results.confusion_matrix
    assert [each["displayName"] for each in matrix["annotationSpecs"]] == list(
        results.class_names
    )
    model = shown(kept)["pushed_model"]
    assert model["pushed"] is not refused
    versions = [str(path) for path in Path(settings.serving_dir).glob("[0-9]*")]
    assert versions == ([] if refused else [model["address"]])
    page = (kept / "report").read_text()
    assert page.startswith("<!doctype html>")
    assert f"{results.accuracy:.4f}" in page

    assert modes(Path(settings.root)) == {(True, 0o755), (False, 0o644)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "mode"), [([], 0o755), (["--group-writable"], 0o775)]
)
def test_a_process_of_mask_zero_writes_with_the_deployment_s_rights(
    settings, tmp_path, flags, mode
):
    # Nothing resolves its inputs, but the output folder is made before.
    failed = subprocess.run(
        [
            sys.executable, "-m", "pipeline.kubeflow.step", "--node", "nope",
            "--run-id", "1", *flags,
            "--settings", settings.model_dump_json(exclude_none=True),
        ],
        env={**os.environ, METADATA_VARIABLE: str(tmp_path / "metadata.sqlite")},
        umask=0,
        capture_output=True,
    )  # fmt: skip
    assert failed.returncode == 1
    assert stat.S_IMODE(Path(settings.root).stat().st_mode) == mode


def test_what_can_be_shown_is_shown_beside_what_can_not(
    store_address, tmp_path, caplog
):
    from pipeline.kubeflow.output_artifacts import write_output_artifacts

    nodes = ("Evaluator", "InfraValidator", "Pusher")
    # The store names the folder of an evaluation that isn't there.
    write_output_artifacts(
        executor_input(tmp_path, nodes), nodes, "run-0006", store_address
    )
    assert "What came of Evaluator could not be shown." in caplog.text
    assert set(shown(tmp_path)) == {"report", "pushed_model"}


@pytest.mark.slow
def test_a_step_does_not_fail_by_what_can_not_be_shown(settings, caplog):
    result = launch(settings, "CuratedSchema", executor_input="{}")
    assert result.exit_code == 0
    assert "What came of the step could not be shown." in caplog.text


def test_a_missing_secret_is_named_in_the_last_line(settings, monkeypatch):
    monkeypatch.delenv(METADATA_VARIABLE, raising=False)
    arguments = ["--node", "Trainer", "--run-id", "1", "--settings"]
    result = CliRunner().invoke(
        step, [*arguments, settings.model_dump_json(exclude_none=True)]
    )
    assert result.exit_code == 1
    assert f"{METADATA_VARIABLE} must hold the address" in last_line(result)
    assert "create the Secret" in last_line(result)


@pytest.mark.slow
def test_a_retry_takes_up_at_the_failed_node_and_takes_back_its_error(
    settings, monkeypatch
):
    from components.example_gen import tfds_source

    pod = "CuratedSchema ImageExampleGen StatisticsGen"

    def unreachable(*arguments):
        raise OSError("the host is away")

    with monkeypatch.context() as patch:
        patch.setattr(tfds_source, "prepare_dataset", unreachable)
        result = launch(settings, pod)
    assert result.exit_code == 1
    assert last_line(result) == "Error: ImageExampleGen failed: the host is away"
    store = open_store(address_of(settings))
    schema, failed = load_run(store, "1").nodes
    assert (failed.state, failed.error) == (State.FAILED, "the host is away")

    result = launch(settings, pod)
    assert result.exit_code == 0, result.output
    again, node, statistics = load_run(store, "1").nodes
    assert again == schema
    assert statistics.state is State.RAN
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
