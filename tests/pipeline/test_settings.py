from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.settings import Settings


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
