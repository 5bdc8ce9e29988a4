"""The steps' image."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PYTHON_OF_DEBIAN = {"bookworm": "3.11", "trixie": "3.13"}


def find(pattern, file):
    (found,) = re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)
    return found


def test_beam_s_image_has_the_base_image_s_python_and_the_locked_beam():
    suite = find(r"^ARG BASE_IMAGE=.*/debian:(\w+)-slim$", "Dockerfile")
    python = PYTHON_OF_DEBIAN[suite]
    assert find(r"apache/beam_python([\d.]+)_sdk", "Dockerfile") == python
    locked = find(r"^apache-beam(?:\[\w+\])?==(\S+)", "requirements.lock")
    named = find(
        r"BEAM_SDK_IMAGE=apache/beam_python(\S+)_sdk:(\S+)", "docs/kubeflow.md"
    )
    assert named == (python, locked)


@pytest.mark.parametrize(
    ("installed", "used"),
    [(["podman"], "build"), (["podman", "runc"], "--runtime runc build")],
)
def test_the_image_is_built_with_runc_where_it_is_installed(tmp_path, installed, used):
    # Programs that only say how they were called, before those of the system.
    for name in ("bash", "dirname", "mktemp", "rm", "cat", "awk", "tr", "python3"):
        (tmp_path / name).symlink_to(shutil.which(name))
    for name in installed:
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/calls"\necho 1\n'
        )
        program.chmod(0o755)
    subprocess.run(
        [ROOT / "deploy" / "image" / "build.sh", "it:1"],
        check=True,
        env={"PATH": str(tmp_path)},
        capture_output=True,
    )
    first, *_ = (tmp_path / "calls").read_text().splitlines()
    assert first.startswith(f"podman {used} --network=host --tag it:1")
