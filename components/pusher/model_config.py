"""Reads and writes what a server is told to serve: its model configuration.

The file is a `ModelServerConfig` of TensorFlow Serving in protobuf text format. For the
versions in `serving/NAME/` it is `serving/NAME.config`, and the server reads it again
every few seconds. Nothing here imports TensorFlow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from components.errors import InputError
from components.pusher.unfinished import flush

if TYPE_CHECKING:
    from tensorflow_serving.config import model_server_config_pb2 as pb

MOUNT = "/models"
"""Where `deploy/serving` mounts the folder `serving` for the server."""

LOADED_BY_DEFAULT = 2
"""How many of the newest versions a server loads if none is named."""

_HEADER = """\
# What TensorFlow Serving loads, and its labels. `fashion-mnist promote`, `canary`,
# `rollback`, `pin` and `unpin` write this file; the server reads it again by itself.
"""
_LOCK_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """The versions that a server is told to load.

    Attributes:
        versions: The versions that are named; if none is, the newest are loaded.
        labels: The version of each label by which clients may ask.
    """

    versions: frozenset[int] = frozenset()
    labels: Mapping[str, int] = field(default_factory=dict)

    @property
    def needed(self) -> frozenset[int]:
        """All versions that must not go away: those named, and those with a label."""
        return self.versions | frozenset(self.labels.values())

    def labels_of(self, version: int) -> list[str]:
        """Returns the labels of a version, sorted by name."""
        return sorted(name for name, each in self.labels.items() if each == version)


def config_path(serving_dir: str) -> Path:
    """Returns the path of the configuration.

    Args:
        serving_dir: Folder of the versions.
    """
    return Path(f"{serving_dir.rstrip('/')}.config")


@contextlib.contextmanager
def lock_served(serving_dir: str) -> Iterator[None]:
    """Lets one process at a time change what is served, or remove versions.

    Object stores have no locks, and no configuration of ours.

    Args:
        serving_dir: Folder or URI of the versions.

    Raises:
        InputError: If another process holds the lock for too long.
    """
    if "://" in serving_dir:
        yield
        return
    lock_file = Path(f"{serving_dir.rstrip('/')}.lock")
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file, timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise InputError(
            f"Another command changes what is served from {serving_dir}, and hasn't "
            f"ended within {_LOCK_SECONDS} s; wait for it, then try again."
        ) from error
    try:
        yield
    finally:
        lock.release()


def read_served(serving_dir: str) -> Served:
    """Reads what a server is told to serve.

    Args:
        serving_dir: Folder or URI of the versions.

    Returns:
        The versions and labels that the configuration names; none without a file.

    Raises:
        InputError: If the file can't be read, or doesn't name this model.
    """
    if "://" in serving_dir or not config_path(serving_dir).exists():
        return Served()
    model = _model_in(_read(serving_dir), serving_dir)
    return Served(
        frozenset(model.model_version_policy.specific.versions),
        dict(model.version_labels),
    )


def write_served(serving_dir: str, served: Served) -> None:
    """Tells the server what to serve. The caller holds the lock.

    A server sees the whole old file or the whole new one. What somebody has added to
    the file by hand stays.

    Args:
        serving_dir: Folder of the versions.
        served: The versions and labels.

    Raises:
        InputError: If there is a file that can't be read.
    """
    from google.protobuf import text_format

    path = config_path(serving_dir)
    config = _read(serving_dir) if path.exists() else _new_config(serving_dir)
    model = _model_in(config, serving_dir)
    policy = model.model_version_policy
    if served.versions:
        policy.specific.versions[:] = sorted(served.versions)
    elif policy.HasField("specific"):
        policy.latest.num_versions = LOADED_BY_DEFAULT
    model.version_labels.clear()
    model.version_labels.update(served.labels)
    _replace(path, _HEADER + text_format.MessageToString(config))


def ensure_config(serving_dir: str) -> None:
    """Writes the configuration that serves the newest versions, if there is none.

    Args:
        serving_dir: Folder or URI of the versions; for a URI, nothing is written.
    """
    if "://" in serving_dir or config_path(serving_dir).exists():
        return
    with lock_served(serving_dir):
        if not config_path(serving_dir).exists():
            write_served(serving_dir, Served())


def _new_config(serving_dir: str) -> pb.ModelServerConfig:
    from tensorflow_serving.config import model_server_config_pb2 as pb

    name = Path(serving_dir).name
    model = pb.ModelConfig(
        name=name, base_path=f"{MOUNT}/{name}", model_platform="tensorflow"
    )
    model.model_version_policy.latest.num_versions = LOADED_BY_DEFAULT
    return pb.ModelServerConfig(model_config_list=pb.ModelConfigList(config=[model]))


def _read(serving_dir: str) -> pb.ModelServerConfig:
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2 as pb

    path = config_path(serving_dir)
    try:
        return text_format.Parse(path.read_text(), pb.ModelServerConfig())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(
            f"The server's configuration must be a ModelServerConfig in text format; "
            f"received {path}: {error}; correct it, or remove it to serve the newest "
            f"versions."
        ) from error


def _model_in(config: pb.ModelServerConfig, serving_dir: str) -> pb.ModelConfig:
    name = Path(serving_dir).name
    for model in config.model_config_list.config:
        if model.name == name:
            return model
    raise InputError(
        f"The server's configuration must have an entry for the model {name}; "
        f"{config_path(serving_dir)} has none; add it, or remove the file to serve the "
        f"newest versions."
    )


def _replace(path: Path, text: str) -> None:
    """Replaces a file as a whole, so that a power cut leaves the old or the new one."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    flush(new)
    new.replace(path)
    flush(path.parent)
