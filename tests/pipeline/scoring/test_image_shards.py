import tensorflow as tf
from PIL import Image

from pipeline.scoring.image_shards import Shard, find_shards, read_shard
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
    assert sizes == [32]


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

    monkeypatch.setattr("pipeline.scoring.image_shards.read_requests", fail)
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


def test_a_part_with_other_titles_is_another_one(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    (relative,) = find_shards(["a.jsonl"])
    (absolute,) = find_shards([str(tmp_path)])
    assert relative.requests == absolute.requests
    assert relative.digest != absolute.digest
