import io
import os

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import ExifTags, Image

from components import features
from components.example_gen.shards import Shard, measure_images, write_shard
from components.example_gen.tfds_source import open_tfds_set
from components.parameters import DataParameters
from components.tfrecords import read_records
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)
from tests.support.fashion import DESCRIPTION

RESIZING = DESCRIPTION.model_copy(update={"resize": "letterbox"})


@pytest.fixture
def builder(tmp_path):
    builder = tfds.builder("tiny_fashion:1.0.0", data_dir=tmp_path / "data")
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(num_shards=3)
    )
    return builder


@pytest.fixture
def make(builder, tmp_path):
    def make_shards(limit=None):
        source = open_tfds_set(
            DataParameters(
                dataset="tiny_fashion:1.0.0",
                data_dir=tmp_path / "data",
                max_examples=limit,
            )
        )
        return [
            Shard(
                records=records,
                description=DESCRIPTION,
                file=str(tmp_path / "split" / f"{number}.gz"),
                unfinished_dir=str(tmp_path / "unfinished"),
            )
            for number, records in enumerate(source.splits["train"])
        ]

    return make_shards


def _images(files):
    return [
        tf.train.Example.FromString(record)
        .features.feature[features.IMAGE]
        .bytes_list.value[0]
        for record in read_records([str(file) for file in files]).as_numpy_iterator()
    ]


@pytest.mark.parametrize("limit", [None, 100])
def test_shards_hold_the_split_in_its_order(builder, make, tmp_path, limit):
    for shard in make(limit):
        write_shard(shard)
    expected = builder.as_dataset(
        split=f"train[:{limit}]" if limit else "train",
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
    )
    assert _images((tmp_path / "split").iterdir()) == [
        element["image"] for element in expected.as_numpy_iterator()
    ]


def test_a_split_is_divided_as_the_prepared_set_is(make):
    assert len(make()) == 3
    # A third of the 200 images is in each file.
    assert len(make(limit=100)) == 2


def test_a_shard_that_is_written_again_is_the_same_file(make, tmp_path):
    shard = make()[0]
    write_shard(shard)
    (file,) = (tmp_path / "split").iterdir()
    first = file.read_bytes()
    write_shard(shard)
    assert file.read_bytes() == first
    assert list((tmp_path / "split").iterdir()) == [file]
    assert not list((tmp_path / "unfinished").iterdir())


def drop_last_record(path):
    records = list(tf.data.TFRecordDataset(path).as_numpy_iterator())
    with tf.io.TFRecordWriter(path) as writer:
        for record in records[:-1]:
            writer.write(record)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda path: os.truncate(path, 1000), tf.errors.DataLossError),
        (lambda path: os.truncate(path, 0), tf.errors.FailedPreconditionError),
        (drop_last_record, tf.errors.FailedPreconditionError),
    ],
    ids=["cut in a record", "empty", "cut between two records"],
)
def test_a_shard_that_fails_has_no_file(make, tmp_path, damage, error):
    shard = make()[0]
    damage(shard.records.source)
    with pytest.raises(error):
        write_shard(shard)
    assert not list((tmp_path / "split").iterdir())


def test_what_a_strict_model_takes_is_measured_as_it_is_and_other_as_it_is_shown():
    # Half of the pixels are red, the others are black.
    pixels = tf.tile(tf.constant([[[255, 0, 0], [0, 0, 0]]], tf.uint8), [1, 2, 1])
    encoded = tf.io.encode_png(pixels)[tf.newaxis]
    own, grey = measure_images(encoded, DESCRIPTION), measure_images(encoded, RESIZING)
    assert (own["height"], own["width"], own["channels"]) == (1, 4, 3)
    assert (grey["height"], grey["width"], grey["channels"]) == (1, 4, 1)
    assert float(own["brightness"][0]) == pytest.approx(1 / 6)
    # Red has a brightness of 0.299, which is 76 of 255.
    assert float(grey["brightness"][0]) == pytest.approx(76 / 255 / 2)
    assert float(grey["contrast"][0]) == pytest.approx(76 / 255 / 2)


def test_the_size_of_a_large_photo_is_that_of_the_whole_file():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turned to the side
    pixels = np.random.default_rng(1).integers(0, 256, (450, 611, 3), np.uint8)
    # Each of these pixels is much larger than what one pixel is made of.
    image = Image.fromarray(pixels[::50, ::50]).resize((611, 450), Image.BOX)
    photo = io.BytesIO()
    image.save(photo, "JPEG", exif=exif)
    measures = measure_images(tf.constant([photo.getvalue()]), RESIZING)
    assert (measures["height"], measures["width"]) == (611, 450)
    assert measures["channels"] == 1
    grey = np.asarray(image.convert("L")) / 255
    assert float(measures["brightness"][0]) == pytest.approx(grey.mean(), abs=0.004)
    assert float(measures["contrast"][0]) == pytest.approx(grey.std(), abs=0.01)
