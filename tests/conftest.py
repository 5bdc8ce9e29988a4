"""What tests share: small synthetic data sets behind TFDS's own builder interface."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow_datasets as tfds

from components import features
from pipeline.settings import Settings


class TinyFashion(tfds.core.GeneratorBasedBuilder):
    """Ten classes told apart by where a bright square lies."""

    VERSION = tfds.core.Version("1.0.0")
    SIZE = 28
    NAMES = features.CLASS_NAMES
    COUNTS = {"train": 200, "test": 50}

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(self.SIZE, self.SIZE, 1)),
                    "label": tfds.features.ClassLabel(names=list(self.NAMES)),
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
        pixels = random.integers(0, 60, (self.SIZE, self.SIZE, 1), dtype=np.uint8)
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
