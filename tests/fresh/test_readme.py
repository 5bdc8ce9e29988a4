"""The README's two commands on systems that nobody prepared.

With FRESH=short the older Debian passes only the fast tests.
"""

import os
import re

import pytest

from tests.fresh.debian_system import ROOT

pytestmark = pytest.mark.fresh

PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
# What the second command's tests need and these systems lack.
TOOLS_OF_TESTS = ("Chromium", "kubectl 1.22 or later")


def console_block() -> list[str]:
    """Returns the commands under "Run it" in the README, without their comments."""
    section = (ROOT / "README.md").read_text().partition("\n## Run it\n")[2]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block
    return [line.partition("#")[0].strip() for line in block[1].splitlines()]


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
    left_out = re.findall(r"^Left out: (.*)$", finished.stdout, re.MULTILINE)
    for tool in TOOLS_OF_TESTS:
        assert any(f" {tool}. To run " in line for line in left_out), left_out
