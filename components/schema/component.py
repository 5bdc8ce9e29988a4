"""Provides the schema that the examples must follow: a curated or an inferred one."""

import os

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base import base_node
from tfx.dsl.io import fileio
from tfx.types import channel, standard_artifacts
from tfx.utils import io_utils

from components.code_digest import code_digest
from components.data_description import DataDescription
from components.schema.infer import infer_schema
from components.schema.text import SCHEMA_FILE


@component
def CuratedSchema(
    text: Parameter[str],
    code_digest: Parameter[str],
    schema: OutputArtifact[standard_artifacts.Schema],
) -> None:
    """Writes a schema that people curated to an artifact.

    Args:
        text: The schema in protobuf text format.
        code_digest: Digest of this package.
        schema: The artifact to fill.
    """
    fileio.makedirs(schema.uri)
    io_utils.write_string_file(os.path.join(schema.uri, SCHEMA_FILE), text)


@component
def InferredSchema(
    code_digest: Parameter[str],
    examples: InputArtifact[standard_artifacts.Examples],
    schema: OutputArtifact[standard_artifacts.Schema],
) -> None:
    """Writes a schema that says of images only what their description says.

    Args:
        code_digest: Digest of this package.
        examples: Examples with their description.
        schema: The artifact to fill.
    """
    fileio.makedirs(schema.uri)
    io_utils.write_pbtxt_file(
        os.path.join(schema.uri, SCHEMA_FILE),
        infer_schema(DataDescription.read(examples.uri).class_names),
    )


def create_schema_component(
    text: str | None, examples: channel.BaseChannel
) -> base_node.BaseNode:
    """Creates the node that provides the schema.

    Args:
        text: A curated schema in protobuf text format; None to infer one.
        examples: The examples, from which it is inferred.

    Returns:
        The node, with the output `schema`.
    """
    digest = code_digest(__package__)
    if text is None:
        return InferredSchema(code_digest=digest, examples=examples)
    return CuratedSchema(code_digest=digest, text=text)
