"""What tests share: small synthetic data sets behind TFDS's own builder interface."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow_datasets as tfds
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from components import features
from components.schema.component import load_schema
from components.trainer.export import export_model
from components.trainer.model import build_model
from components.transform.preprocessing import preprocessing_fn
from pipeline.settings import Settings


class TinyFashion(tfds.core.GeneratorBasedBuilder):
    """Ten classes told apart by where a bright square lies."""

    VERSION = tfds.core.Version("1.0.0")
    SIZE = 28
    CHANNELS = 1
    NAMES = features.CLASS_NAMES
    COUNTS = {"train": 200, "test": 50}

    def _info(self):
        return self.describe(tfds.features.Image(shape=self.shape), self.NAMES)

    @property
    def shape(self):
        return (self.SIZE, self.SIZE, self.CHANNELS)

    def describe(self, image, class_names):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": image,
                    "label": tfds.features.ClassLabel(names=list(class_names)),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {
            split: self._generate_examples(count, seed)
            for seed, (split, count) in enumerate(self.COUNTS.items())
        }

    def _generate_examples(self, count, seed):
        random = np.random.default_rng(seed)
        for index in range(count):
            label = index % len(self.NAMES)
            yield index, {"image": self.draw(label, random), "label": label}

    def draw(self, label, random):
        pixels = random.integers(0, 60, self.shape, dtype=np.uint8)
        row, column = divmod(label, 4)
        pixels[row * 9 : row * 9 + 7, column * 7 : column * 7 + 6] += 180
        return pixels


class InvertedFashion(TinyFashion):
    def draw(self, label, random):
        return 255 - super().draw(label, random)


class BlankFashion(TinyFashion):
    def draw(self, label, random):
        return np.zeros((self.SIZE, self.SIZE, 1), np.uint8)


class LargeFashion(TinyFashion):
    SIZE = 32


class ElevenClassFashion(TinyFashion):
    NAMES = (*features.CLASS_NAMES, "Scarf")


class ShuffledFashion(TinyFashion):
    """Labels that say nothing of the images."""

    def draw(self, label, random):
        return super().draw(int(random.integers(10)), random)


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


class UnlabelledFashion(TinyFashion):
    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=(28, 28, 1))}
            ),
        )


class EmptyTestFashion(TinyFashion):
    COUNTS = {"train": 200, "test": 0}


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
