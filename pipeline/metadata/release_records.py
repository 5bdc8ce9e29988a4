"""Records in ML Metadata who changed what is served, when and why, and reads it.

A release is an execution of a type of our own. Its input is the pushed version that it
concerns, and its output an artifact that holds the facts:

- `action`: `promote`, `canary`, `rollback`, `pin` or `unpin`.
- `version`: The version; empty if the action concerns none.
- `served`: The version for most clients since then; empty if it is the newest one.
- `user`: Who did it.
- `reason`: Why; empty if nothing was said.
- `time`: When.

The artifact's URI is the configuration.
"""

import getpass
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import ml_metadata
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.metadata.own_artifacts import Record, load_facts, record_facts

RELEASE_TYPE = "Release"
"""Type of the artifacts, and of the executions, that record a release."""


def record_release(
    store: ml_metadata.MetadataStore,
    action: str,
    version: int | None,
    served: int | None,
    config: str,
    reason: str,
) -> None:
    """Records that this user has changed what is served, now.

    Args:
        store: The store, which must be writable.
        action: What was done.
        version: The version that it concerns; None if none.
        served: The version for most clients now; None if it is the newest one.
        config: Path of the server's configuration.
        reason: Why it was done.
    """
    facts = {
        "action": action,
        "version": "" if version is None else str(version),
        "served": "" if served is None else str(served),
        "user": _user(),
        "reason": reason,
    }
    pushed = None if version is None else find_pushed_model(store, version)
    record_facts(store, RELEASE_TYPE, config, facts, pushed)


def load_releases(store: ml_metadata.MetadataStore) -> list[Record]:
    """Loads all releases, the oldest first."""
    return load_facts(store, RELEASE_TYPE)


@dataclass(frozen=True)
class Experience:
    """What releases say of a pipeline's versions.

    Attributes:
        served: Versions that most clients got after a release.
        taken_back: Those from which a rollback led away, and no `promote` back.
    """

    served: frozenset[int] = frozenset()
    taken_back: frozenset[int] = frozenset()


def load_experience(store: ml_metadata.MetadataStore, pipeline: str) -> Experience:
    """Loads what releases say of a pipeline's versions.

    Args:
        store: The store.
        pipeline: Name of the pipeline.

    Returns:
        The versions.
    """
    served: set[str] = set()
    taken_back: set[str] = set()
    current = ""
    for release in load_releases(store):
        if _pipeline_of(release) != pipeline:
            continue
        action, before = release.fact("action"), current
        current = release.fact("served")
        served.add(current)
        if action == "rollback":
            taken_back.add(before)
        elif action == "promote":
            taken_back.discard(current)
    return Experience(_numbers(served), _numbers(taken_back))


def released_versions(store: ml_metadata.MetadataStore) -> dict[str, str | None]:
    """Returns the version that most clients get since a pipeline's last release.

    Args:
        store: The store.

    Returns:
        The version by the pipeline's name; None or missing if its newest version is
        served.
    """
    return {
        _pipeline_of(release): release.fact("served") or None
        for release in load_releases(store)
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


def _pipeline_of(release: Record) -> str:
    # The configuration is named after the pipeline: `serving/NAME.config`.
    return Path(release.artifact.uri).stem


def _numbers(versions: Iterable[str]) -> frozenset[int]:
    return frozenset(int(version) for version in versions if version)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return f"user {os.getuid()}"
