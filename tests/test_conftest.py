import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Runs the tests of plain functions, and lists what was imported for them.
PROGRAM = """
import sys
import pytest

code = pytest.main(["tests/pipeline/test_formatting.py"])
heavy = {"apache_beam", "keras", "tensorflow", "tensorflow_datasets", "tfx"}
print("imported:", sorted(heavy & set(sys.modules)))
sys.exit(code)
"""


def test_tests_of_plain_functions_import_nothing_that_is_slow_to_import():
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout
    assert "passed" in result.stdout
    assert result.stdout.splitlines()[-1] == "imported: []"
