"""Schema files that can't be read or don't parse."""

import pytest

from components.errors import InputError
from components.schema.text import read_schema
from tests.support.fashion import SCHEMA

CASES = {
    "no schema": b"no schema at all",
    "cut": SCHEMA.read_bytes()[:300],
    "a field of no such name": b'feature { name: "image" color: 1 }',
    "a value of the wrong type": b"feature { name: 1 }",
    "an enumerator of no such name": b'feature { name: "image" type: PICTURE }',
    "an unclosed string": b'feature { name: "image }',
    "text of another encoding": b'feature { name: "\xff\xfe" }',
    "JSON": b'{"feature": [{"name": "image"}]}',
    "a binary protobuf": b"\x0a\x07\x0a\x05image",
}


@pytest.mark.parametrize("content", CASES.values(), ids=CASES)
def test_a_schema_that_does_not_parse_is_named(tmp_path, content):
    path = tmp_path / "schema.pbtxt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"schema\.pbtxt gave .*restore it from git"):
        read_schema(path)


def test_a_schema_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"No such file.*restore it from git"):
        read_schema(tmp_path / "schema.pbtxt")
