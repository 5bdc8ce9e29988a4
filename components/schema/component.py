"""Provides the curated schema to the pipeline."""

import os
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base import base_node
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.code_digest import code_digest
from components.errors import InputError

SCHEMA_FILE = Path(__file__).with_name("schema.pbtxt")


def load_schema(path: Path = SCHEMA_FILE) -> schema_pb2.Schema:
    """Reads a schema in protobuf text format.

    Args:
        path: File to read.

    Returns:
        The schema.

    Raises:
        InputError: If the file can't be read or isn't a schema.
    """
    try:
        return text_format.Parse(path.read_text(), schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(
            f"The schema must be a readable tensorflow_metadata Schema in text "
            f"format: {path} gave {error}; correct the file or restore it from git."
        ) from error


@component
def CuratedSchema(
    code_digest: Parameter[str], schema: OutputArtifact[standard_artifacts.Schema]
) -> None:
    """Writes the schema in `schema.pbtxt`, beside this module, to an artifact.

    Args:
        code_digest: Digest of this package, the schema file included.
        schema: The artifact to fill.
    """
    fileio.makedirs(schema.uri)
    io_utils.write_pbtxt_file(os.path.join(schema.uri, SCHEMA_FILE.name), load_schema())


def create_schema_component() -> base_node.BaseNode:
    """Creates the node that provides the curated schema."""
    return CuratedSchema(code_digest=code_digest(__package__))
