"""Runs that lack disk space, the right to write, file descriptors or memory."""

import os
import resource
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.metadata.records import State
from tests.chaos import runs

pytestmark = pytest.mark.chaos
long_form_only = pytest.mark.skipif(
    runs.SHORT, reason="in the long form only: make test-chaos"
)

MIB = 2**20


@contextmanager
def mounted(folder, *options):
    """Mounts a file system of its own on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a file system can't be mounted here: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def assert_failed(code, printed, sentence):
    assert code == 1, printed
    line = runs.last_line(printed)
    assert line.startswith("Error: "), printed
    assert sentence in line
    assert "Traceback" not in printed


@pytest.fixture
def small_disk(tmp_path):
    with mounted(tmp_path / "disk", "-o", "size=64m") as disk:
        yield disk


@pytest.mark.parametrize("free_kib", [200] if runs.SHORT else [8, 200, 1000, 2000])
def test_a_full_disk_ends_the_run_and_the_next_one_with_room_completes(
    small_disk, free_kib
):
    output = small_disk / "output"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - free_kib * 1024))
    code, printed = runs.run(output)
    assert_failed(code, printed, "The disk is full: free some space")
    assert not list(output.glob("serving/*/*"))
    ballast.unlink()
    code, printed = runs.run(output)
    assert code == 0, printed
    assert runs.stray_files(output) == []


@long_form_only
def test_a_read_only_output_is_refused_and_completes_once_it_can_be_written(tmp_path):
    with mounted(tmp_path / "disk") as disk:
        output = disk / "output"
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, printed = runs.run(output)
        assert_failed(code, printed, "read-only")
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        code, printed = runs.run(output)
        assert code == 0, printed
        version = list(output.glob("serving/*/*"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, printed = runs.run(output, "--seed", 2)
        assert_failed(code, printed, "read-only")
        assert list(output.glob("serving/*/*")) == version


def limited(kind, limit):
    return lambda: resource.setrlimit(kind, (limit, limit))


@long_form_only
@pytest.mark.parametrize("descriptors", [8, 12, 16, 20])
def test_too_few_descriptors_end_the_run_and_the_next_one_completes(
    tmp_path, descriptors
):
    output = tmp_path / "output"
    code, printed = runs.run(
        output, preexec_fn=limited(resource.RLIMIT_NOFILE, descriptors)
    )
    assert_failed(code, printed, "Too many files are open: raise the limit")
    assert not list(output.glob("serving/*/*"))
    code, printed = runs.run(output)
    assert code == 0, printed
    assert runs.stray_files(output) == []


@long_form_only
@pytest.mark.parametrize("mebibytes", [600, 1500, 2000, 2500])
def test_a_limit_of_address_space_ends_the_run_and_the_next_one_completes(
    tmp_path, mebibytes
):
    output = tmp_path / "output"
    code, printed = runs.run(
        output, preexec_fn=limited(resource.RLIMIT_AS, mebibytes * MIB)
    )
    assert_failed(code, printed, "emory")
    assert not list(output.glob("serving/*/*"))
    code, printed = runs.run(output)
    assert code == 0, printed
    assert runs.stray_files(output) == []


@contextmanager
def memory_group():
    """Makes a control group, whose processes the kernel kills beyond its limit."""
    root = Path("/sys/fs/cgroup")
    if (root / "memory").is_dir():
        root, name = root / "memory", "memory.limit_in_bytes"
    else:
        name = "memory.max"
    group = root / f"fashion-mnist-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"a control group can't be made here: {error}")
    try:
        limit = group / name
        if not limit.exists():
            pytest.skip("control groups don't limit memory here")
        yield group / "cgroup.procs", group / "memory.stat", limit
    finally:
        # The kernel takes a moment to let go of what it has killed.
        deadline = time.monotonic() + 30
        while group.exists():
            try:
                group.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def bytes_held(statistics):
    """What the kernel can't take back, other than the cache of files."""
    values = dict(line.split() for line in statistics.read_text().splitlines())
    names = ("rss", "mapped_file") if "rss" in values else ("anon", "file_mapped")
    return sum(int(values[name]) for name in names)


def test_a_trainer_that_the_kernel_kills_for_memory_is_told_and_the_next_run_completes(
    tmp_path,
):
    output = tmp_path / "output"
    with memory_group() as (members, statistics, limit):
        process = runs.start(
            output,
            # All images in one batch, for which the Trainer needs far more memory.
            "--batch-size",
            200,
            preexec_fn=lambda: members.write_text(str(os.getpid())),
        )
        while "Transform: ran" not in (line := process.stdout.readline()):
            assert line, "the run ended before the Trainer"
        limit.write_text(str(bytes_held(statistics) + 40 * MIB))
        code, printed = runs.finish(process)
    assert_failed(code, printed, "The run was ended by SIGKILL")
    (run,) = runs.runs(output)
    assert run.node("Trainer").state is State.FAILED
    assert "killed" in run.node("Trainer").error
    assert not list(output.glob("serving/*/*"))
    code, printed = runs.run(output)
    assert code == 0, printed
    assert runs.stray_files(output) == []
