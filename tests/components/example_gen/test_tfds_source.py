import pickle

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from components.errors import InputError
from components.example_gen.tfds_source import open_tfds_set
from components.parameters import DataParameters
from tests.support.fashion import CLASS_NAMES
from tests.support.synthetic_sets import TinyFashion


class SourceReversed(TinyFashion):
    """The same classes, but label 0 is the last one."""

    NAMES = CLASS_NAMES[::-1]


class SourceUndivided(TinyFashion):
    """A set that has only a train split; each image is in it twice."""

    COUNTS = {"train": 100}

    def _generate_examples(self, count, seed):
        for index, example in super()._generate_examples(count, seed):
            yield index, example
            yield count + index, example


class SourceValidated(TinyFashion):
    COUNTS = {"train": 20, "validation": 10, "test": 10, "extra": 10}


class SourceSizes(TinyFashion):
    """Images of several sizes; the median is 30 x 40."""

    CHANNELS = 3
    SIZES = ((30, 40), (30, 40), (20, 60))

    def _info(self):
        image = tfds.features.Image(shape=(None, None, self.CHANNELS))
        return self.describe(image, self.NAMES)

    def draw(self, label, random):
        size = self.SIZES[label % len(self.SIZES)]
        return random.integers(0, 256, (*size, self.CHANNELS), dtype=np.uint8)


class SourceAlpha(SourceSizes):
    CHANNELS = 4
    SIZES = ((20, 20),)


class SourceTestOnly(TinyFashion):
    COUNTS = {"test": 10}


@pytest.fixture
def open_set(tmp_path):
    def open_it(name, **values):
        return open_tfds_set(
            DataParameters(dataset=name, data_dir=tmp_path / "data", **values)
        )

    return open_it


def images_of(source, split):
    batches = [records.batches() for records in source.splits[split]]
    return [
        (image, int(label))
        for batch in batches
        for images, labels in batch.as_numpy_iterator()
        for image, label in zip(images, labels, strict=True)
    ]


def test_a_set_whose_classes_have_another_order_keeps_its_own(open_set):
    description = open_set("source_reversed").description
    assert description.class_names == CLASS_NAMES[::-1]
    assert (description.name, description.version) == ("source_reversed", "1.0.0")


def test_a_set_without_a_test_split_is_divided_by_the_images(open_set):
    source = open_set("source_undivided:1.0.0")
    assert list(source.splits) == ["train", "test"]
    train, test = images_of(source, "train"), images_of(source, "test")
    # Every image is in one of them, with its copy.
    assert len(train) + len(test) == 200
    assert 10 <= len(test) <= 80
    assert not {image for image, _ in train} & {image for image, _ in test}
    again = open_set("source_undivided:1.0.0")
    assert images_of(again, "test") == test
    # The side of an image depends on nothing else, so a part is divided the same way.
    fewer = open_set("source_undivided:1.0.0", max_examples=50)
    assert len(images_of(fewer, "train")) + len(images_of(fewer, "test")) == 50
    assert set(images_of(fewer, "test")) <= set(test)
    assert set(images_of(fewer, "train")) <= set(train)


def test_splits_that_have_a_meaning_are_used_and_others_are_not(open_set):
    source = open_set("source_validated:1.0.0")
    assert {split: len(images_of(source, split)) for split in source.splits} == {
        "train": 20,
        "validation": 10,
        "test": 10,
    }


@pytest.mark.parametrize(
    ("name", "values", "shape"),
    [
        ("tiny_fashion", {}, (28, 28, 1)),
        ("tiny_fashion", {"image_size": "32x40"}, (32, 40, 1)),
        ("tiny_fashion", {"color": "rgb"}, (28, 28, 3)),
        ("source_sizes", {}, (30, 40, 3)),
        ("source_sizes", {"color": "grey"}, (30, 40, 1)),
        # Transparency isn't a colour.
        ("source_alpha", {}, (20, 20, 3)),
    ],
)
def test_the_networks_images_are_as_the_set_s_or_as_asked_for(
    open_set, name, values, shape
):
    assert open_set(name, **values).description.image_shape == shape


@pytest.mark.parametrize("resize", ["none", "crop"])
def test_how_images_are_made_to_fit_is_as_asked_for(open_set, resize):
    assert open_set("tiny_fashion", resize=resize).description.resize == resize


def test_a_set_without_a_train_split_is_refused(open_set):
    with pytest.raises(InputError, match=r"needs the split train: .* has test; "):
        open_set("source_test_only:1.0.0")


def test_a_part_can_be_read_in_another_process(open_set):
    source = open_set("tiny_fashion")
    (records,) = source.splits["test"]
    copy = pickle.loads(pickle.dumps(records))  # noqa: S301  (its own)
    for one, other in zip(records.batches(), copy.batches(), strict=True):
        tf.debugging.assert_equal(one[0], other[0])
