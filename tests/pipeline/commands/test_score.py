"""The command that scores images and watches them, as users call it."""

import base64
import json
import uuid

import numpy as np
import pyarrow.parquet
import pytest
import tensorflow as tf
from click.testing import CliRunner
from PIL import Image

from components.served_model.model_lineage import ModelLineage
from pipeline.__main__ import main
from pipeline.exit_codes import DRIFTED, FAILED, INCOMPLETE
from pipeline.metadata.connection import open_store
from pipeline.metadata.drift_records import distances_of, load_drift, newest_drift
from pipeline.scoring import shard_reader, shard_scorer
from pipeline.serving.chosen_model import load_exported_model
from pipeline.serving.labelled_images import encode_pixels
from tests.support.fashion import CLASS_NAMES
from tests.support.metadata_store import write_schema
from tests.support.odd_images import ODD_FILES
from tests.support.scorable_output import (
    RUN,
    VERSION,
    draw,
    make_output,
    write_records,
)


@pytest.fixture(scope="module")
def output(tmp_path_factory, exported):
    """An output folder with a pushed version, and the images that trained it."""
    return make_output(tmp_path_factory.mktemp("score") / "output", exported.folder)


def score(output, *arguments, code=0):
    words = ["score", *map(str, arguments), "--output", str(output)]
    result = CliRunner().invoke(main, [*words, "--format", "json"])
    assert result.exit_code == code, result.output
    if code == FAILED:
        return result.output
    return json.JSONDecoder().raw_decode(result.stdout)[0]


def rows_of(path):
    return pyarrow.parquet.read_table(path).to_pylist()


def probabilities(row):
    return [row[f"probability of {name}"] for name in CLASS_NAMES]


