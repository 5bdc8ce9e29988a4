"""Changes what a server serves, and waits until it does."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from components.errors import InputError
from components.infra_validator.session_process import ask_in_fresh_process
from components.parameters import InfraValidationParameters
from components.pusher.model_config import (
    LOADED_BY_DEFAULT,
    Served,
    lock_served,
    read_served,
    write_served,
)
from components.pusher.versions import list_versions
from pipeline.serving.release_plan import format_versions, require_versions
from pipeline.serving.rest_client import RestClient

_POLL_SECONDS = 0.2
# A model loads within a second or two.
_CHECK_SECONDS = 60.0


def check_version(serving_dir: str, version: int, max_memory_mb: int) -> None:
    """Checks that a version is there, and that it loads.

    Args:
        serving_dir: Folder of the versions.
        version: The version.
        max_memory_mb: Memory that it may need, in MiB.

    Raises:
        InputError: If serving it would be an outage.
    """
    versions = list_versions(serving_dir)
    if version not in versions:
        raise InputError(
            f"A version to serve must be a pushed one; received {version}; "
            f"{serving_dir} has {format_versions(versions)}; name one of these."
        )
    # As the server loads it.
    report = ask_in_fresh_process(
        str(Path(serving_dir, str(version))), {}, [], max_memory_mb, _CHECK_SECONDS
    )
    if report.fault:
        others = [each for each in versions if each != version]
        raise InputError(
            f"A version to serve must be whole; {version} in {serving_dir} is damaged: "
            f"{report.fault}; name another one: {format_versions(others)}."
        )


class Releaser:
    """Changes what is served from a folder, and waits for servers if they are named."""

    def __init__(
        self,
        serving_dir: str,
        servers: Sequence[RestClient] = (),
        timeout: float = 120,
        max_memory_mb: int = InfraValidationParameters().max_memory_mb,
    ):
        """Constructs the releaser.

        Args:
            serving_dir: Folder of the versions.
            servers: Clients of the REST ports of all servers that read the
                configuration; none to wait for no server.
            timeout: Seconds to wait until the servers have loaded a version.
            max_memory_mb: Memory that a version may need, in MiB.
        """
        self._serving_dir = serving_dir
        self._servers = servers
        self._timeout = timeout
        self._max_memory_mb = max_memory_mb

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
            What is to be served now; `wait` waits until it is.

        Raises:
            InputError: If the change would be an outage, or the server doesn't load the
                version. What was served before is then served again.
        """
        require_versions(self._serving_dir)
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
                    f"{format_versions(sorted(loaded))}; name the server with --rest, "
                    f"or, if it is down, `pin` the version before."
                )
            first = target
            if moves and self._servers and version is not None:
                there = loaded.intersection(list_versions(self._serving_dir))
                first = Served(there | {version}, before.labels)
            write_served(self._serving_dir, first)
        if first != target and version is not None:
            self._load_first(version, before, first)
            with lock_served(self._serving_dir):
                if read_served(self._serving_dir) != first:
                    # Somebody has changed it meanwhile, and that counts too.
                    _, target = self._prepare(change, None)
                write_served(self._serving_dir, target)
        return target

    def wait(self, target: Served, version: int) -> None:
        """Waits until the servers serve what a release has made.

        Args:
            target: What `release` has returned.
            version: The version that it concerned.

        Raises:
            InputError: If a server doesn't in time. The release counts all the same.
        """
        self._wait(lambda server: _answers(server, target, version), version)

    def _prepare(
        self, change: Callable[[Served], Served], version: int | None
    ) -> tuple[Served, Served]:
        if version is not None:
            check_version(self._serving_dir, version, self._max_memory_mb)
        before = read_served(self._serving_dir)
        target = change(before)
        versions = list_versions(self._serving_dir)
        missing = target.needed.difference(versions)
        if missing:
            raise InputError(
                f"All versions to serve must be there; {self._serving_dir} lacks "
                f"{format_versions(sorted(missing))}, which the configuration names; "
                f"`rollback` to one of {format_versions(versions)}."
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
        while fault := self._fault(reached):
            if time.monotonic() > deadline:
                raise InputError(
                    f"The server must serve {version} after {self._timeout:g} s; "
                    f"{fault}; look at `versions --rest` and at the server's log, and "
                    f"check that it reads this folder's configuration."
                )
            time.sleep(_POLL_SECONDS)

    def _fault(self, reached: Callable[[RestClient], bool]) -> str:
        """Returns what there is to wait for; empty if nothing."""
        try:
            return "" if all(map(reached, self._servers)) else "it doesn't yet"
        except InputError as error:
            # One that restarts, or has much to do, answers again.
            return str(error).rstrip(".")


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
