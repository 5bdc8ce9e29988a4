"""Changes what a server serves: which versions it loads, and their labels.

Without labels, clients get the newest version that the server has loaded. A label is a
name that clients may ask for instead: `stable` for most of them, `canary` for a few.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from components.errors import InputError
from components.pusher.model_config import (
    LOADED_BY_DEFAULT,
    Served,
    lock_served,
    read_served,
    write_served,
)
from components.pusher.versions import list_versions
from pipeline.serving.rest_client import RestClient

STABLE, CANARY = "stable", "canary"
_POLL_SECONDS = 0.2


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


def version_before(serving_dir: str, served: Served, promoted: Iterable[str]) -> int:
    """Chooses the version to go back to.

    Args:
        serving_dir: Folder of the versions.
        served: What is served now.
        promoted: The versions that a release has named before.

    Returns:
        The newest of these that is older than what is served; if there is none, the
        newest older version.

    Raises:
        InputError: If there is no older version.
    """
    versions = _require_versions(serving_dir)
    current = served.labels.get(STABLE) or max(served.versions or versions)
    older = [version for version in versions if version < current]
    if not older:
        raise InputError(
            f"`rollback` needs a version that is older than the one that is served, "
            f"{current}; {serving_dir} has {_listed(versions)}; name the "
            f"version to serve."
        )
    named = {int(version) for version in promoted}
    return max(named.intersection(older), default=older[-1])


def current_version(serving_dir: str, served: Served) -> int:
    """Returns the version that requests without a label get.

    Raises:
        InputError: If there is no version.
    """
    return max(served.versions or _require_versions(serving_dir))


def check_version(serving_dir: str, version: int) -> None:
    """Checks that a version is there, and that it loads.

    Raises:
        InputError: If serving it would be an outage.
    """
    versions = list_versions(serving_dir)
    if version not in versions:
        raise InputError(
            f"A version to serve must be a pushed one; received {version}; "
            f"{serving_dir} has {_listed(versions)}; name one of these."
        )
    from components.pusher.publish import check_loads

    try:
        check_loads(str(Path(serving_dir, str(version))))
    except InputError as error:
        others = [each for each in versions if each != version]
        raise InputError(
            f"A version to serve must be whole; {version} in {serving_dir} is damaged "
            f"({type(error.__cause__).__name__}) and wouldn't load; name another one: "
            f"{_listed(others)}."
        ) from error


class Releaser:
    """Changes what is served from a folder, and waits for servers if they are named."""

    def __init__(
        self, serving_dir: str, servers: Sequence[RestClient] = (), timeout: float = 120
    ):
        """Constructs the releaser.

        Args:
            serving_dir: Folder of the versions.
            servers: Clients of the REST ports of all servers that read the
                configuration; none to wait for no server.
            timeout: Seconds to wait until the servers have loaded a version.
        """
        self._serving_dir = serving_dir
        self._servers = servers
        self._timeout = timeout

    def release(
        self, change: Callable[[Served], Served], version: int | None = None
    ) -> Served:
        """Changes what is served.

        A server refuses a configuration that moves a label to a version that it hasn't
        loaded. So it is told to load the version first, and to move the label then.
        Without its address, a label moves only to a version that the server has been
        told to load before.

        Args:
            change: Makes what is to be served from what is served.
            version: The version that the change concerns; None if none.

        Returns:
            What is served now.

        Raises:
            InputError: If the change would be an outage, or the server doesn't follow.
                If it was the version that the server couldn't load, what was served
                before is served again.
        """
        _require_versions(self._serving_dir)
        for server in self._servers:
            server.states()  # nothing is changed if one doesn't answer
        with lock_served(self._serving_dir):
            before, target = self._prepare(change, version)
            loaded = before.needed or frozenset(
                list_versions(self._serving_dir)[-LOADED_BY_DEFAULT:]
            )
            moves = any(
                before.labels.get(name, number) != number
                for name, number in target.labels.items()
            )
            if moves and not self._servers and version not in loaded:
                raise InputError(
                    f"A label can move only to a version that the server has loaded; "
                    f"received {version}, and the server loads "
                    f"{_listed(sorted(loaded))}; name the server with --rest, or, if "
                    f"it is down, `pin` the version before."
                )
            first = target
            if moves and self._servers and version is not None:
                there = loaded.intersection(list_versions(self._serving_dir))
                first = Served(there | {version}, before.labels)
            write_served(self._serving_dir, first)
        if not self._servers or version is None:
            return target
        if first != target:
            self._load_first(version, before, first)
            with lock_served(self._serving_dir):
                if read_served(self._serving_dir) != first:
                    # Somebody has changed it meanwhile, and that counts too.
                    _, target = self._prepare(change, None)
                write_served(self._serving_dir, target)
        self._wait(lambda server: _answers(server, target, version), version)
        return target

    def _prepare(
        self, change: Callable[[Served], Served], version: int | None
    ) -> tuple[Served, Served]:
        if version is not None:
            check_version(self._serving_dir, version)
        before = read_served(self._serving_dir)
        target = change(before)
        versions = list_versions(self._serving_dir)
        missing = target.needed.difference(versions)
        if missing:
            raise InputError(
                f"All versions to serve must be there; {self._serving_dir} lacks "
                f"{_listed(sorted(missing))}, which the configuration names; "
                f"`rollback` to one of {_listed(versions)}."
            )
        return before, target

    def _load_first(self, version: int, before: Served, first: Served) -> None:
        """Waits until a version is loaded; else serves what was served before."""
        try:
            self._wait(
                lambda server: server.states().get(version) == "AVAILABLE", version
            )
        except BaseException:
            with lock_served(self._serving_dir):
                # Unless somebody has changed it meanwhile.
                if read_served(self._serving_dir) == first:
                    write_served(self._serving_dir, before)
            raise

    def _wait(self, reached: Callable[[RestClient], bool], version: int) -> None:
        deadline = time.monotonic() + self._timeout
        while not all(map(reached, self._servers)):
            if time.monotonic() > deadline:
                raise InputError(
                    f"The server must serve {version} after {self._timeout:g} s; it "
                    f"doesn't yet; look at `versions --rest` and at the server's log, "
                    f"and check that it reads this folder's configuration."
                )
            time.sleep(_POLL_SECONDS)


def _answers(server: RestClient, target: Served, version: int) -> bool:
    """Whether a server serves the version to everybody who should get it."""
    available = {
        number for number, state in server.states().items() if state == "AVAILABLE"
    }
    return (
        version in available
        and (not target.versions or available <= target.versions)
        and all(
            list(server.states(label)) == [number]
            for label, number in target.labels.items()
        )
    )


def _require_versions(serving_dir: str) -> list[int]:
    versions = list_versions(serving_dir)
    if not versions:
        raise InputError(
            f"There must be a pushed version; {serving_dir} has none; run the pipeline "
            f"first, or name another folder or --pipeline-name."
        )
    return versions


def _listed(versions: Sequence[int]) -> str:
    return ", ".join(map(str, versions)) or "none"
