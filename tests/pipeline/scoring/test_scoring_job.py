from pathlib import Path

import pytest

from components.errors import InputError
from pipeline.scoring.scoring_job import parts_folder, score_shards
from pipeline.scoring.shard_scorer import Scoring
from tests.support.fashion import DESCRIPTION


@pytest.fixture
def result(tmp_path):
    return tmp_path / "scores.csv"


def test_a_folder_that_can_not_be_written_is_named(result, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with (
        pytest.raises(InputError, match="--to must be writable"),
        parts_folder(result),
    ):
        pass


def test_what_a_job_may_not_read_is_not_blamed_on_the_folder_of_the_result(result):
    error = PermissionError(13, "Permission denied", "the model")
    with pytest.raises(PermissionError, match="the model"), parts_folder(result):
        raise error
    # The lock is free again.
    with parts_folder(result) as parts:
        assert parts.is_dir()
    assert not parts.exists()


def test_parts_have_the_same_path_in_each_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with parts_folder(Path("scores.csv")) as parts:
        assert parts == tmp_path / "scores.csv.parts"


def test_one_job_at_a_time_writes_a_result(result):
    with (
        parts_folder(result),
        pytest.raises(InputError, match="Another command writes"),
        parts_folder(result),
    ):
        pass


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_a_killed_step_left_is_removed(tmp_path, version):
    model = str(tmp_path / "model")
    parts = tmp_path / "parts"
    parts.mkdir()
    score_shards([], Scoring(model, DESCRIPTION, "1", "no", str(parts)), ())
    # As make_statistics and a worker leave them if they are killed.
    (parts / "tmp0123").mkdir()
    (parts / "tmp0123" / "statistics.pb").write_bytes(b"half")
    (parts / "half.unfinished").write_bytes(b"PAR1")
    score_shards([], Scoring(model, DESCRIPTION, version, "no", str(parts)), ())
    assert [path.name for path in parts.iterdir()] == ["job.json"]


def test_a_folder_that_is_of_no_job_is_left_as_it_is(result):
    folder = result.with_name("scores.csv.parts")
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    with (
        pytest.raises(InputError, match="need a folder of their own"),
        parts_folder(result),
    ):
        pass
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    # An empty one may be taken.
    (folder / "letter.txt").unlink()
    with parts_folder(result):
        pass
    assert not folder.exists()


def test_a_file_in_place_of_the_folder_is_left_as_it_is(result):
    folder = result.with_name("scores.csv.parts")
    folder.write_text("mine")
    with (
        pytest.raises(InputError, match="need a folder of their own"),
        parts_folder(result),
    ):
        pass
    assert folder.read_text() == "mine"


@pytest.mark.parametrize("made", [[], ["a.parquet"]])
def test_a_refused_job_leaves_only_what_it_has_made(result, made):
    with pytest.raises(InputError), parts_folder(result) as parts:
        for name in made:
            (parts / name).touch()
        raise InputError("no training images")
    assert parts.exists() == bool(made)
    with parts_folder(result):
        pass
    assert not parts.exists()


def test_the_lock_goes_last(result, monkeypatch):
    def kill(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), parts_folder(result) as parts:
        (parts / "a.parquet").touch()
        monkeypatch.setattr("pipeline.scoring.scoring_job.shutil.rmtree", kill)
    assert [path.name for path in parts.iterdir()] == ["in-use.lock"]
