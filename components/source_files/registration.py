"""Reads what TFDS registers for a data set: its versions and its source files."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re

import tensorflow_datasets as tfds
from etils import epath

from components.errors import InputError
from components.source_files.checks import SourceFile

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_NAME = re.compile(
    r"(?P<name>[a-z]\w*)(/(?P<config>[\w+.-]+))?"
    rf"(:(?P<version>{_VERSION.pattern}))?"
)


@dataclasses.dataclass(frozen=True)
class Registration:
    """A set's name, configuration and version, and the files it is made from."""

    name: str
    config: str | None
    version: str
    files: tuple[SourceFile, ...]

    @property
    def has_distinct_file_names(self) -> bool:
        """Whether one folder can hold all files under their registered names."""
        names = {file.name for file in self.files}
        return len(names) == len(self.files) and "" not in names


def pin_version(dataset: str, data_dir: str | os.PathLike[str]) -> str:
    """Completes the name of a set with its version.

    Args:
        dataset: TFDS name, with or without version, for example `cifar10`.
        data_dir: Folder of all prepared sets, local or `gs://`.

    Returns:
        The name with its version: the given one, else the one that TFDS prepares, else
        the newest that is prepared.

    Raises:
        InputError: If TFDS has no such set, and none is prepared.
    """
    match = _NAME.fullmatch(dataset)
    if match is None or match["version"]:
        return dataset  # the callers check complete names
    name, config = match["name"], match["config"]
    try:
        builder_class = _builder_class(name)
    except InputError:
        folder = epath.Path(data_dir).expanduser().joinpath(name, config or "")
        versions = [
            each.name
            for each in (folder.iterdir() if folder.exists() else ())
            if _VERSION.fullmatch(each.name) and _has_info(each)
        ]
        if not versions:
            raise
        return f"{dataset}:{max(versions, key=_version_key)}"
    configs = {each.name: each for each in builder_class.BUILDER_CONFIGS}
    chosen = configs.get(config, builder_class.default_builder_config)
    return f"{dataset}:{(chosen and chosen.version) or builder_class.VERSION}"


def is_prepared(dataset: str, data_dir: str | os.PathLike[str]) -> bool:
    """Returns whether TFDS has prepared the set already.

    Args:
        dataset: TFDS name with version.
        data_dir: Folder of all prepared sets, local or `gs://`.

    Raises:
        InputError: If the name has no pinned version, or the set is unknown.
    """
    # A complete name is looked up first: TFDS still reads sets that were prepared in a
    # version that it can no longer prepare.
    name, config, version = _parse(dataset)
    if _has_info(prepared_folder(data_dir, name, config, version)):
        return True
    if config is not None:
        return False
    default = _builder_class(name).default_builder_config
    return default is not None and _has_info(
        prepared_folder(data_dir, name, default.name, version)
    )


def find_registration(dataset: str) -> Registration:
    """Looks up a set that TFDS can prepare.

    Args:
        dataset: TFDS name with version, for example `fashion_mnist:3.0.1`.

    Returns:
        The set's registration.

    Raises:
        InputError: If TFDS has no such set, configuration or version.
    """
    name, config_name, version = _parse(dataset)
    builder_class = _builder_class(name)
    config = builder_class.default_builder_config
    if config_name is not None:
        configs = {config.name: config for config in builder_class.BUILDER_CONFIGS}
        if config_name not in configs:
            known = ", ".join(sorted(configs)) or "none"
            raise InputError(
                f"The configuration of a data set must be one that TFDS has; "
                f"{dataset!r} names {config_name!r}; choose from {known}."
            )
        config = configs[config_name]
    # TFDS reads older versions, but prepares only these two.
    canonical = str((config and config.version) or builder_class.VERSION)
    supported = (config and config.supported_versions) or (
        builder_class.SUPPORTED_VERSIONS
    )
    newest = max([canonical, *map(str, supported)], key=_version_key)
    if version not in {canonical, newest}:
        raise InputError(
            f"The version of a data set must be one that TFDS can prepare: "
            f"{dataset!r} asks for {version}; use '{name}:{canonical}'."
        )
    return Registration(
        name, config.name if config else None, version, _source_files(builder_class)
    )


def source_checksums(dataset: str) -> dict[str, str]:
    """Returns the SHA-256 that TFDS registers for each source file.

    Args:
        dataset: TFDS name with version.

    Returns:
        Checksums by file name, or by URL if TFDS registers no name; none if TFDS
        doesn't know the set.

    Raises:
        InputError: If the name has no pinned version.
    """
    name, _, _ = _parse(dataset)
    try:
        builder_class = _builder_class(name)
    except InputError:
        return {}  # a prepared set whose builder is elsewhere
    return {file.name or file.url: file.sha256 for file in _source_files(builder_class)}


def _parse(dataset: str) -> tuple[str, str | None, str]:
    match = _NAME.fullmatch(dataset)
    if match is None or not match["version"]:
        raise InputError(
            f"The data set must be a TFDS name with its version, such as "
            f"'fashion_mnist:3.0.1': received {dataset!r}."
        )
    return match["name"], match["config"], match["version"]


def _builder_class(name: str) -> type[tfds.core.DatasetBuilder]:
    try:
        builder_class: type[tfds.core.DatasetBuilder] = tfds.builder_cls(name)
    except tfds.core.DatasetNotFoundError as error:
        # Listing community sets would need the network.
        known = tfds.list_builders(with_community_datasets=False)
        near = difflib.get_close_matches(name, known, n=3)
        advice = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else "choose one from the catalog of tensorflow-datasets."
        )
        raise InputError(
            f"The data set must be one that TFDS has: received {name!r}; {advice}"
        ) from error
    return builder_class


def _source_files(
    builder_class: type[tfds.core.DatasetBuilder],
) -> tuple[SourceFile, ...]:
    # Several URLs of the same file, for example of mirrors, count once.
    files = {
        (info.filename, info.checksum): SourceFile(
            url=url,
            name=info.filename or "",
            size=int(info.size),
            sha256=info.checksum,
        )
        for url, info in sorted((builder_class.url_infos or {}).items())
    }
    return tuple(files.values())


def prepared_folder(
    data_dir: str | os.PathLike[str], name: str, config: str | None, version: str
) -> epath.Path:
    """Returns the folder in which TFDS keeps a prepared set.

    Args:
        data_dir: Folder of all prepared sets, local or `gs://`.
        name: Name of the set.
        config: Its configuration, if it has any.
        version: Its version.
    """
    return epath.Path(data_dir).expanduser().joinpath(name, config or "", version)


def _has_info(folder: epath.Path) -> bool:
    return bool((folder / "dataset_info.json").exists())


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
