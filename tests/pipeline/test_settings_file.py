import pytest

from pipeline.settings_file import read_settings_file, read_yaml
from tests.support.ascii_locale import read_in_ascii_locale


def test_a_file_is_read_as_init_writes_it_in_every_locale(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("images: Schätze\n", encoding="utf-8")
    assert read_in_ascii_locale(read_yaml, path) == ascii({"images": "Schätze"})


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("schema.pbtxt", "{folder}/schema.pbtxt"),
        ("~/schema.pbtxt", "/home/me/schema.pbtxt"),
        ("~nobody-here/schema.pbtxt", "{folder}/~nobody-here/schema.pbtxt"),
        ("/data/schema.pbtxt", "/data/schema.pbtxt"),
    ],
)
def test_a_schema_is_looked_for_beside_the_file(tmp_path, monkeypatch, given, read):
    monkeypatch.setenv("HOME", "/home/me")
    path = tmp_path / "settings.yaml"
    path.write_text(f"curated_schema: {given}\n")
    values = read_settings_file(path)
    assert values == {"curated_schema": read.format(folder=tmp_path)}
