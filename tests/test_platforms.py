"""Where the locked packages can be installed, and with what."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# It asks the package registry.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
# They come as source only, and are Python alone: installing them needs no compiler.
PURE_SOURCES = ["google-apitools", "kfp-server-api", "promise", "rouge-score"]
# Systems that bring Python 3.12 or later have this glibc or a newer one.
NEW_LINUX = "x86_64-manylinux_2_39"
OLD_LINUX = "x86_64-manylinux_2_28"
MACOS = "aarch64-apple-darwin"


@pytest.fixture
def uv(tmp_path):
    """Runs uv, and returns what came of it."""

    # As set-up calls it, so that it knows an index that only pip is configured with.
    script = """
        . environment/pip_configuration.sh
        use_pip_configuration
        exec .venv/bin/python -m uv --quiet "$@"
    """

    def run(*arguments):
        return subprocess.run(
            ["bash", "-c", script, "bash", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            # It leaves lock files there when it builds a package.
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )

    return run


def install_locked(uv, python, platform, folder, sources):
    """Has uv look for the file of each locked package that fits, and install none."""
    return uv(
        "pip", "install", "--dry-run", "--no-deps", "--require-hashes",
        "--python", sys.executable, "--target", folder,
        "--python-version", python, "--python-platform", platform,
        "--only-binary", ":all:",
        *(part for name in sources for part in ("--no-binary", name)),
        "-r", "requirements.lock", "-r", "requirements-dev.lock",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("python", "platform"),
    [
        ("3.11", OLD_LINUX),
        ("3.12", NEW_LINUX),
        ("3.13", NEW_LINUX),
    ],
)
def test_linux_needs_no_compiler(uv, python, platform, tmp_path):
    outcome = install_locked(uv, python, platform, tmp_path, PURE_SOURCES)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    ("python", "platform"),
    [
        ("3.10", OLD_LINUX),
        ("3.10", MACOS),
        ("3.11", MACOS),
        ("3.12", MACOS),
        ("3.13", MACOS),
    ],
)
def test_a_compiler_is_needed_for_pyfarmhash_and_nothing_else(
    uv, python, platform, tmp_path
):
    outcome = install_locked(uv, python, platform, tmp_path, PURE_SOURCES)
    assert outcome.returncode != 0
    assert "pyfarmhash==" in outcome.stderr
    sources = [*PURE_SOURCES, "pyfarmhash"]
    outcome = install_locked(uv, python, platform, tmp_path, sources)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_pip_finds_versions_that_agree_without_the_lock_s_overrides(uv, python):
    outcome = uv(
        "pip", "compile", "pyproject.toml", "--no-header", "--no-annotate",
        "--python-version", python, "--python-platform", NEW_LINUX,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
