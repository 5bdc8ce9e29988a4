"""A test run that leaves something in the temporary folder fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pathlib, tempfile

def test_that_leaves_a_folder(tmp_path):
    (tmp_path / "file").touch()
    folder = tempfile.mkdtemp(prefix="forgotten-")
    if REMOVE:
        pathlib.Path(folder).rmdir()
"""


@pytest.fixture
def run_tests(tmp_path):
    """Runs one test, and returns its outcome and what is in the temporary folder."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    program = tmp_path / "test_program.py"
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\ntmp_path_retention_policy = failed\n")

    def run(remove):
        program.write_text(PROGRAM.replace("REMOVE", str(remove)))
        result = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-p", "tests.support.leftovers",
                "--config-file", settings, "--confcutdir", tmp_path, program,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        )  # fmt: skip
        return result, [path.name for path in temporary.iterdir()]

    return run


def test_a_test_that_leaves_a_folder_fails_the_run(run_tests):
    result, _ = run_tests(remove=False)
    assert result.returncode == 1
    assert "Tests left files in the temporary folder: ['forgotten-" in result.stdout


def test_a_run_that_passes_leaves_nothing(run_tests):
    result, left = run_tests(remove=True)
    assert result.returncode == 0, result.stdout
    assert left == []
