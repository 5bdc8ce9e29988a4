"""Data sets that are none for this pipeline, or that hold something wrong.

Sets that disagree with the schema as a whole (inverted, blank, large, with a class too
many), and labels that say nothing of the images, are in
`tests/end_to_end/test_pipeline.py`.
"""

from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from pipeline.running.launcher import NodeFailedError, PipelineLauncher
from tests.support.damage import cut, empty, flip
from tests.support.fashion import CLASS_NAMES
from tests.support.launching import launch_all
from tests.support.synthetic_sets import TinyFashion

pytestmark = pytest.mark.slow


class ColourFashion(TinyFashion):
    CHANNELS = 3


class MixedSizesFashion(TinyFashion):
    """One image of the train split is narrower than all others."""

    def _info(self):
        return self.describe(tfds.features.Image(shape=(None, None, 1)), self.NAMES)

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            yield (
                index,
                example
                | (
                    {"image": example["image"][:, :27]}
                    if (seed, index) == (0, 7)
                    else {}
                ),
            )


class NegativeLabelFashion(TinyFashion):
    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            yield index, example | {"label": -5}


class TenthLabelFashion(TinyFashion):
    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            yield index, example | {"label": 10}


class DigitFashion(TinyFashion):
    """Another set under a promising name."""

    NAMES = tuple(map(str, range(10)))


class RepeatedClassFashion(TinyFashion):
    NAMES = (*CLASS_NAMES[:9], "Bag")


class NoBagFashion(TinyFashion):
    """A class has a name and no image, in both splits."""

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            if example["label"] != CLASS_NAMES.index("Bag"):
                yield index, example


class OneClassTestFashion(TinyFashion):
    """All test images are of one class."""

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            if seed == 0 or example["label"] == 0:
                yield index, example


class NoTrainFashion(TinyFashion):
    COUNTS = {"test": 50}


class DarkeningFashion(TinyFashion):
    """The test images only are too dark to see anything."""

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            yield index, example | {"image": example["image"] // (1 + 254 * seed)}


class WideLabelFashion(TinyFashion):
    """The images are of floats, not of bytes."""

    def draw(self, label, random):
        return super().draw(label, random).astype(np.float32)


CASES = {
    "colour_fashion": ("AnomalyGate", "feature 'channels'"),
    "mixed_sizes_fashion": ("AnomalyGate", "split 'train', feature 'width'"),
    "negative_label_fashion": ("ImageExampleGen", "[Ll]abel -5"),
    "tenth_label_fashion": ("ImageExampleGen", "[Ll]abel 10"),
    "digit_fashion": ("AnomalyGate", "feature 'class_name'"),
    "repeated_class_fashion": ("ImageExampleGen", "TFDS must be able to prepare"),
    "no_bag_fashion": ("AnomalyGate", "'class_name': .* unique values"),
    "one_class_test_fashion": ("AnomalyGate", "split 'test', feature 'class_name'"),
    "no_train_fashion": ("ImageExampleGen", "needs the split train"),
    "darkening_fashion": ("AnomalyGate", "split 'test', feature 'brightness'"),
    "wide_label_fashion": ("ImageExampleGen", "TFDS must be able to prepare"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_data_set_stops_the_run_before_training(settings, name):
    node_id, sentence = CASES[name]
    bad = settings.model_copy(update={"dataset": f"{name}:1.0.0"})
    with pytest.raises(NodeFailedError, match=rf"(?s)^{node_id} failed: .*{sentence}"):
        launch_all(bad, "1", before="Trainer")
    assert not Path(settings.serving_dir).exists()


@pytest.mark.parametrize("damage", [cut, empty, flip, Path.unlink])
@pytest.mark.parametrize("file", ["*-train.tfrecord-*", "features.json"])
def test_a_damaged_prepared_set_stops_the_run(settings, damage, file):
    data = Path(settings.prepared_data_dir) / "tiny_fashion" / "1.0.0"
    PipelineLauncher(settings, "1").launch("ImageExampleGen")
    (path,) = data.glob(file)
    damage(path)
    again = settings.model_copy(update={"cache": False})
    with pytest.raises(NodeFailedError, match=r"^ImageExampleGen failed: "):
        PipelineLauncher(again, "2").launch("ImageExampleGen")
