"""What a run fetches, what it leaves in its artifacts, and what it tells."""

import os
import pickletools
import subprocess
import sys

import pytest

from tests.chaos import runs
from tests.support.servers.postgresql import postgresql_server

pytestmark = pytest.mark.chaos

# A network of one's own that leads nowhere; TFX's stages talk over the loopback.
CUT_OFF = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")

RUN_WITH_STORE = """
import sys
from pipeline.running.local_run import run_locally
from pipeline.settings import Settings
from tests.support import synthetic_sets
run_locally(
    Settings(
        output=sys.argv[1], metadata=sys.argv[2], dataset="tiny_fashion:1.0.0",
        epochs=4, batch_size=16, min_accuracy=0.1,
    ),
    debug=len(sys.argv) > 3,
)
"""


def is_pickle(path):
    with path.open("rb") as file:
        try:
            operations = [operation for operation, _, _ in pickletools.genops(file)]
        except Exception:
            return False
    return operations[-1].name == "STOP" and len(operations) > 1


def test_a_run_without_a_network_completes_and_its_artifacts_hold_no_pickle(tmp_path):
    if subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode:
        pytest.skip("a network namespace can't be made here")
    output = tmp_path / "output"
    process = subprocess.run(
        [*CUT_OFF, *runs.COMMAND, "--output", str(output)],
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    files = [path for path in output.glob("artifacts/**/*") if path.is_file()]
    assert len(files) > 20
    assert not [path for path in files if is_pickle(path)]


def test_a_password_is_told_nowhere(tmp_path):
    with postgresql_server() as address:
        password = address.partition("@")[0].rpartition(":")[2]
        command = [sys.executable, "-c", RUN_WITH_STORE]
        completed = run(command, tmp_path / "completed", address)
        # The second run tells everything; the short form leaves it out.
        debugged = (
            completed
            if runs.SHORT
            else run(command, tmp_path / "completed", address, "debug")
        )
        # The last one can't get in.
        wrong = address.replace(password, f"wrong-{password}")
        refused = run(command, tmp_path / "refused", wrong)
    assert completed.returncode == debugged.returncode == 0, debugged.stderr
    assert refused.returncode != 0
    told = [each.stdout + each.stderr for each in (completed, debugged)]
    assert not [text for text in told if password in text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for suffix in (".log", ".html"):
        assert any(path.suffix == suffix and path.stat().st_size for path in files)
    assert not [path for path in files if password.encode() in path.read_bytes()]


def run(command, output, *arguments):
    return subprocess.run(
        [*command, str(output), *arguments],
        cwd=runs.ROOT,
        env={**os.environ, "PYTHONPATH": str(runs.ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
