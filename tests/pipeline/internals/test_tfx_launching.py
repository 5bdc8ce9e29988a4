import sys

import pytest
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration import metadata
from tfx.orchestration.portable import cache_utils
from tfx.orchestration.portable.mlmd import context_lib, execution_lib
from tfx.types.standard_artifacts import Model, ModelRun

from pipeline.internals.tfx_launching import use_cache_rules
from pipeline.metadata.connection import connection_config
from tests.support.launching import launch_all


@pytest.fixture
def connection(tmp_path):
    with metadata.Metadata(connection_config(str(tmp_path / "m.sqlite"))) as opened:
        yield opened


def cached_outputs(connection, context):
    with use_cache_rules():
        # As TFX's launcher calls it.
        return cache_utils.get_cached_outputs(
            metadata_handle=connection, cache_context=context
        )


@pytest.fixture
def cached(connection, tmp_path):
    """The context of an execution whose outputs can be taken."""
    outputs = {"model": [Model()], "model_run": [ModelRun()]}
    for name, (artifact,) in outputs.items():
        artifact.uri = str(tmp_path / name)
        (tmp_path / name).mkdir()
        artifact.mlmd_artifact.state = metadata_store_pb2.Artifact.LIVE
    context = context_lib.register_context_if_not_exists(
        connection, context_lib.CONTEXT_TYPE_EXECUTION_CACHE, "digest"
    )
    execution = execution_lib.prepare_execution(
        connection,
        metadata_store_pb2.ExecutionType(name="Trainer"),
        state=metadata_store_pb2.Execution.COMPLETE,
    )
    execution_lib.put_execution(
        connection, execution, [context], output_artifacts=outputs
    )
    return context


def test_cached_outputs_keep_their_names(connection, cached, tmp_path, monkeypatch):
    # A store answers in any order: SQLite in that of the identifiers, PostgreSQL in
    # that of the last changes.
    store = connection.store
    by_id, with_types = (
        store.get_artifacts_by_id,
        store.get_artifacts_and_types_by_artifact_ids,
    )

    def reversed_with_types(ids):
        artifacts, types = with_types(ids)
        return artifacts[::-1], types

    monkeypatch.setattr(store, "get_artifacts_by_id", lambda ids: by_id(ids)[::-1])
    monkeypatch.setattr(
        store, "get_artifacts_and_types_by_artifact_ids", reversed_with_types
    )
    outputs = cached_outputs(connection, cached)
    assert {name: artifact.uri for name, (artifact,) in outputs.items()} == {
        name: str(tmp_path / name) for name in ("model", "model_run")
    }
    assert [type(artifact) for artifact in outputs["model"]] == [Model]


def test_outputs_that_were_removed_are_not_taken(connection, cached):
    (model,) = connection.store.get_artifacts_by_type(Model.TYPE_NAME)
    model.state = metadata_store_pb2.Artifact.DELETED
    connection.store.put_artifacts([model])
    assert cached_outputs(connection, cached) is None


def test_the_command_line_is_not_taken_for_flags(settings, monkeypatch):
    command = ["pytest", "-v", "--durations=80"]
    monkeypatch.setattr(sys, "argv", command)
    launch_all(settings, "run", before="StatisticsGen")
    assert sys.argv == command
