"""What the commands say of stores that aren't there, are empty, locked or too new."""

import datetime
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.__main__ import main
from pipeline.metadata.connection import open_store

COMMANDS = {
    "runs": ["runs"],
    "show": ["show"],
    "compare": ["compare", "a", "b"],
    "annotate": ["annotate", "--name", "a"],
    "lineage": ["lineage", "1"],
    "gc": ["gc"],
    "report": ["report"],
}


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(params=COMMANDS.values(), ids=list(COMMANDS))
def command(request):
    return request.param


def test_a_missing_store_is_named_and_not_made(command, tmp_path):
    output = tmp_path / "absent"
    result = invoke(*command, "--output", output)
    assert result.exit_code == 1
    assert f"{output}/metadata.sqlite is not there; run the pipeline" in result.output
    assert not output.exists()


def test_a_locked_store_is_answered_within_seconds(command, store_address):
    program = (
        "import sqlite3, sys;"
        "database = sqlite3.connect(sys.argv[1]);"
        "database.execute('BEGIN EXCLUSIVE');"
        "print('locked', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, store_address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        started = time.monotonic()
        result = invoke(*command, "--metadata", store_address)
        seconds = time.monotonic() - started
        holder.stdin.close()
    assert result.exit_code == 1
    assert "is locked by another program" in result.output
    assert seconds < 5


def test_a_write_that_was_killed_is_taken_back(store_address, tmp_path):
    killed = tmp_path / "killed.sqlite"
    with closing(sqlite3.connect(store_address)) as database:
        # With a small cache, SQLite writes into the file before the end of a write.
        database.execute("PRAGMA cache_size = 1")
        database.execute("UPDATE Execution SET last_update_time_since_epoch = 1")
        database.execute("DELETE FROM ExecutionProperty")
        for suffix in ("", "-journal"):
            shutil.copy(f"{store_address}{suffix}", f"{killed}{suffix}")
        database.rollback()
    answers = [
        invoke("runs", "--metadata", address, "--format", "json")
        for address in (killed, store_address)
    ]
    assert [answer.exit_code for answer in answers] == [0, 0], answers[0].output
    assert answers[0].output == answers[1].output


def test_a_store_of_a_newer_library_says_what_to_install(command, store_address):
    with closing(sqlite3.connect(store_address)) as database:
        database.execute("UPDATE MLMDEnv SET schema_version = 99")
        database.commit()
    result = invoke(*command, "--metadata", store_address)
    assert result.exit_code == 1
    assert "written by a newer ml-metadata" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "must be a store of ML Metadata"), (b"text " * 99, "must be a SQLite file")],
)
def test_a_file_that_is_no_store_is_left_as_it_is(tmp_path, command, content, sentence):
    path = tmp_path / "metadata.sqlite"
    path.write_bytes(content)
    result = invoke(*command, "--output", tmp_path)
    assert result.exit_code == 1
    assert sentence in result.output
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "address", ["postgresql://me:secret@127.0.0.1:1/x", "grpc://127.0.0.1:1"]
)
def test_a_server_that_does_not_answer_is_named_without_its_password(address):
    result = invoke("runs", "--metadata", address)
    assert result.exit_code == 1
    assert "must be reachable" in result.output
    assert "127.0.0.1:1" in result.output
    assert "secret" not in result.output


def test_looking_leaves_the_store_as_it_is(store_address, tmp_path):
    before = Path(store_address).read_bytes()
    for command in (["runs"], ["show"], ["lineage", "1"], ["gc"], ["report"]):
        assert invoke(*command, "--output", tmp_path).exit_code == 0
    assert Path(store_address).read_bytes() == before


def test_an_empty_store_has_no_runs(tmp_path):
    open_store(str(tmp_path / "metadata.sqlite"))
    assert "no runs yet" in invoke("runs", "--output", tmp_path).output
    answer = invoke("runs", "--output", tmp_path, "--format", "json")
    assert json.loads(answer.output) == []
    result = invoke("show", "--output", tmp_path)
    assert result.exit_code == 1
    assert "no runs yet; run the pipeline first" in result.output


def test_an_unknown_run_is_answered_with_similar_ones(store_address):
    result = invoke("show", "run-00O5", "--metadata", store_address)
    assert result.exit_code == 1
    assert "choose a similar one: run-0005" in result.output
    result = invoke("diff", "run-0001", "missing", "--metadata", store_address)
    assert "choose one of: run-0006" in result.output


def test_a_beginning_that_two_runs_share_is_not_enough(store_address):
    result = invoke("show", "run-", "--metadata", store_address)
    assert result.exit_code == 1
    assert "with which 7 ids begin" in result.output
    assert invoke("show", "run-0003", "--metadata", store_address).exit_code == 0


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("1800000066", "1800000006"), ("/output/artifacts/Trainer/modle/3", "model/3")],
)
def test_an_unknown_artifact_is_answered_with_similar_ones(
    store_address, name, nearest
):
    result = invoke("lineage", name, "--metadata", store_address)
    assert result.exit_code == 1
    assert "choose a similar one:" in result.output
    assert nearest in result.output.partition("choose a similar one:")[2]


def test_no_command_imports_tensorflow(command, store_address, tmp_path):
    program = (
        "import sys; from pipeline.__main__ import main;"
        f"main({[*command, '--output', str(tmp_path)]!r}, standalone_mode=False);"
        "sys.exit(bool({'tensorflow', 'tfx'} & set(sys.modules)))"
    ).replace("'a', 'b'", "'run-0001', 'run-0002'")
    result = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert result.returncode == 0, result.stderr
    assert b"\x1b" not in result.stdout


@pytest.fixture
def zone(monkeypatch):
    """A time zone that is 5:30 hours ahead of UTC."""
    monkeypatch.setenv("TZ", "<+0530>-05:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("command", [["runs"], ["show"]], ids=["runs", "show"])
def test_times_for_programs_have_a_zone(command, store_address, zone):
    before = datetime.datetime.now(datetime.timezone.utc)
    result = invoke(*command, "--metadata", store_address, "--format", "json")
    answer = json.loads(result.output)
    rows = answer if isinstance(answer, list) else [answer, *answer["nodes"]]
    for row in rows:
        started = datetime.datetime.fromisoformat(row["started"])
        assert started.utcoffset() == datetime.timedelta(hours=5, minutes=30)
        assert before - datetime.timedelta(hours=1) < started < before


def test_times_for_people_are_local_ones(store_address, zone):
    (row,) = json.loads(
        invoke(
            "runs", "--metadata", store_address, "--limit", "1", "--format", "json"
        ).output
    )
    minute = datetime.datetime.fromisoformat(row["started"]).strftime(" %m-%d %H:%M ")
    table = invoke("runs", "--metadata", store_address, "--limit", "1").output
    assert minute in table
    assert "+05:30" not in table
