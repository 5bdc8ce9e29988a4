"""What the project takes from elsewhere, and how."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UNSAFE = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_version_and_hashes(name):
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text())
    packages = text.replace("\\\n", " ").strip().splitlines()
    assert len(packages) > 50
    for package in packages:
        assert re.match(r"[\w.-]+==\S+ ", package), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package


def test_everything_is_installed_with_its_hashes_checked():
    for file in ("environment/set_up.sh", "Dockerfile"):
        text = (ROOT / file).read_text().replace("\\\n", " ")
        installs = [
            line for line in text.splitlines() if re.search(r"install .*\.lock", line)
        ]
        assert installs
        assert all("--require-hashes" in line for line in installs)


@pytest.mark.parametrize("package", ["components", "pipeline"])
def test_nothing_is_unpickled(package):
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = {
                ast.Import: lambda n: [alias.name for alias in n.names],
                ast.ImportFrom: lambda n: [n.module or ""],
                ast.keyword: lambda n: ["pickle"] if n.arg == "allow_pickle" else [],
            }.get(type(node), lambda n: [])(node)
            assert not UNSAFE & {name.partition(".")[0] for name in names}, path
