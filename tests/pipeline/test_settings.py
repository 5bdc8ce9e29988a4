import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from components.errors import InputError
from pipeline.settings import Settings
from tests.support.fashion import SCHEMA


@pytest.mark.parametrize(
    "values",
    [
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_size": -1},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"seed": -1},
        {"min_accuracy": 1.01},
        {"max_regression": -0.1},
        {"max_examples": 0},
        {"epoch": 3},
        {"image_size": "0x28"},
        {"image_size": "28"},
        {"color": "blue"},
        {"resize": "tile"},
        {"network": "my_network.py"},
        {"pipeline_name": "two words"},
    ],
)
def test_a_setting_that_is_unknown_or_out_of_range_is_refused(values):
    with pytest.raises(ValidationError, match=next(iter(values))):
        Settings(**values)


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().epochs = 3


def test_the_output_may_lie_in_an_object_store():
    settings = Settings(output="gs://bucket/run/")
    assert settings.pipeline_root == "gs://bucket/run/artifacts"
    assert settings.serving_dir == "gs://bucket/run/serving/fashion_mnist"


def test_all_that_a_run_writes_lies_under_the_output_folder(tmp_path):
    settings = Settings(output=tmp_path)
    for path in (
        settings.pipeline_root,
        settings.metadata_address,
        settings.serving_dir,
        settings.prepared_data_dir,
        settings.logs_dir,
        settings.pictures_dir,
    ):
        assert Path(path).is_relative_to(tmp_path)


def test_a_home_folder_is_found_for_ml_metadata_too():
    for address in ("~/runs.sqlite", "mysql://host/runs"):
        settings = Settings(metadata=address)
        assert settings.metadata_address == address.replace("~", str(Path.home()))


def test_a_command_has_a_log_where_runs_have_theirs(tmp_path, monkeypatch):
    settings = Settings(output=tmp_path)
    assert settings.command_log("score") == Path(os.devnull)
    settings.logs_dir.mkdir()
    assert settings.command_log("score") == settings.logs_dir / "score.log"
    # The tests may run as root, who can write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert settings.command_log("score") == Path(os.devnull)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "fashion_mnist"),
        ({"dataset": "cifar10:3.0.2"}, "cifar10"),
        ({"images": "/data/My shapes"}, "my_shapes"),
        ({"images": "/data/My shapes", "pipeline_name": "discs"}, "discs"),
    ],
)
def test_pipeline_and_model_are_named_after_the_data(values, name):
    settings = Settings(output="/out", **values)
    assert settings.name == name
    assert settings.serving_dir == f"/out/serving/{name}"


def test_what_is_known_of_fashion_mnist_completes_its_settings():
    completed = Settings().completed
    assert completed.schema_text == SCHEMA.read_text()
    assert completed.min_accuracy == 0.88
    assert completed.resize == "none"
    assert completed.completed == completed


def test_what_is_given_stays(tmp_path):
    schema = tmp_path / "schema.pbtxt"
    schema.write_text("feature {\n  name: 'image'\n}\n")
    given = Settings(curated_schema=str(schema), min_accuracy=0.0, resize="crop")
    assert given.completed.schema_text == schema.read_text()
    assert given.completed.min_accuracy == 0.0
    assert given.completed.resize == "crop"


@pytest.mark.parametrize(
    "values", [{"dataset": "mnist:3.0.1"}, {"images": "some images"}], ids=str
)
def test_of_other_images_schema_and_floor_are_left_to_the_run(values):
    completed = Settings(**values).completed
    assert completed.curated_schema is completed.min_accuracy is None
    assert completed.resize == "letterbox"


def test_paths_are_full_so_that_runs_from_another_folder_are_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    completed = Settings(output="out", images="photos", data_mirror="files").completed
    assert completed.images == str(tmp_path / "photos")
    assert completed.data_dir == str(tmp_path / "out" / "data")
    assert completed.data_mirror == str(tmp_path / "files")
    assert Settings(images="gs://bucket/photos/").completed.images == (
        "gs://bucket/photos"
    )


def test_a_curated_schema_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"No such file.*missing\.pbtxt"):
        _ = Settings(curated_schema="missing.pbtxt").completed
