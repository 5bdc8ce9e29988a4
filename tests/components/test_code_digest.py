import shutil
from pathlib import Path

import pytest

from components import code_digest as module
from components.code_digest import code_digest


@pytest.fixture
def copied_components(tmp_path, monkeypatch):
    root = tmp_path / "components"
    shutil.copytree(Path(module.__file__).parent, root)
    monkeypatch.setattr(module, "_ROOT", root)
    return root


def _append(path):
    path.write_text(path.read_text() + "\n# changed\n")


def test_same_code_has_the_same_digest():
    assert code_digest("components.trainer") == code_digest("components.trainer")


@pytest.mark.parametrize(
    ("package", "changed"),
    [
        ("components.trainer", "trainer/model.py"),
        ("components.trainer", "features.py"),
        ("components.trainer", "transform/decoding.py"),
        ("components.transform", "transform/decoding.py"),
        ("components.schema", "schema/schema.pbtxt"),
        ("components.evaluator", "evaluator/config.py"),
    ],
)
def test_a_change_in_code_that_a_component_uses_changes_its_digest(
    copied_components, package, changed
):
    before = code_digest(package)
    _append(copied_components / changed)
    assert code_digest(package) != before


@pytest.mark.parametrize(
    ("package", "changed"),
    [
        ("components.example_gen", "trainer/model.py"),
        ("components.transform", "evaluator/config.py"),
        ("components.pusher", "features.py"),
        # How its files are fetched can't change what a data set is.
        ("components.example_gen", "source_files/apt.py"),
        ("components.example_gen", "source_files/sources.py"),
        # The cache compares the values of parameters by themselves.
        ("components.trainer", "parameters.py"),
    ],
)
def test_a_change_elsewhere_leaves_the_digest(copied_components, package, changed):
    before = code_digest(package)
    _append(copied_components / changed)
    assert code_digest(package) == before
