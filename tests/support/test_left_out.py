"""Tests without a tool are left out in plain words, and fail where CI is true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tools import TOOLS, require

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pytest
from tests.support.tools import require

@pytest.mark.parametrize("number", [1, 2])
def test_a_page(number):
    require("chromium")

def test_a_kustomization():
    require("kubectl")

def test_a_network():
    pytest.skip("a network namespace can't be made here")

def test_without_tools():
    pass
"""


@pytest.fixture
def run_tests(tmp_path):
    """Runs four tests where no tool is installed."""
    (tmp_path / "test_program.py").write_text(PROGRAM)

    def run(ci):
        return subprocess.run(
            [
                sys.executable, "-m", "pytest", "-p", "tests.support.left_out",
                "--rootdir", tmp_path, "--confcutdir", tmp_path, tmp_path,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PATH": str(tmp_path),
                "CI": ci,
            },
        )  # fmt: skip

    return run


@pytest.mark.skipif(sys.platform == "darwin", reason="browsers have fixed paths there")
def test_the_last_lines_say_what_was_left_out_and_how_to_get_it(run_tests):
    result = run_tests(ci="")
    assert result.returncode == 0, result.stdout
    assert result.stdout.splitlines()[-5:-1] == [
        "=================================== left out "
        "===================================",
        "Left out: 2 tests that need Chromium. To run them: apt-get install chromium",
        "Left out: 1 test that needs kubectl 1.22 or later. To run it: apt-get install "
        "kubernetes-client (Debian 13 or later), or "
        "https://kubernetes.io/docs/tasks/tools/",
        "Left out: 1 test: a network namespace can't be made here",
    ]
    assert "1 passed, 4 skipped" in result.stdout.splitlines()[-1]


def test_a_missing_tool_is_an_error_in_ci(run_tests):
    result = run_tests(ci="true")
    assert result.returncode == 1
    assert "lets no test be left out: apt-get install chromium" in result.stdout
    assert "3 failed, 1 passed, 1 skipped" in result.stdout.splitlines()[-1]


def test_a_kubectl_that_is_too_old_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        """#!/bin/sh\necho '{"clientVersion": {"major": "1", "minor": "20+"}}'\n"""
    )
    kubectl.chmod(0o755)
    assert TOOLS["kubectl"].find() is None
    kubectl.write_text(kubectl.read_text().replace("20+", "22"))
    assert require("kubectl") == str(kubectl)
