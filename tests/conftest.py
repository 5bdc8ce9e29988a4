"""What tests share."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from components.schema.component import load_schema
from components.trainer.export import export_model
from components.trainer.model import build_model
from components.transform.preprocessing import preprocessing_fn
from pipeline.settings import Settings
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)

pytest_plugins = ["tests.support.left_out", "tests.support.leftovers"]


@pytest.fixture
def settings(tmp_path):
    """Settings for a run on the synthetic set."""
    return Settings(
        output=tmp_path / "output",
        dataset="tiny_fashion:1.0.0",
        epochs=8,
        batch_size=16,
        min_accuracy=0.5,
    )


@dataclass(frozen=True)
class ExportedModel:
    """A Keras model and the folder of the SavedModel that was exported of it."""

    keras_model: keras.Model
    folder: str


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """An untrained model, exported as the Trainer does."""
    keras_model = build_model(0.001)
    folder = str(tmp_path_factory.mktemp("model"))
    export_model(keras_model, _transform_output(tmp_path_factory), folder)
    return ExportedModel(keras_model, folder)


def _transform_output(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("transform"))
    spec = schema_utils.schema_as_feature_spec(load_schema()).feature_spec
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    with tft_beam.Context(
        temp_dir=str(tmp_path_factory.mktemp("beam")), force_tf_compat_v1=False
    ):
        graph = ([], metadata) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = graph | tft_beam.WriteTransformFn(folder)
    metadata_io.write_metadata(metadata, f"{folder}/metadata")
    return tft.TFTransformOutput(folder)


@pytest.fixture(scope="session")
def random_pixels():
    """1,000 images of noise, uint8 of shape (1000, 28, 28)."""
    return np.random.default_rng(1).integers(0, 256, (1000, 28, 28), dtype=np.uint8)
