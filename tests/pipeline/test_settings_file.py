from pipeline.settings_file import read_yaml
from tests.support.ascii_locale import read_in_ascii_locale


def test_a_file_is_read_as_init_writes_it_in_every_locale(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("images: Schätze\n", encoding="utf-8")
    assert read_in_ascii_locale(read_yaml, path) == ascii({"images": "Schätze"})
