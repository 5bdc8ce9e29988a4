import subprocess
import sys

import pytest
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.connection import open_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import (
    latest_output,
    latest_pipeline,
    load_node,
    load_run,
)
from tests.support.metadata_store import write_examples


def test_a_run_that_the_store_does_not_know_has_no_nodes(tmp_path):
    run = load_run(open_store(str(tmp_path / "metadata.sqlite")), "unknown")
    assert list(run.nodes) == []
    assert run.output("Trainer", "model") is None


def test_reading_runs_does_not_import_tensorflow():
    program = (
        "import sys, pipeline.metadata.run_reader;"
        "sys.exit(bool({'tensorflow', 'tfx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_node_is_found_without_reading_the_rest_of_its_run(tmp_path):
    store = open_store(str(tmp_path / "metadata.sqlite"))
    run_context = _context(store, "pipeline_run", "run")
    executions = [
        _execution(store, [run_context, _context(store, "node", f"fashion.{node_id}")])
        for node_id in ("Trainer", "Evaluator", "Pusher")
    ]
    node = load_node(store, "run", "Evaluator")
    assert (node.node_id, node.execution_id) == ("Evaluator", executions[1])
    assert node.state is State.RAN
    assert node == load_run(store, "run").node("Evaluator")
    assert load_node(store, "run", "Transform") is None
    assert load_node(store, "unknown", "Trainer") is None


@pytest.fixture
def two_pipelines(tmp_path):
    """A store with two runs of one pipeline, and then one of another."""
    store = open_store(str(tmp_path / "metadata.sqlite"))
    for pipeline, run_id in (("shapes", "1"), ("shapes", "2"), ("digits", "3")):
        write_examples(store, pipeline, run_id, f"/examples/{run_id}")
    return store


def test_the_newest_run_s_pipeline_is_found(two_pipelines, tmp_path):
    assert latest_pipeline(two_pipelines) == "digits"
    # A run that was killed before its first node has no pipeline.
    _context(two_pipelines, "pipeline_run", "4")
    assert latest_pipeline(two_pipelines) == "digits"
    assert latest_pipeline(open_store(str(tmp_path / "empty.sqlite"))) is None


def test_an_output_is_looked_for_in_the_runs_of_one_pipeline(two_pipelines):
    def uri(pipeline=None):
        return latest_output(two_pipelines, "ImageExampleGen", "examples", pipeline).uri

    assert uri() == "/examples/3"
    assert uri("digits") == "/examples/3"
    assert uri("shapes") == "/examples/2"
    with pytest.raises(InputError, match="no run of letters there has it"):
        uri("letters")


def test_examples_of_version_0_1_are_found(tmp_path):
    store = open_store(str(tmp_path / "metadata.sqlite"))
    write_examples(store, "fashion_mnist", "1", "/examples/1", "TfdsExampleGen")
    examples = latest_output(store, "ImageExampleGen", "examples", "fashion_mnist")
    assert examples.uri == "/examples/1"


def _context(store, type_name, name):
    type_id = store.put_context_type(pb.ContextType(name=type_name))
    (context_id,) = store.put_contexts([pb.Context(type_id=type_id, name=name)])
    return context_id


def _execution(store, context_ids):
    execution = pb.Execution(
        type_id=store.put_execution_type(pb.ExecutionType(name="stage")),
        last_known_state=pb.Execution.COMPLETE,
    )
    (execution_id,) = store.put_executions([execution])
    store.put_attributions_and_associations(
        [],
        [
            pb.Association(execution_id=execution_id, context_id=context_id)
            for context_id in context_ids
        ],
    )
    return execution_id
