"""Where a data set's original files come from, with and without a network.

Nothing here imports TensorFlow: a run that can't have its data says so in
seconds.
"""

import contextlib
import difflib
import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import tensorflow_datasets as tfds
from etils import epath
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from components.errors import InputError
from components.example_gen import debian_package

_PROBE_SECONDS = 3
_PACKAGED_DATASET = "fashion_mnist"


def collect_source_files(
    dataset: str, data_dir: str, mirror: str | None = None
) -> Path | None:
    """Makes sure that TFDS can have the set's original files.

    An explicit mirror comes first; else the upstream host if it answers; else, for
    Fashion-MNIST, the Debian package, installed or fetched. Every file's SHA-256
    is the one that TFDS registers, whatever it came from.

    Args:
        dataset: TFDS name with version, `fashion_mnist:3.0.1` say.
        data_dir: Folder in which TFDS prepares the set.
        mirror: Folder that holds the original files, or the packaged ones.

    Returns:
        Folder for TFDS's `manual_dir`; None if the set is prepared already, or if
        TFDS shall download it.

    Raises:
        InputError: If the set is unknown, a mirror's file is wrong, or nothing
            worked.
    """
    builder_class = _builder_class(dataset)
    if is_prepared(dataset, data_dir):
        return None
    expected = _expected_files(builder_class)
    target = _collected_dir(dataset, data_dir)
    if mirror is not None:
        _collect(Path(mirror), target, expected)
        return target
    if expected and all(_is_intact(target / name, expected[name]) for name in expected):
        return target
    tried = [_probe(host) for host in _hosts(builder_class)]
    if not any(tried):
        return None
    if _name(dataset) == _PACKAGED_DATASET:
        for source in (_installed_package, debian_package.fetched_package):
            try:
                with source() as folder:
                    _collect(folder, target, expected)
                return target
            except (OSError, InputError) as error:
                tried.append(f"package {debian_package.PACKAGE}: {error}")
    raise InputError(
        f"The data set {dataset!r} can't be had here; tried: "
        f"{'; '.join(filter(None, tried))}; connect to the network, or give a folder "
        f"that holds {', '.join(sorted(expected)) or 'its files'} with --data-mirror."
    )


def is_prepared(dataset: str, data_dir: str) -> bool:
    """Tells whether TFDS has prepared the set in the folder."""
    name, _, version = dataset.partition(":")
    return (epath.Path(data_dir) / name / version / "dataset_info.json").exists()


def source_checksums(dataset: str) -> dict[str, str]:
    """Returns the SHA-256 that TFDS registers for each original file, by its name."""
    expected = _expected_files(_builder_class(dataset))
    return {name: info.checksum for name, info in sorted(expected.items())}


def _name(dataset: str) -> str:
    return dataset.partition(":")[0]


def _builder_class(dataset: str) -> type[tfds.core.DatasetBuilder]:
    name, _, version = dataset.partition(":")
    try:
        builder_class = tfds.builder_cls(name)
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        near = difflib.get_close_matches(name, tfds.list_builders(), n=3)
        hint = f", {' or '.join(near)} for instance" if near else ""
        raise InputError(
            f"The data set must be one that tensorflow-datasets knows{hint}; "
            f"received {dataset!r}."
        ) from error
    known = {
        str(known_version)
        for known_version in [builder_class.VERSION, *builder_class.SUPPORTED_VERSIONS]
        if known_version
    }
    if not version or (known and version not in known):
        raise InputError(
            f"The data set must be pinned to a version that tensorflow-datasets has, "
            f"{name}:{max(known, default='1.0.0')} for instance; received {dataset!r}."
        )
    return builder_class


def _expected_files(builder_class: type[tfds.core.DatasetBuilder]) -> dict:
    return {info.filename: info for info in _url_infos(builder_class).values()}


def _url_infos(builder_class: type[tfds.core.DatasetBuilder]) -> dict:
    # None for a set whose package registers no checksums.
    return builder_class.url_infos or {}


def _hosts(builder_class: type[tfds.core.DatasetBuilder]) -> set[tuple[str, int]]:
    return {
        (parts.hostname, parts.port or {"http": 80}.get(parts.scheme, 443))
        for parts in map(urlsplit, _url_infos(builder_class))
        if parts.hostname
    }


def _probe(address: tuple[str, int]) -> str | None:
    """Returns why a host can't be reached, None if it can."""
    try:
        with socket.create_connection(address, timeout=_PROBE_SECONDS):
            return None
    except OSError as error:
        return f"upstream host {address[0]}: {error}"


def _collected_dir(dataset: str, data_dir: str) -> Path:
    # TFDS reads manual files from a local folder only.
    base = Path(tempfile.gettempdir() if "://" in data_dir else data_dir)
    return base / "downloads" / "collected" / _name(dataset)


@contextlib.contextmanager
def _installed_package() -> Iterator[Path]:
    if not debian_package.INSTALLED_DIR.is_dir():
        raise OSError("not installed")
    yield debian_package.INSTALLED_DIR


def _collect(source: Path, target: Path, expected: dict) -> None:
    """Copies the expected files, each checked before it gets its name."""
    if not source.is_dir():
        raise InputError(f"The data mirror must be a folder; received {str(source)!r}.")
    contents = {
        name: _upstream_content(source / name, expected[name]) for name in expected
    }
    target.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        total = sum(map(len, contents.values()))
        task = bar.add_task("Collecting the data set", total=total)
        for name, content in contents.items():
            _write_atomically(target / name, content)
            bar.advance(task, len(content))


def _upstream_content(path: Path, expected: tfds.download.checksums.UrlInfo) -> bytes:
    if not path.is_file():
        raise InputError(
            f"The data mirror must hold {path.name}; {str(path.parent)!r} lacks it."
        )
    content = path.read_bytes()
    for candidate in (
        content,
        debian_package.restore_upstream_file(content, path.name),
    ):
        if hashlib.sha256(candidate).hexdigest() == expected.checksum:
            return candidate
    raise InputError(
        f"The data mirror's file must have SHA-256 {expected.checksum}; {path} has "
        f"{hashlib.sha256(content).hexdigest()} and {len(content)} bytes: it is "
        f"truncated, damaged or another file, so fetch it again."
    )


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _is_intact(path: Path, expected: tfds.download.checksums.UrlInfo) -> bool:
    return (
        path.is_file()
        and hashlib.sha256(path.read_bytes()).hexdigest() == expected.checksum
    )