def test_files_get_the_answers_that_predict_gives(output, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    first, second, *_ = draw(2, 5)
    Image.fromarray(first).save(photos / "a.png")
    Image.fromarray(255 - second).save(photos / "b.webp", lossless=True)
    Image.fromarray(np.kron(first, np.ones((3, 2), np.uint8))).save(photos / "c.png")
    (photos / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    to = tmp_path / "scores.parquet"
    found = score(output, photos, "--to", to, "--no-drift", code=INCOMPLETE)
    assert found["images"] == 4
    assert found["failed"] == 1
    asked = CliRunner().invoke(
        main, ["predict", str(photos), "--output", str(output), "--format", "json"]
    )
    answers = json.loads(asked.stdout.splitlines()[0])
    rows = rows_of(to)
    assert [row["file"] for row in rows] == sorted(map(str, photos.iterdir()))
    assert {row["version"] for row in rows} == {str(VERSION)}
    for row, answer in zip(rows, answers, strict=True):
        assert row["class"] == answer["class_name"]
        assert row["error"] == answer["error"]
        assert (row["notes"] or "") == "; ".join(answer["notes"])
        if not row["error"]:
            expected = [answer["probabilities"][name] for name in CLASS_NAMES]
            assert probabilities(row) == pytest.approx(expected, abs=1e-6)
    assert "inverted" in rows[1]["notes"]
    assert not list(tmp_path.glob("*.parts"))


def test_one_odd_file_ends_nothing(output, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, data in ODD_FILES.items():
        (photos / name).write_bytes(data)
    Image.fromarray(draw(1, 5)[0]).save(photos / "good.png")
    to = tmp_path / "scores.parquet"
    found = score(output, photos, "--to", to, "--no-drift", code=INCOMPLETE)
    assert (found["images"], found["failed"]) == (len(ODD_FILES) + 1, len(ODD_FILES))
    for row in rows_of(to):
        is_odd = row["file"].rpartition("/")[2] in ODD_FILES
        assert ("can't be decoded" in (row["error"] or "")) == is_odd


def test_records_and_requests_get_the_answers_of_the_served_signatures(
    output, tmp_path
):
    images = [*draw(3, 6), np.zeros((9, 9), np.uint8)]
    write_records(tmp_path / "in" / "a.tfrecord", images)
    write_records(tmp_path / "in" / "b.tfrecord.gz", images[:1], "GZIP")
    cut = tmp_path / "in" / "c.tfrecord"
    cut.write_bytes((tmp_path / "in" / "a.tfrecord").read_bytes()[:-20])
    instances = [
        {"b64": base64.b64encode(encode_pixels(each, "").encoded).decode()}
        for each in images
    ]
    body = json.dumps({"signature_name": "predict_png", "instances": instances})
    (tmp_path / "in" / "log.jsonl").write_text(
        json.dumps({"uri": "/v1/models/m:predict", "request_body": body}) + "\n"
    )
    to = tmp_path / "scores.csv"
    found = score(output, tmp_path / "in", "--to", to, "--no-drift", code=INCOMPLETE)
    rows = pyarrow.csv.read_csv(to).to_pylist()
    names = [row["file"].removeprefix(f"{tmp_path}/in/") for row in rows]
    assert names[:5] == [*(f"a.tfrecord#{at}" for at in range(4)), "b.tfrecord.gz#0"]
    assert names[-4:] == [f"log.jsonl:1#{at}" for at in range(4)]
    by_name = dict(zip(names, rows, strict=True))
    assert len(by_name) == len(rows) == found["images"]
    model = load_exported_model(str(output / "serving" / "fashion_mnist" / "7"))
    answers = model.client.predict("predict_images", np.stack(images[:3]))
    for at, answer in enumerate(answers):
        for name in (f"a.tfrecord#{at}", f"log.jsonl:1#{at}"):
            assert probabilities(by_name[name]) == pytest.approx(
                answer.probabilities, abs=1e-6
            )
    for name in ("a.tfrecord#3", "log.jsonl:1#3"):
        assert "must be 28 pixels high and 28 wide" in by_name[name]["error"]
    assert "is damaged after" in by_name["c.tfrecord"]["error"]


def interrupt(output, folder, to, monkeypatch):
    """Scores two of three shards, as if the power failed; returns those it read."""
    for number, count in enumerate((3, 4, 5)):
        write_records(folder / f"{number}.tfrecord", draw(count, number))
    read = shard_reader.read_shard
    calls = []

    def fail_at_the_third(shard):
        calls.append(shard.number)
        yield from read(shard)
        if len(calls) == 3:
            raise RuntimeError("the power fails")

    monkeypatch.setattr(shard_scorer, "read_shard", fail_at_the_third)
    message = score(output, folder, "--to", to, "--no-drift", code=FAILED)
    assert "the power fails" in message
    assert not to.exists()
    assert len(list(to.with_name(f"{to.name}.parts").glob("*.parquet"))) == 2
    return calls


def test_what_was_scored_before_a_failure_isn_t_scored_again(
    output, tmp_path, monkeypatch
):
    folder, to = tmp_path / "in", tmp_path / "scores.parquet"
    calls = interrupt(output, folder, to, monkeypatch)
    parts = tmp_path / "scores.parquet.parts"
    assert not list(parts.glob("*.unfinished"))
    # As if a worker had been killed.
    (parts / "half.unfinished").write_bytes(b"PAR1")

    found = score(output, folder, "--to", to, "--no-drift")
    assert len(calls) == 4
    assert found["resumed_shards"] == 2
    names = [row["file"].rpartition("/")[2] for row in rows_of(to)]
    assert names == [
        f"{number}.tfrecord#{at}"
        for number, count in enumerate((3, 4, 5))
        for at in range(count)
    ]
    assert not parts.exists()


def test_parts_of_another_model_are_not_taken(output, tmp_path, monkeypatch):
    folder, to = tmp_path / "in", tmp_path / "scores.parquet"
    calls = interrupt(output, folder, to, monkeypatch)
    found = score(output, folder, "--to", to, "--no-drift", "--run", RUN)
    assert len(calls) == 6
    assert found["resumed_shards"] == 0
    assert found["version"] == RUN
    assert {row["version"] for row in rows_of(to)} == {RUN}


def test_parts_of_other_images_are_not_taken(output, tmp_path, monkeypatch):
    folder, to = tmp_path / "in", tmp_path / "scores.parquet"
    first, *_ = interrupt(output, folder, to, monkeypatch)
    write_records(folder / f"{first}.tfrecord", draw(20, 9))
    found = score(output, folder, "--to", to, "--no-drift")
    assert found["resumed_shards"] == 1
    assert len(rows_of(to)) == 3 + 4 + 5 + 20 - (3, 4, 5)[first]


def test_parts_are_taken_though_a_file_was_added_before(output, tmp_path, monkeypatch):
    folder, to = tmp_path / "in", tmp_path / "scores.parquet"
    calls = interrupt(output, folder, to, monkeypatch)
    write_records(folder / "-1.tfrecord", draw(2, 9))
    found = score(output, folder, "--to", to, "--no-drift")
    assert found["resumed_shards"] == 2
    assert len(calls) == 5
    assert [row["file"].rpartition("/")[2] for row in rows_of(to)][:3] == [
        "-1.tfrecord#0",
        "-1.tfrecord#1",
        "0.tfrecord#0",
    ]


def test_drift_is_told_recorded_and_drawn(output, tmp_path):
    records = tmp_path / "dark.tfrecord"
    write_records(records, draw(250, 8) // 3)
    to = tmp_path / "scores.parquet"
    found = score(output, records, "--to", to, code=DRIFTED)
    assert found["verdict"] == "drift"
    assert found["features"][0]["name"] in ("brightness", "contrast", "border")
    text = (tmp_path / "scores.parquet.drift.html").read_text()
    assert text.count("<svg") == len(found["features"])
    store = open_store(str(output / "metadata.sqlite"))
    record = newest_drift(store)
    assert record.fact("verdict") == "drift"
    assert record.fact("version") == str(VERSION)
    assert record.fact("images") == "250"
    assert record.time.tzinfo is not None
    assert distances_of(record)[found["features"][0]["name"]] == pytest.approx(
        found["features"][0]["distance"], abs=1e-6
    )
    (model,) = store.get_artifacts_by_id([record.about])
    assert model.type == "Model"

    # The same images pass with other thresholds, and the training images with none.
    kept = list((output / "training-statistics").iterdir())
    assert [path.name for path in kept] == [f"{RUN}.pb"]
    options = [
        option
        for each in found["features"]
        for option in ("--drift", f"{each['name']}=1")
    ]
    assert score(output, records, "--to", to, *options)["verdict"] in ("ok", "warn")
    assert len(load_drift(store)) == 2


def test_training_images_and_schema_may_be_in_an_object_store(exported, tmp_path):
    output = make_output(tmp_path / "output", exported.folder)
    store = f"ram://{uuid.uuid4().hex}"
    moved = f"{store}/examples/Split-train/data_tfrecord-00000.gz"
    (records,) = (output / "examples" / "Split-train").iterdir()
    tf.io.gfile.makedirs(f"{store}/examples/Split-train")
    tf.io.gfile.copy(str(records), moved)
    records.unlink()
    served = str(output / "serving" / "fashion_mnist" / str(VERSION))
    lineage = ModelLineage.read(served)
    lineage.model_copy(update={"examples_uri": f"{store}/examples"}).write(served)
    schema = f"{store}/schema"
    tf.io.gfile.makedirs(schema)
    with tf.io.gfile.GFile(f"{schema}/schema.pbtxt", "w") as file:
        file.write(
            'feature { name: "brightness" drift_comparator {'
            " jensen_shannon_divergence { threshold: 0.77 } } }"
        )
    metadata = open_store(str(output / "metadata.sqlite"))
    write_schema(metadata, "fashion_mnist", RUN, schema)
    images = tmp_path / "images.tfrecord"
    write_records(images, draw(250, 9))
    found = score(output, images, "--to", tmp_path / "scores.parquet")
    assert found["verdict"] in ("ok", "warn")
    thresholds = {each["name"]: each["threshold"] for each in found["features"]}
    assert thresholds["brightness"] == pytest.approx(0.77)
    tf.io.gfile.remove(f"{schema}/schema.pbtxt")
    message = score(output, images, "--to", tmp_path / "scores.parquet", code=FAILED)
    assert "must be readable; ram://" in " ".join(message.split())
    assert "--no-drift" in message


def test_a_log_may_grow_while_it_is_scored(output, tmp_path, monkeypatch):
    log = tmp_path / "log.jsonl"
    log.touch()
    read = shard_reader.read_shard

    def grow(shard):
        yield from read(shard)
        if shard.requests:  # the training images are read too
            log.write_text("{}\n")

    monkeypatch.setattr(shard_scorer, "read_shard", grow)
    to = tmp_path / "scores.parquet"
    assert score(output, log, "--to", to)["images"] == 0
    assert rows_of(to) == []
    monkeypatch.undo()
    found = score(output, log, "--to", to, "--no-drift", code=INCOMPLETE)
    assert found["failed"] == 1


def test_few_images_are_not_compared(output, tmp_path):
    records = tmp_path / "few.tfrecord"
    write_records(records, draw(5, 1))
    page = tmp_path / "scores.csv.drift.html"
    page.write_text("of an earlier job")
    found = score(output, records, "--to", tmp_path / "scores.csv")
    assert found["verdict"] is None
    assert "5 images have an answer" in found["not_compared"]
    assert not page.exists()
    page.write_text("of an earlier job")
    score(output, records, "--to", tmp_path / "scores.csv", "--no-drift")
    assert not page.exists()
