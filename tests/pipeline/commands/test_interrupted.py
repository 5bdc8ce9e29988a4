"""Ctrl-C before a command has been imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "command", [["local_runner.py"], ["kubeflow_runner.py"], ["-m", "pipeline"]]
)
def test_ctrl_c_during_the_imports_ends_in_a_word(tmp_path, command):
    # What all commands import, and during which the signal arrives.
    (tmp_path / "click.py").write_text("import signal; signal.raise_signal(2)")
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "Aborted!\n")
