import ast
import json
import subprocess
import sys

import pytest

from components.infra_validator import session_process
from components.infra_validator.model_calls import read_signatures
from components.infra_validator.session_process import Call

PROGRAM = session_process._PROGRAM


def test_the_program_imports_nothing_but_the_standard_library():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(PROGRAM.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported
    assert imported <= sys.stdlib_module_names


def test_the_program_ends_with_the_process_that_started_it(
    exported, random_pixels, tmp_path
):
    call = Call("", "predict_images", {"images": random_pixels[:1]}, 10**9, 600.0)
    signature = read_signatures(exported.folder)["predict_images"]
    job = {
        "library": str(session_process._library()),
        "model": exported.folder,
        "memory_bytes": 2**31,
        "calls": [session_process._encode(call, signature)],
    }
    job_file = tmp_path / "job.json"
    job_file.write_text(json.dumps(job))
    with subprocess.Popen(
        [sys.executable, "-I", "-S", PROGRAM, job_file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert "loaded" in json.loads(process.stdout.readline())
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        process.stdin.close()
        assert process.wait(10) == 1
