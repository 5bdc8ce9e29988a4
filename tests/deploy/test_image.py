"""The steps' image."""

import re
from pathlib import Path

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
