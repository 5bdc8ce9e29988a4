"""The examples in docstrings are run: each shows what it says."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Modules with examples, by the names under which they are imported.
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("components", "pipeline")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text()
]


def test_pure_functions_have_examples():
    assert {"pipeline.beam", "pipeline.metadata.connection"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_right(name):
    results = doctest.testmod(import_module(name))
    assert results.attempted
    assert results.failed == 0
