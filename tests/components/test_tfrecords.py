import pytest
import tensorflow as tf

from components.tfrecords import batch_images, read_batches, read_records


def test_records_come_in_the_order_of_the_names(tmp_path):
    for number in (1, 0):
        path = str(tmp_path / f"part-{number}.gz")
        with tf.io.TFRecordWriter(path, "GZIP") as writer:
            writer.write(f"record {number}")
    files = [str(tmp_path / f"part-{number}.gz") for number in (1, 0)]
    assert list(read_records(files).as_numpy_iterator()) == [b"record 0", b"record 1"]


def test_no_tuner_runs_beside_an_input_pipeline(tmp_path):
    assert read_records([str(tmp_path / "file")]).options().autotune.enabled is False


@pytest.mark.parametrize(
    ("image_bytes", "images"),
    [(0, 512), (3144, 512), (2**16, 512), (2**17, 256), (4e6, 8), (2**26, 1)],
)
def test_a_batch_has_fewer_images_if_they_are_large(image_bytes, images):
    assert batch_images(image_bytes) == images


@pytest.mark.parametrize(
    ("record_bytes", "decoded_bytes", "sizes"),
    [
        (9, 0, [12]),
        (9, 2**23, [4, 4, 4]),
        (2**22, 0, [8, 4]),
        (2**22, 2**23, [4, 4, 4]),
    ],
)
def test_records_are_read_in_batches_of_limited_memory(
    tmp_path, record_bytes, decoded_bytes, sizes
):
    path = str(tmp_path / "records.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for number in range(12):
            writer.write(bytes([number]) * record_bytes)
    batches = [*read_batches([path], decoded_bytes).as_numpy_iterator()]
    assert [len(batch) for batch in batches] == sizes
    assert [record[0] for batch in batches for record in batch] == [*range(12)]


def test_no_records_are_no_batch(tmp_path):
    path = str(tmp_path / "records.gz")
    tf.io.TFRecordWriter(path, "GZIP").close()
    assert [*read_batches([path])] == []
