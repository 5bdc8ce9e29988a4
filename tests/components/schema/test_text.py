import pytest

from components.errors import InputError
from components.schema.text import read_schema
from tests.support.ascii_locale import read_in_ascii_locale
from tests.support.fashion import SCHEMA


def test_the_text_is_returned_with_its_comments():
    assert read_schema(SCHEMA) == SCHEMA.read_text()
    assert "# no class without examples" in read_schema(SCHEMA)


def test_a_schema_is_read_as_init_writes_it_in_every_locale(tmp_path):
    path = tmp_path / "schema.pbtxt"
    path.write_text("feature { name: 'Größe' }", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert read_in_ascii_locale(read_schema, path) == ascii(text)


@pytest.mark.parametrize("content", [b"feature { nonsense }", b"\xff\xfe\x00"])
def test_a_file_that_is_no_schema_is_named(tmp_path, content):
    path = tmp_path / "schema.pbtxt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"schema\.pbtxt gave .*restore it from git"):
        read_schema(path)
