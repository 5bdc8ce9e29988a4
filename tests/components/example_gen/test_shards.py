import os

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from components import features
from components.example_gen.shards import make_shards, write_shard
from components.tfrecords import read_records
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)


@pytest.fixture
def builder(tmp_path):
    builder = tfds.builder("tiny_fashion:1.0.0", data_dir=tmp_path / "data")
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(num_shards=3)
    )
    return builder


@pytest.fixture
def make(builder, tmp_path):
    return lambda split: make_shards(
        builder, split, str(tmp_path / "split"), str(tmp_path / "unfinished")
    )


def _images(files):
    return [
        tf.train.Example.FromString(record)
        .features.feature[features.IMAGE]
        .bytes_list.value[0]
        for record in read_records([str(file) for file in files]).as_numpy_iterator()
    ]


@pytest.mark.parametrize("split", ["train", "train[:100]", "train[70:80]"])
def test_shards_hold_the_split_in_its_order(builder, make, tmp_path, split):
    for shard in make(split):
        write_shard(shard)
    expected = builder.as_dataset(
        split=split,
        decoders={"image": tfds.decode.SkipDecoding()},
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
    )
    assert _images((tmp_path / "split").iterdir()) == [
        element["image"] for element in expected.as_numpy_iterator()
    ]


def test_a_split_is_divided_as_the_prepared_set_is(make):
    assert [shard.file.rpartition("/")[2] for shard in make("train")] == [
        f"data_tfrecord-{number:05}-of-00003.gz" for number in range(3)
    ]


def test_a_shard_that_is_written_again_is_the_same_file(make, tmp_path):
    shard = make("train")[0]
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
    shard = make("train")[0]
    damage(shard.source)
    with pytest.raises(error):
        write_shard(shard)
    assert not list((tmp_path / "split").iterdir())
