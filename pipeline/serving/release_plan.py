"""Says what is to be served after a release, from what is served before it.

Without labels, clients get the newest version that the server has loaded. A label is a
name that clients may ask for instead: `stable` for most of them, `canary` for a few.
"""

from collections.abc import Collection, Sequence

from components.errors import InputError
from components.pusher.model_config import Served
from components.pusher.versions import list_versions

STABLE, CANARY = "stable", "canary"


def promote(served: Served, version: int) -> Served:
    """Gives a version the label `stable`; the one before isn't loaded any more."""
    return _label(served, STABLE, version)


def canary(served: Served, version: int) -> Served:
    """Gives a version the label `canary`, beside the stable one.

    Raises:
        InputError: If no version is stable, so that clients have nothing else to ask.
    """
    if STABLE not in served.labels:
        raise InputError(
            f"`canary` needs a stable version beside the new one, and no version has "
            f"the label {STABLE}; `promote` the version that most clients should get, "
            f"then try again."
        )
    return _label(served, CANARY, version)


def roll_back(served: Served, version: int) -> Served:
    """Serves one version alone, and gives it all labels that clients may ask for."""
    return Served(frozenset({version}), dict.fromkeys(served.labels, version))


def pin(served: Served, version: int) -> Served:
    """Loads a version until `unpin`, and none that is pushed meanwhile."""
    return Served(served.versions | {version}, served.labels)


def unpin(served: Served, labels_too: bool) -> Served:
    """Serves what has a label; without labels, the newest versions again."""
    labels = {} if labels_too else served.labels
    return Served(frozenset(labels.values()), labels)


def _label(served: Served, label: str, version: int) -> Served:
    pinned = served.versions - frozenset(served.labels.values())
    labels = {**served.labels, label: version}
    return Served(pinned | frozenset(labels.values()), labels)


def version_before(
    serving_dir: str,
    served: Served,
    proven: Collection[int] = (),
    taken_back: Collection[int] = (),
) -> int:
    """Chooses the version to go back to.

    Args:
        serving_dir: Folder of the versions.
        served: What is served now.
        proven: Versions that most clients have got.
        taken_back: Versions that a rollback took back.

    Returns:
        The newest proven version that is older than what is served and wasn't taken
        back; if there is none, the newest older one that wasn't.

    Raises:
        InputError: If there is no such version.
    """
    versions = require_versions(serving_dir)
    current = stable_version(serving_dir, served)
    left = [each for each in versions if each < current and each not in taken_back]
    if not left:
        raise InputError(
            f"`rollback` needs a version that is older than the one that is served, "
            f"{current}, and that no rollback took back; {serving_dir} has "
            f"{format_versions(versions)}; name the version to serve."
        )
    return max(set(left).intersection(proven), default=left[-1])


def current_version(serving_dir: str, served: Served) -> int:
    """Returns the version that requests without a label get.

    Raises:
        InputError: If there is no version.
    """
    return max(served.versions or require_versions(serving_dir))


def chosen_version(served: Served) -> int | None:
    """Returns the version for most clients; None if it is the newest one."""
    return served.labels.get(STABLE) or max(served.versions, default=None)


def stable_version(serving_dir: str, served: Served) -> int:
    """Returns the version for most clients: the stable one, or else the current one.

    Raises:
        InputError: If there is no version.
    """
    return chosen_version(served) or require_versions(serving_dir)[-1]


def require_versions(serving_dir: str) -> list[int]:
    """Lists the versions in a folder, oldest first.

    Raises:
        InputError: If there is none.
    """
    versions = list_versions(serving_dir)
    if not versions:
        raise InputError(
            f"There must be a pushed version; {serving_dir} has none; run the pipeline "
            f"first, or name another folder or --pipeline-name."
        )
    return versions


def format_versions(versions: Sequence[int]) -> str:
    """Formats versions for an error."""
    return ", ".join(map(str, versions)) or "none"
