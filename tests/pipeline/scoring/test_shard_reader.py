import pytest
import tensorflow as tf
from PIL import Image

from pipeline.scoring import shard_reader
from pipeline.scoring.image_shards import Shard, find_shards
from pipeline.scoring.shard_reader import read_shard
from pipeline.serving.labelled_images import LabelledImage, Unclassified
from tests.support.scorable_output import draw, write_records


def test_few_records_are_in_memory_together(tmp_path, monkeypatch):
    path = tmp_path / "a.tfrecord"
    write_records(path, draw(100, 1))
    batch, sizes = tf.data.Dataset.batch, []

    def watch(self, size, *rest, **options):
        sizes.append(size)
        return batch(self, size, *rest, **options)

    monkeypatch.setattr(tf.data.Dataset, "batch", watch)
    (shard,) = find_shards([str(path)])
    titles = [image.title for image in read_shard(shard)]
    assert titles == [f"{path}#{at}" for at in range(100)]
    assert sizes == [64]


@pytest.mark.parametrize(("limit", "whole"), [(None, 4), (6, 4), (4, 4), (3, 3)])
def test_records_before_the_damage_of_a_file_are_read(
    tmp_path, monkeypatch, limit, whole
):
    monkeypatch.setattr(shard_reader, "_READ_TOGETHER", 3)
    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(5):
            writer.write(serialize(bytes_list=[b"%d" % number]))
    path.write_bytes(path.read_bytes()[:-3])
    read = list(read_shard(Shard(0, records=str(path), title="a", limit=limit)))
    assert [image.encoded for image in read[:whole]] == [
        b"%d" % number for number in range(whole)
    ]
    assert [each.reason for each in read[whole:]] == (
        [] if limit and limit <= 4 else ["is damaged after 4 records (DataLossError)"]
    )


def serialize(**lists):
    example = tf.train.Example()
    for kind, values in lists.items():
        getattr(example.features.feature["image"], kind).value.extend(values)
    return example.SerializeToString()


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (b"no example", "is no tf.Example"),
        (b"", "has no feature image"),
        (serialize(bytes_list=[]), "has no feature image"),
        (serialize(int64_list=[7]), "has no feature image"),
        (serialize(bytes_list=[b"first", b"second"]), b"first"),
    ],
)
def test_a_record_with_a_fault_is_named_among_the_others(
    tmp_path, monkeypatch, record, found
):
    monkeypatch.setattr(shard_reader, "_READ_TOGETHER", 2)
    path = tmp_path / "a.tfrecord"
    good = serialize(bytes_list=[b"good"])
    with tf.io.TFRecordWriter(str(path)) as writer:
        for each in (good, good, record, good):
            writer.write(each)
    read = list(read_shard(Shard(0, records=str(path), title="a")))
    assert [each.title for each in read] == ["a#0", "a#1", "a#2", "a#3"]
    texts = [
        each.encoded if isinstance(each, LabelledImage) else each.reason
        for each in read
    ]
    assert texts == [b"good", b"good", found, b"good"]


def test_requests_that_are_removed_before_they_are_read_end_nothing(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.touch()
    (shard,) = find_shards([str(path)])
    path.unlink()
    (found,) = read_shard(shard)
    assert found == Unclassified(
        str(path), "can't be read (FileNotFoundError)", str(path)
    )


def test_requests_that_can_not_be_read_to_the_end_say_so(tmp_path, monkeypatch):
    image = LabelledImage("a", b"")

    def fail(*_):
        yield image
        raise OSError("the disk fails")

    monkeypatch.setattr("pipeline.scoring.shard_reader.read_requests", fail)
    first, second = read_shard(Shard(0, requests=str(tmp_path)))
    assert first == image
    assert second.reason == "can't be read to its end (OSError)"


def test_workers_in_another_folder_read_what_was_named_there(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "in" / "a.png")
    write_records(tmp_path / "in" / "b.tfrecord", draw(1, 1))
    (tmp_path / "in" / "c.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    shards = find_shards(["in/a.png", "in/b.tfrecord", "in/c.jsonl"])
    monkeypatch.chdir("/")
    image, record, request = (each for shard in shards for each in read_shard(shard))
    # As the user has called them.
    assert image.title == "in/a.png"
    assert record.title == "in/b.tfrecord#0"
    assert request.title == "in/c.jsonl:1"
    assert isinstance(image, LabelledImage)
    assert isinstance(record, LabelledImage)
    assert "is no JSON object" in request.reason
