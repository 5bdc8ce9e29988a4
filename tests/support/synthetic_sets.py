"""Small synthetic data sets behind TFDS's own builder interface.

Importing this module registers them.
"""

import numpy as np
import tensorflow_datasets as tfds

from tests.support.fashion import CLASS_NAMES


class TinyFashion(tfds.core.GeneratorBasedBuilder):
    """Ten classes told apart by where a bright square lies."""

    VERSION = tfds.core.Version("1.0.0")
    SIZE = 28
    CHANNELS = 1
    NAMES = CLASS_NAMES
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
    NAMES = (*CLASS_NAMES, "Scarf")


class ShuffledFashion(TinyFashion):
    """Labels that say nothing of the images."""

    def draw(self, label, random):
        return super().draw(int(random.integers(10)), random)


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
