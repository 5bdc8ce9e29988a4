import subprocess
import sys

from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.connection import open_store
from pipeline.metadata.records import State
from pipeline.metadata.run_reader import load_node, load_run


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
