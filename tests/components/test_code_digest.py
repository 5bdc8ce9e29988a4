import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from components import code_digest as module
from components.code_digest import code_digest, module_digest


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
        ("components.schema", "schema/fashion_mnist.pbtxt"),
        ("components.evaluator", "evaluator/config.py"),
        ("components.evaluator", "batched_examples.py"),
        ("components.statistics_gen", "batched_examples.py"),
        ("components.statistics_gen", "tfrecords.py"),
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


@pytest.fixture
def own_code(tmp_path, monkeypatch):
    """A module and a package of a user, on Python's path."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "digested_module.py").write_text("raise RuntimeError('imported')\n")
    package = tmp_path / "digested_package"
    (package / "inner").mkdir(parents=True)
    for file in ("__init__.py", "network.py", "blocks.py", "inner/layers.py"):
        (package / file).write_text("")
    (package / "notes.txt").write_text("")
    (package / "inner" / "__init__.py").write_text("")
    (tmp_path / "importing.py").write_text(
        "import os\nfrom helped import block\nimport digested_package.blocks\n"
    )
    (tmp_path / "helped.py").write_text("import helping\n")
    (tmp_path / "helping.py").write_text("import importing\nthis is no Python\n")
    yield tmp_path
    # To find a module of a package, Python imports the package.
    sys.modules.pop("digested_package", None)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("digested_module", "digested_module.py"),
        ("digested_package.network", "digested_package/network.py"),
        ("digested_package.network", "digested_package/blocks.py"),
        ("digested_package.network", "digested_package/inner/layers.py"),
        ("digested_package", "digested_package/blocks.py"),
        ("digested_package.inner.layers", "digested_package/blocks.py"),
        ("importing", "helped.py"),
        ("importing", "helping.py"),
        ("importing", "digested_package/inner/layers.py"),
    ],
)
def test_a_change_of_a_users_code_changes_its_digest(own_code, name, changed):
    before = module_digest(name)
    assert module_digest(name) == before
    _append(own_code / changed)
    assert module_digest(name) != before


def test_an_installed_package_is_digested_without_those_beside_it(
    tmp_path, monkeypatch
):
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    (folder / "installed_network.py").write_text("import installed_library\n")
    (folder / "installed_library.py").write_text("")
    before = module_digest("installed_network")
    _append(folder / "installed_library.py")
    assert module_digest("installed_network") == before
    _append(folder / "installed_network.py")
    assert module_digest("installed_network") != before


def test_another_file_beside_it_leaves_the_digest(own_code):
    before = module_digest("digested_module"), module_digest("digested_package")
    _append(own_code / "digested_package" / "notes.txt")
    (own_code / "other.py").write_text("")
    after = module_digest("digested_module"), module_digest("digested_package")
    assert after == before


@pytest.mark.parametrize(
    "name",
    ["no_such_module", "no_such_package.module", "sys", "zipimport", "__main__"],
)
def test_the_digest_of_a_module_without_a_file_is_of_zeros(monkeypatch, name):
    # As in `python local_runner.py`, and not as in `python -m pytest`.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    assert module_digest(name) == "0" * 16
