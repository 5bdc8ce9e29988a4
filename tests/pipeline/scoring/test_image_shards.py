import tensorflow as tf

from pipeline.scoring.image_shards import find_shards, read_shard
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
