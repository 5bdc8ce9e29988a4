import os

import pytest
from PIL import Image

from components.errors import InputError
from pipeline.commands.starting_files import write_starting_files
from pipeline.settings import Settings
from pipeline.settings_file import read_yaml


@pytest.fixture
def settings(tmp_path):
    """Settings with a folder of images of two classes."""
    for number, name in enumerate(("blue", "red")):
        folder = tmp_path / "discs" / name
        folder.mkdir(parents=True)
        for count in range(20):
            color = (number, count, 200)
            Image.new("RGB", (32, 32), color).save(folder / f"{count}.png")
    return Settings(images=str(tmp_path / "discs"))


def test_the_files_are_those_of_a_run(settings, tmp_path):
    paths = write_starting_files(settings, tmp_path)
    assert [path.name for path in paths] == ["discs.yaml", "discs.schema.pbtxt"]
    written = Settings(**read_yaml(paths[0]))
    assert written.images == settings.images
    assert not {"data_dir", "data_mirror", "dataset"} & {*read_yaml(paths[0])}
    assert written.image_size == "32x32"


def test_half_a_file_does_not_stay(settings, tmp_path, monkeypatch):
    def fail(*args, **options):
        raise OSError("No space left on device")

    monkeypatch.setattr(
        "pipeline.commands.starting_files.text_format.MessageToString", fail
    )
    with pytest.raises(OSError, match="No space"):
        write_starting_files(settings, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["discs"]


def test_a_folder_that_is_read_only_is_named(settings, tmp_path, monkeypatch):
    # Root, who may run the tests, can write into folders of any mode.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match=f"must be writable; {tmp_path} isn't"):
        write_starting_files(settings, tmp_path)
