"""Computes a digest of a component's code, for TFX's cache.

TFX's cache compares a component's inputs and parameters. It doesn't notice a change of
code that is named by an import path, or of a library. Therefore each component of this
project has a parameter with the digest of its code and of its libraries' versions.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_PACKAGE = __package__
_ROOT = Path(__file__).parent
_SOURCE_SUFFIXES = {".py", ".pbtxt"}
# Modules that can't change what a component makes: fetched files must have the
# checksums that TFDS registers, and the cache compares the parameters' values anyway.
_LEFT_OUT = {"source_files", "parameters", "execution_parameters"}


def code_digest(package: str, *libraries: str) -> str:
    """Computes a digest of a component's sources and of its libraries' versions.

    The sources include all modules of the project that the component imports. They are
    read as text and not imported.

    Args:
        package: Dotted name of a module or package, for example `components.trainer`.
        *libraries: Names of the installed packages that compute the component's
            outputs.

    Returns:
        The first 16 hexadecimal digits of the SHA-256.
    """
    digest = hashlib.sha256(library_versions(*libraries).encode())
    for path in sorted(_reachable_files(package)):
        digest.update(path.relative_to(_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def module_digest(module: str) -> str:
    """Computes a digest of a module outside this project, without importing it.

    Args:
        module: Dotted name of the module.

    Returns:
        The first 16 hexadecimal digits of the SHA-256 of its file, or of its top-level
        package's Python files, and of those in the same folder that these import;
        zeros if there is no such module, or it has no file, as some of Python's own.
    """
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # ValueError for `__main__`
        spec = None
    if spec is None or spec.origin is None or not spec.has_location:
        return "0" * 16
    place = Path(spec.origin)
    if spec.parent:
        place = place.parents[spec.parent.count(".")]
    digest = hashlib.sha256()
    for file in sorted(_files_of_user(place)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files_of_user(place: Path) -> set[Path]:
    """Finds the Python files of a module or package, and of those that it imports.

    Installed packages are left out, but for the named one itself.
    """
    files: set[Path] = set()
    pending = {place}
    while pending:
        next_place = pending.pop()
        found = {next_place} if next_place.is_file() else set(next_place.rglob("*.py"))
        new = found - files
        files |= new
        if place.parent.name in ("site-packages", "dist-packages"):
            continue
        for name in {name.partition(".")[0] for file in new for name in _imports(file)}:
            module, package = place.parent / f"{name}.py", place.parent / name
            if module.is_file():
                pending.add(module)
            elif (package / "__init__.py").is_file():
                pending.add(package)
    return files


def library_versions(*libraries: str) -> str:
    """Lists installed packages with their versions, without importing them.

    Args:
        *libraries: Names of the packages.

    Returns:
        For example `keras 3.12.0, tensorflow 2.21.0`.
    """
    return ", ".join(f"{name} {metadata.version(name)}" for name in sorted(libraries))


def _reachable_files(package: str) -> set[Path]:
    files: set[Path] = set()
    pending = _files_of(package)
    while pending:
        path = pending.pop()
        if path not in files:
            files.add(path)
            if path.suffix == ".py":
                for module in _imported_modules(path):
                    pending |= _files_of(module)
    return files


def _files_of(module: str) -> set[Path]:
    """Returns the files of a package, or the file of a module or of a name in it."""
    names = module.split(".")[1:]
    if not names or names[0] in _LEFT_OUT:
        return set()
    path = _ROOT.joinpath(*names)
    if path.is_dir():
        return {p for p in path.iterdir() if p.suffix in _SOURCE_SUFFIXES}
    if path.with_suffix(".py").is_file():
        return {path.with_suffix(".py")}
    return _files_of(module.rpartition(".")[0])


def _imported_modules(path: Path) -> Iterator[str]:
    yield from (name for name in _imports(path) if name.split(".")[0] == _PACKAGE)


def _imports(path: Path) -> Iterator[str]:
    """Yields the modules and names that a file imports, but for relative ones."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        # Importing it will say so.
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
