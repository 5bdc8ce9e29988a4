"""Files in the place of ML Metadata's store that are none, or can't be used."""

import sqlite3
from contextlib import closing

import pytest

from components.errors import InputError
from pipeline.metadata.connection import open_store
from pipeline.running.recovery import recover
from pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path):
    settings = Settings(output=tmp_path)
    open_store(settings.metadata_address)
    (tmp_path / "artifacts").mkdir()
    return settings


def make_newer(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE MLMDEnv SET schema_version = 99")
        database.commit()


def make_other(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE Things (id INT)")
        database.commit()


def make_folder(path):
    path.unlink()
    path.mkdir()


CASES = {
    "newer schema": (make_newer, "written by a newer ml-metadata"),
    "no database": (
        lambda path: path.write_bytes(b"no database" * 99),
        "which is another kind of file",
    ),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:5000]), "ML Metadata"),
    "another database": (make_other, "must be a store of ML Metadata; it lacks"),
    "a folder": (make_folder, "ML Metadata"),
}


@pytest.mark.parametrize("damage, sentence", CASES.values(), ids=CASES)
def test_a_store_that_can_not_be_used_is_named(settings, tmp_path, damage, sentence):
    damage(tmp_path / "metadata.sqlite")
    with pytest.raises(InputError, match=sentence) as raised:
        recover(settings)
    assert "metadata.sqlite" in str(raised.value)


def test_a_store_that_another_program_has_locked_is_named(settings, tmp_path):
    with closing(sqlite3.connect(tmp_path / "metadata.sqlite")) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError, match="is locked by another program"):
            recover(settings)
