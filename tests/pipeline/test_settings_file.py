from tests.support.ascii_locale import printed_in_ascii


def test_a_file_is_read_as_init_writes_it_in_every_locale(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("images: Schätze\n", encoding="utf-8")
    code = (
        "import pathlib, sys; from pipeline.settings_file import read_yaml; "
        "print(ascii(read_yaml(pathlib.Path(sys.argv[1]))))"
    )
    assert printed_in_ascii(code, str(path)) == ascii({"images": "Schätze"})
