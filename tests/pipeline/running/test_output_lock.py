import os
import signal
import subprocess
import sys

import pytest

from components.errors import InputError
from pipeline.metadata.output_place import HOLDER_FILE, LOCK_FILE
from pipeline.running.output_lock import lock_output

HOLD = """
import pathlib, sys, time
from pipeline.running.output_lock import lock_output
with lock_output(pathlib.Path(sys.argv[1]), "run 1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of the folder `output`."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "output")], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_of_the_first(tmp_path, holder):
    with (
        pytest.raises(InputError, match=rf"run 1, process {holder.pid}, since 20"),
        lock_output(tmp_path / "output", "run 2"),
    ):
        pass


def test_the_first_is_named_whatever_happens_to_the_lock_file(tmp_path, holder):
    # As filelock before version 4 does to it when it looks whether it is held.
    (tmp_path / "output" / LOCK_FILE).write_text("")
    with (
        pytest.raises(InputError, match=rf"run 1, process {holder.pid}, since 20"),
        lock_output(tmp_path / "output", "run 2"),
    ):
        pass


def test_the_next_after_a_killed_process_is_named_in_its_place(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with (
        lock_output(tmp_path / "output", "run 2"),
        pytest.raises(InputError, match=rf"run 2, process {os.getpid()}, since 20"),
        lock_output(tmp_path / "output", "run 3"),
    ):
        pass
    assert not (tmp_path / "output" / HOLDER_FILE).exists()


def test_another_folder_is_free(tmp_path, holder):
    with lock_output(tmp_path / "other", "run 2"):
        pass


def test_the_lock_of_a_killed_process_is_gone(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with lock_output(tmp_path / "output", "run 2"):
        pass


def test_a_second_use_in_one_process_is_refused_too(tmp_path):
    with lock_output(tmp_path, "run 1"):
        with (
            pytest.raises(InputError, match="run 1"),
            lock_output(tmp_path, "run 2"),
        ):
            pass
        with pytest.raises(InputError, match="run 1"), lock_output(tmp_path, "run 3"):
            pass


def test_nothing_is_left_of_a_use_that_wrote_nothing(tmp_path):
    with lock_output(tmp_path / "new" / "output", "run 1"):
        assert (tmp_path / "new" / "output").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_stays(tmp_path):
    with lock_output(tmp_path / "output", "run 1"):
        (tmp_path / "output" / "file").touch()
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["file"]
