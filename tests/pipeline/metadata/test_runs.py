import subprocess
import sys

from pipeline.metadata.connection import open_store
from pipeline.metadata.runs import load_run


def test_a_run_that_the_store_does_not_know_has_no_nodes(tmp_path):
    run = load_run(open_store(str(tmp_path / "metadata.sqlite")), "unknown")
    assert list(run.nodes) == []
    assert run.output("Trainer", "model") is None


def test_reading_runs_does_not_import_tensorflow():
    program = (
        "import sys, pipeline.metadata.runs;"
        "sys.exit(bool({'tensorflow', 'tfx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
