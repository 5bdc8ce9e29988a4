"""Examples read in batches, compared with what TFX's own source makes of them."""

import apache_beam as beam
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.tfxio import record_based_tfxio, tf_example_record

from components.batched_examples import BatchedExamples, read_in_batches
from pipeline.beam import DIRECT_ARGS
from tests.support.launching import launch_all

COUNTS = (3, 0, 20)
SCHEMA = schema_pb2.Schema(
    feature=[
        schema_pb2.Feature(name="number", type=schema_pb2.INT),
        schema_pb2.Feature(name="image", type=schema_pb2.BYTES),
    ]
)


def serialize(number, image_bytes):
    example = tf.train.Example()
    feature = example.features.feature
    feature["number"].int64_list.value.append(number)
    feature["image"].bytes_list.value.append(bytes(image_bytes))
    feature["another"].float_list.value.append(number / 4)
    return example.SerializeToString()


def write_files(folder, image_bytes):
    number = 0
    for shard, count in enumerate(COUNTS):
        with tf.io.TFRecordWriter(str(folder / f"shard-{shard}.gz"), "GZIP") as file:
            for _ in range(count):
                file.write(serialize(number, image_bytes))
                number += 1
    return f"{folder}/shard-*"


def read(kind, pattern, folder, **options):
    """Returns the rows of each batch, in the order of the files."""
    folder.mkdir()

    def write(batch):
        rows = batch.to_pylist()
        (folder / f"{rows[0]['number'][0]:03}").write_text(repr(rows))

    source = kind(pattern, telemetry_descriptors=["test"], **options)
    with beam.Pipeline(argv=list(DIRECT_ARGS)) as pipeline:
        pipeline | source.BeamSource() | beam.Map(write)
    # What this test has written itself.
    return [eval(path.read_text()) for path in sorted(folder.iterdir())]  # noqa: S307


@pytest.mark.parametrize(
    "options",
    [{}, {"schema": SCHEMA}, {"schema": SCHEMA, "raw_record_column_name": "raw"}],
    ids=["all columns", "a schema", "records as a column"],
)
def test_the_rows_are_those_of_the_usual_source(tmp_path, options):
    pattern = write_files(tmp_path, image_bytes=5)
    usual, batched = (
        read(kind, pattern, tmp_path / kind.__name__, **options)
        for kind in (tf_example_record.TFExampleRecord, BatchedExamples)
    )
    rows = [row for batch in batched for row in batch]
    assert rows == [row for batch in usual for row in batch]
    assert [row["number"] for row in rows] == [[n] for n in range(sum(COUNTS))]


@pytest.mark.parametrize(("image_bytes", "sizes"), [(5, [3, 20]), (2**21, [3, 15, 5])])
def test_batches_have_fewer_images_if_they_are_large(tmp_path, image_bytes, sizes):
    pattern = write_files(tmp_path, image_bytes)
    batches = read(BatchedExamples, pattern, tmp_path / "read", schema=SCHEMA)
    assert [len(batch) for batch in batches] == sizes


def test_a_split_without_files_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No file matches .*/shard"):
        read(BatchedExamples, f"{tmp_path}/shard-*", tmp_path / "read")


@pytest.mark.slow
def test_all_stages_read_in_batches(two_runs, monkeypatch):
    def read_single_records(pattern):
        raise AssertionError(f"Beam reads {pattern}")

    monkeypatch.setattr(record_based_tfxio, "ReadTfRecord", read_single_records)
    settings = two_runs.settings.model_copy(update={"cache": False})
    states, _ = launch_all(settings, "batched", before="InfraValidator")
    assert {state.value for state in states.values()} == {"ran"}


def test_tfx_is_restored_afterwards():
    usual = tf_example_record.TFExampleRecord
    with pytest.raises(ValueError, match="within"), read_in_batches():
        assert tf_example_record.TFExampleRecord is BatchedExamples
        raise ValueError("within")
    assert tf_example_record.TFExampleRecord is usual
