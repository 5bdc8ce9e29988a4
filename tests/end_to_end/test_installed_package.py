"""The project as a package: built, installed, and called from another folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from pipeline.__main__ import main
from tests.support.commands import leaves
from tests.support.metadata_store import write_store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = ("components", "pipeline")
GOLDEN = ROOT / "tests" / "pipeline" / "kubeflow" / "fashion-mnist.yaml"


def source_files(folder):
    return {
        str(path.relative_to(folder))
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the project, built by what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    # A build leaves files beside the sources.
    sources = folder / "sources"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, sources / package)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, sources)
    (wheel,) = folder.glob("*.whl")
    return wheel


def pip(command, *arguments, python=sys.executable):
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", str(python), "--quiet", command,
            "--no-deps", "--no-index", *map(str, arguments),
        ],
        check=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A virtual environment with the wheel, which sees the packages of this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip("install", wheel, python=python)
    (packages,) = folder.glob("lib/python*/site-packages")
    # Files like this one aren't read there, so the project's own sources aren't found.
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture
def call(installed, tmp_path):
    """Calls a program of the environment from an empty folder."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }

    def call_it(program, *arguments):
        result = subprocess.run(
            [installed / program, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    return call_it


def test_the_wheel_has_every_file_of_the_packages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.split("/")[0] in PACKAGES}
    assert names == source_files(ROOT)


def test_the_installed_code_is_what_runs(call, installed):
    place = call("python", "-c", "import pipeline; print(pipeline.__file__)")
    assert Path(place.strip()).is_relative_to(installed.parent)


def test_every_command_shows_its_help_as_it_was_called(call):
    listed = call("fashion-mnist", "--help")
    assert all(name in listed for name in main.commands)
    for path in leaves(main):
        called = " ".join(["fashion-mnist", *path])
        assert call("fashion-mnist", *path, "--help").startswith(f"Usage: {called} ")


def test_the_package_for_kubeflow_is_the_same(call, tmp_path):
    call("fashion-mnist", "kubeflow", "compile", "--package", "package.yaml")
    assert (tmp_path / "package.yaml").read_text() == GOLDEN.read_text()


def test_runs_are_explained_and_reported(call, tmp_path):
    write_store(str(tmp_path / "metadata.sqlite"), 2)
    assert "run-0001" in call("fashion-mnist", "runs", "--output", tmp_path)
    page = call("fashion-mnist", "report", "--output", tmp_path)
    assert page == "Report: reports/run-0001.html\n"
    assert "<style>" in (tmp_path / "reports" / "run-0001.html").read_text()


def test_a_run_takes_settings(call):
    assert "fashion_mnist:3.0.1" in call("fashion-mnist", "run", "--show-settings")
