import tensorflow as tf

from components.tfrecords import read_records


def test_records_come_in_the_order_of_the_names(tmp_path):
    for number in (1, 0):
        path = str(tmp_path / f"part-{number}.gz")
        with tf.io.TFRecordWriter(path, "GZIP") as writer:
            writer.write(f"record {number}")
    files = [str(tmp_path / f"part-{number}.gz") for number in (1, 0)]
    assert list(read_records(files).as_numpy_iterator()) == [b"record 0", b"record 1"]


def test_no_tuner_runs_beside_an_input_pipeline(tmp_path):
    assert read_records([str(tmp_path / "file")]).options().autotune.enabled is False
