"""The README's two commands on systems that nobody prepared.

With FRESH=short the older Debian passes only the fast tests.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.fresh.debian_system import ROOT

pytestmark = pytest.mark.fresh

PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
# What the second command may leave out there.
LEFT_OUT = re.compile(
    r"(\d+) tests? that needs? "
    r"(?:Chromium|kubectl 1\.22 or later|Prometheus|nginx)\. To run .*"
    r"|\d+ tests: FASHION_MNIST_TFSERVING_\w+ is not set; .*"
)


def console_block() -> list[str]:
    """Returns the commands under "Run it" in the README, without their comments."""
    section = (ROOT / "README.md").read_text().partition("\n## Run it\n")[2]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block
    return [line.partition("#")[0].strip() for line in block[1].splitlines()]


def count_tests(marks: str) -> int:
    """Returns the number of tests with these marks."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", marks]
    listed = subprocess.check_output(command, cwd=ROOT, text=True)
    return sum("::" in line for line in listed.splitlines())


@pytest.fixture(scope="module", params=PYTHONS)
def suite(request):
    return request.param


@pytest.fixture(scope="module")
def system(suite, start_system):
    system = start_system(suite)
    system.clone()
    yield system
    system.remove()


def test_the_first_command_trains_a_good_model(system, suite):
    first, _ = console_block()
    assert first == "make run"
    finished = system.run(first)
    print(finished.stdout)
    assert finished.returncode == 0
    assert f"Setting up .venv with Python {PYTHONS[suite]}." in finished.stdout
    accuracy = re.search(r"test accuracy (0\.\d+) meets the floor", finished.stdout)
    assert accuracy
    assert float(accuracy[1]) >= 0.89


def test_the_second_command_passes_and_says_what_it_left_out(system, suite):
    _, second = console_block()
    assert second == "make test"
    if os.environ.get("FRESH") == "short" and suite == "bookworm":
        second = "make test-fast"
    finished = system.run(second)
    print(finished.stdout)
    assert finished.returncode == 0
    *_, summary = finished.stdout.strip().splitlines()
    assert re.search(r"\d+ passed, \d+ skipped", summary)
    # Nothing else may be left out, and `make test-tools` runs what is.
    lines = re.findall(r"^Left out: (.*)$", finished.stdout, re.MULTILINE)
    left_out = [LEFT_OUT.fullmatch(line) for line in lines]
    assert all(left_out), lines
    marks = "tools and not slow" if second == "make test-fast" else "tools"
    assert sum(int(line[1] or 0) for line in left_out) == count_tests(marks) > 0
