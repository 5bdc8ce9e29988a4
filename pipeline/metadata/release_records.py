"""Records in ML Metadata who changed what is served, when and why, and reads it.

A release is an execution of a type of our own. Its input is the pushed version that it
concerns, and its output an artifact that holds the facts.
"""

import datetime
import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.own_artifacts import find_subjects, record_facts
from pipeline.metadata.records import Artifact

RELEASE_TYPE = "Release"
"""Type of the artifacts, and of the executions, that record a release."""

# Actions that decide what a client gets that asks for nothing special.
_FOR_ALL = ("promote", "rollback", "pin", "unpin")
_PROPERTIES = ("action", "version", "user", "reason", "time")


@dataclass(frozen=True)
class Release:
    """A change of what is served.

    Attributes:
        artifact: The artifact that holds the facts; its URI is the configuration.
        pushed_model: Identifier of the pushed version's artifact; None if ML Metadata
            doesn't know that version.
        action: `promote`, `canary`, `rollback`, `pin` or `unpin`.
        version: The version; empty if the action concerns none.
        user: Who did it.
        reason: Why; empty if nothing was said.
        time: When, in local time, with its zone.
    """

    artifact: Artifact
    pushed_model: int | None
    action: str
    version: str
    user: str
    reason: str
    time: datetime.datetime


def record_release(
    store: ml_metadata.MetadataStore,
    action: str,
    version: int | None,
    config: str,
    reason: str,
) -> None:
    """Records that this user has changed what is served, now.

    Args:
        store: The store, which must be writable.
        action: What was done.
        version: The version that it concerns; None if none.
        config: Path of the server's configuration.
        reason: Why it was done.
    """
    values = (
        action,
        "" if version is None else str(version),
        _user(),
        reason,
        datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    pushed = None if version is None else find_pushed_model(store, version)
    facts = dict(zip(_PROPERTIES, values, strict=True))
    record_facts(store, RELEASE_TYPE, config, facts, pushed)


def load_releases(store: ml_metadata.MetadataStore) -> list[Release]:
    """Loads all releases, the oldest first."""
    artifacts = store.get_artifacts_by_type(RELEASE_TYPE)
    pushed = find_subjects(store, artifacts)
    return [
        _make_release(artifact, pushed.get(artifact.id))
        for artifact in sorted(artifacts, key=lambda artifact: artifact.id)
    ]


def releases_by_version(
    store: ml_metadata.MetadataStore,
) -> dict[str, Sequence[Release]]:
    """Loads the releases of each version, the oldest first.

    Args:
        store: The store.

    Returns:
        Releases by version, written as ML Metadata has it; none for versions that no
        command has named.
    """
    releases: dict[str, list[Release]] = {}
    for release in load_releases(store):
        if release.version:
            releases.setdefault(release.version, []).append(release)
    return dict(releases)


def released_versions(store: ml_metadata.MetadataStore) -> dict[str, str | None]:
    """Returns the version that the last release made the one for all clients.

    Args:
        store: The store.

    Returns:
        The version by the pipeline's name; None or missing if its newest version is
        served.
    """
    return {
        # The configuration is named after the pipeline: `serving/NAME.config`.
        Path(release.artifact.uri).stem: release.version or None
        for release in load_releases(store)
        if release.action in _FOR_ALL
    }


def find_pushed_model(
    store: ml_metadata.MetadataStore, version: int
) -> pb.Artifact | None:
    """Finds the artifact that the first push of a version recorded.

    Args:
        store: The store.
        version: The version.

    Returns:
        The artifact; None if ML Metadata doesn't know the version.
    """
    for artifact in sorted(
        store.get_artifacts_by_type("PushedModel"), key=lambda artifact: artifact.id
    ):
        recorded = artifact.custom_properties["pushed_version"]
        if str(version) in (recorded.string_value, str(recorded.int_value)):
            return artifact
    return None


def _make_release(artifact: pb.Artifact, pushed_model: int | None) -> Release:
    values = {name: artifact.properties[name].string_value for name in _PROPERTIES}
    return Release(
        Artifact(artifact.id, artifact.uri, values, RELEASE_TYPE),
        pushed_model,
        action=values["action"],
        version=values["version"],
        user=values["user"],
        reason=values["reason"],
        time=datetime.datetime.fromisoformat(values["time"]),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return f"user {os.getuid()}"
