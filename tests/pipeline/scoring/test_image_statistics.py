import os

import pytest

from components.errors import InputError
from components.served_model.model_lineage import ModelLineage
from pipeline.beam import DIRECT_ARGS
from pipeline.scoring.image_statistics import training_statistics
from tests.support.fashion import DESCRIPTION
from tests.support.scorable_output import draw, write_records


@pytest.fixture
def examples(tmp_path):
    """Folder of examples with two files of training images."""
    for number in (0, 1):
        file = tmp_path / "examples" / "Split-train" / f"data_tfrecord-{number}.gz"
        write_records(file, draw(20, number), "GZIP")
    return tmp_path / "examples"


def measure(exported, examples, keep_in):
    lineage = ModelLineage(
        pipeline="a",
        run_id="run",
        model_uri="m",
        examples_uri=str(examples),
        dataset="d",
        code_digest="",
        data=DESCRIPTION,
    )
    return training_statistics(lineage, exported.folder, keep_in, DIRECT_ARGS)


def cut(file):
    file.write_bytes(file.read_bytes()[:-200])


def empty(file):
    for each in file.parent.iterdir():
        write_records(each, (), "GZIP")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "must be complete; received .*data_tfrecord-1.gz, .* is damaged after"),
        (lambda file: file.write_bytes(b"no records" * 9), "data_tfrecord-1.gz"),
        (empty, "must be there; .* has none"),
    ],
)
def test_statistics_of_damaged_training_images_are_not_kept(
    exported, examples, tmp_path, damage, reason
):
    file = examples / "Split-train" / "data_tfrecord-1.gz"
    whole = file.read_bytes()
    damage(file)
    kept = tmp_path / "kept"
    with pytest.raises(InputError, match=reason):
        measure(exported, examples, kept)
    assert not list(kept.iterdir())
    for each in file.parent.iterdir():
        each.write_bytes(whole)
    assert measure(exported, examples, kept).datasets[0].num_examples == 40
    assert [path.name for path in kept.iterdir()] == ["run.pb"]


def test_nothing_is_kept_in_an_output_that_can_only_be_read(
    exported, examples, tmp_path, monkeypatch
):
    # The tests may run as root, who can write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    statistics = measure(exported, examples, tmp_path / "kept")
    assert statistics.datasets[0].num_examples == 40
    assert not (tmp_path / "kept").exists()
