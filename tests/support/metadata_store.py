"""Writes a store of many runs through ML Metadata's own API.

What TFX records of a run of this pipeline: contexts, executions, artifacts, events.
Nothing is trained, and no files but the store's are written:

    python -m tests.support.metadata_store STORE --runs 500
"""

import argparse
import uuid
from collections.abc import Mapping

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb
from rich.progress import track

from pipeline.metadata.connection import open_store
from pipeline.settings import Settings

PIPELINE = Settings().name
FIRST_VERSION = 1_800_000_000

Value = int | float | str

# Each node's inputs by key, and the types of its outputs by key.
NODES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "ImageExampleGen": ({}, {"examples": "Examples"}),
    "CuratedSchema": ({}, {"schema": "Schema"}),
    "StatisticsGen": (
        {"examples": "Examples", "schema": "Schema"},
        {"statistics": "ExampleStatistics"},
    ),
    "ExampleValidator": (
        {"statistics": "ExampleStatistics", "schema": "Schema"},
        {"anomalies": "ExampleAnomalies"},
    ),
    "AnomalyGate": ({"anomalies": "ExampleAnomalies"}, {"blessing": "DataBlessing"}),
    "Transform": (
        {"examples": "Examples", "schema": "Schema"},
        {"transform_graph": "TransformGraph"},
    ),
    "Trainer": (
        {"examples": "Examples", "transform_graph": "TransformGraph"},
        {"model": "Model", "model_run": "ModelRun"},
    ),
    "LatestBlessedModel": ({}, {}),
    "Evaluator": (
        {"examples": "Examples", "model": "Model", "schema": "Schema"},
        {"blessing": "ModelBlessing", "evaluation": "ModelEvaluation"},
    ),
    "InfraValidator": (
        {"examples": "Examples", "model": "Model", "evaluation": "ModelEvaluation"},
        {"blessing": "InfraBlessing"},
    ),
    "Pusher": (
        {
            "model": "Model",
            "model_blessing": "ModelBlessing",
            "infra_blessing": "InfraBlessing",
        },
        {"pushed_model": "PushedModel"},
    ),
}
CACHED_AFTER_FIRST_RUN = {
    node
    for node in NODES
    if node not in ("Trainer", "Evaluator", "InfraValidator", "Pusher")
}


class Writer:
    """Writes runs, each like one of this pipeline's."""

    def __init__(self, store: ml_metadata.MetadataStore):
        """Registers the types.

        Args:
            store: An empty store.
        """
        self._store = store
        self._context_types = {
            name: store.put_context_type(pb.ContextType(name=name))
            for name in ("pipeline", "pipeline_run", "node")
        }
        self._execution_types = {
            node: store.put_execution_type(
                pb.ExecutionType(name=f"benchmarks.{node.lower()}.{node}")
            )
            for node in NODES
        }
        self._artifact_types = {
            name: store.put_artifact_type(pb.ArtifactType(name=name))
            for _, outputs in NODES.values()
            for name in outputs.values()
        }
        # The newest artifact of each type is what the nodes after it read.
        self._newest: dict[str, pb.Artifact] = {}

    def write_run(self, number: int) -> None:
        """Writes a run whose data are cached from the first one on.

        Args:
            number: Place of the run, from 0.
        """
        run = self._context("pipeline_run", f"run-{number:04}")
        for node, (inputs, outputs) in NODES.items():
            cached = number > 0 and node in CACHED_AFTER_FIRST_RUN
            execution = pb.Execution(
                type_id=self._execution_types[node],
                name=str(uuid.uuid4()),
                last_known_state=pb.Execution.CACHED
                if cached
                else pb.Execution.COMPLETE,
            )
            if node == "Trainer":
                execution.custom_properties["epochs"].int_value = 1 + number % 20
            pairs = [
                (self._newest[kind], _event(pb.Event.INPUT, key))
                for key, kind in inputs.items()
            ]
            for key, kind in outputs.items():
                if not cached:
                    self._newest[kind] = pb.Artifact(
                        type_id=self._artifact_types[kind],
                        uri=f"/output/artifacts/{node}/{key}/{number}",
                        state=pb.Artifact.LIVE,
                    )
                    for name, value in _properties(kind, number).items():
                        _set(self._newest[kind].custom_properties[name], value)
                pairs.append((self._newest[kind], _event(pb.Event.OUTPUT, key)))
            _, artifact_ids, _ = self._store.put_execution(
                execution,
                pairs,
                [
                    self._context("pipeline", PIPELINE),
                    run,
                    self._context("node", f"{PIPELINE}.{node}"),
                ],
                reuse_context_if_already_exist=True,
            )
            for (artifact, _), artifact_id in zip(pairs, artifact_ids, strict=True):
                artifact.id = artifact_id

    def _context(self, kind: str, name: str) -> pb.Context:
        return pb.Context(type_id=self._context_types[kind], name=name)


