import os
import subprocess

import pytest

from components import machine
from components.machine import Machine, count_cores


def test_this_machine_is_described():
    described = Machine.describe(["GPU:0"])
    assert described.versions["keras"].startswith("3.")
    assert described.cores >= 1
    assert described.accelerators == ("GPU:0",)
    assert len(described.zone) == len("+00:00")
    assert described.host
    assert described.processor
    assert Machine.model_validate_json(described.model_dump_json()) == described


def test_the_commit_and_changes_since_are_known(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_ROOT", tmp_path)
    assert Machine.describe([]).commit is None
    for command in (
        ["init", "--quiet"],
        ["config", "user.name", "Test"],
        ["config", "user.email", "test@example.org"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "file").write_text("1")
    subprocess.run(["git", "add", "file"], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "-qm", "One"], cwd=tmp_path, check=True)
    described = Machine.describe([])
    assert (len(described.commit), described.clean) == (40, True)
    (tmp_path / "file").write_text("2")
    assert Machine.describe([]).clean is False


def test_without_git_nothing_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    described = Machine.describe([])
    assert described.commit is described.clean is None


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 64),
        ({"cpu.max": "max 100000"}, 64),
        ({"cpu.max": "400000 100000"}, 4),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "12800000 100000"}, 64),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
    ],
)
def test_the_limit_of_a_container_counts(tmp_path, monkeypatch, files, cores):
    monkeypatch.setattr(
        os, "sched_getaffinity", lambda process: set(range(64)), raising=False
    )
    monkeypatch.setattr(machine, "_CONTROL_GROUP", tmp_path)
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n")
    assert count_cores() == cores
