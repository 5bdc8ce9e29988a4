"""Reads schema files."""

from pathlib import Path

from components.errors import InputError

SCHEMA_FILE = "schema.pbtxt"
"""Name of the file in the artifact of a schema."""


def read_schema(path: Path) -> str:
    """Reads a schema in protobuf text format.

    Args:
        path: File to read.

    Returns:
        The text.

    Raises:
        InputError: If the file can't be read or isn't a schema.
    """
    # Imported late, because most commands need no schema.
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        text = path.read_text(encoding="utf-8")
        text_format.Parse(text, schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(
            f"The schema must be a readable tensorflow_metadata Schema in text "
            f"format: {path} gave {error}; correct the file, or restore it from git."
        ) from error
    return text