def write_store(address: str, runs: int) -> None:
    """Fills an empty store.

    Args:
        address: As `open_store` takes it.
        runs: How many runs to write.
    """
    writer = Writer(open_store(address))
    for number in track(range(runs), "Writing runs"):
        writer.write_run(number)


def write_examples(
    store: ml_metadata.MetadataStore,
    pipeline: str,
    run_id: str,
    uri: str,
    node_id: str = "ImageExampleGen",
) -> None:
    """Writes a node of a run that made examples, and nothing else of the run.

    Args:
        store: The store.
        pipeline: Name of the pipeline.
        run_id: Identifier of the run.
        uri: Folder of the examples.
        node_id: Name of the node that made them.
    """
    _write_output(store, pipeline, run_id, uri, (node_id, "examples", "Examples"))


def write_model(
    store: ml_metadata.MetadataStore, pipeline: str, run_id: str, uri: str
) -> None:
    """Writes a run's Trainer; the arguments are those of `write_examples`."""
    _write_output(store, pipeline, run_id, uri, ("Trainer", "model", "Model"))


def write_schema(
    store: ml_metadata.MetadataStore, pipeline: str, run_id: str, uri: str
) -> None:
    """Writes a run's CuratedSchema; the arguments are those of `write_examples`."""
    node = "CuratedSchema", "schema", "Schema"
    _write_output(store, pipeline, run_id, uri, node)


def _write_output(
    store: ml_metadata.MetadataStore,
    pipeline: str,
    run_id: str,
    uri: str,
    node: tuple[str, str, str],
) -> None:
    """Writes a node, of which the name, the output's key and its type are given."""
    node_id, output, artifact_type = node
    execution = pb.Execution(
        type_id=store.put_execution_type(pb.ExecutionType(name=node_id)),
        last_known_state=pb.Execution.COMPLETE,
    )
    artifact = pb.Artifact(
        type_id=store.put_artifact_type(pb.ArtifactType(name=artifact_type)),
        uri=uri,
        state=pb.Artifact.LIVE,
    )
    contexts = [
        pb.Context(type_id=store.put_context_type(pb.ContextType(name=kind)), name=name)
        for kind, name in (
            ("pipeline", pipeline),
            ("pipeline_run", run_id),
            ("node", f"{pipeline}.{node_id}"),
        )
    ]
    store.put_execution(
        execution,
        [(artifact, _event(pb.Event.OUTPUT, output))],
        contexts,
        reuse_context_if_already_exist=True,
    )


def _event(kind: pb.Event.Type.ValueType, key: str) -> pb.Event:
    path = pb.Event.Path(
        steps=[pb.Event.Path.Step(key=key), pb.Event.Path.Step(index=0)]
    )
    return pb.Event(type=kind, path=path)


def _properties(kind: str, number: int) -> Mapping[str, Value]:
    blessed = number % 5 != 4
    if kind == "Examples":
        return {"dataset_name": "fashion_mnist", "dataset_version": "3.0.1"}
    if kind == "ModelEvaluation":
        return {"accuracy": 0.87 + number % 50 / 1000}
    if kind == "ModelBlessing":
        return {"blessed": int(blessed)}
    if kind == "InfraBlessing":
        return {"blessed": 1}
    if kind == "PushedModel" and blessed:
        version = FIRST_VERSION + number
        return {
            "pushed": 1,
            "pushed_version": str(version),
            "pushed_destination": f"/output/serving/{PIPELINE}/{version}",
        }
    return {"pushed": 0} if kind == "PushedModel" else {}


def _set(target: pb.Value, value: Value) -> None:
    kind = {int: "int_value", float: "double_value", str: "string_value"}[type(value)]
    setattr(target, kind, value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", help="A new SQLite file, or another address.")
    parser.add_argument("--runs", type=int, default=500)
    arguments = parser.parse_args()
    write_store(arguments.store, arguments.runs)
