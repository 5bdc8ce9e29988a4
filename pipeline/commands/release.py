"""The commands that change what a server serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from components.errors import InputError
from components.terminal import late_status
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import print_sentence
from pipeline.commands.option_types import COUNT, Seconds, Text
from pipeline.commands.options import make_console
from pipeline.commands.server_options import (
    connect_rest,
    model_options,
    served_settings,
)
from pipeline.formatting import format_duration
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ml_metadata import MetadataStore

    from components.pusher.model_config import Served

_Change = Callable[["Served"], "Served"]


def _release_options(command: Callable[..., Any]) -> Callable[..., Any]:
    reason = click.option(
        "--reason",
        type=Text(spaces=True),
        default=None,
        show_default="none",
        help="Why; ML Metadata keeps it with your name and the time.",
    )
    timeout = click.option(
        "--timeout",
        type=Seconds(),
        default=120.0,
        help="Seconds to wait until the server of --rest has loaded the version.",
    )
    return reason(timeout(model_options(command, "max_memory_mb")))


@click.command(cls=CalledCommand)
@click.argument("version", type=COUNT)
@_release_options
def promote(version: int, **options: Any) -> None:
    """Give VERSION the label stable.

    From then on the server loads only versions that have a label or are pinned, and
    what is pushed later waits until it is promoted.

    \b
    Examples:
      {command} 1795433368 --reason "better on bags"
      {command} 1795433368 --rest http://localhost:8501
    """  # noqa: D301 (click keeps the lines after \b apart)
    from pipeline.serving import release_plan

    _release(
        "promote",
        version,
        lambda served: release_plan.promote(served, version),
        **options,
    )


@click.command(cls=CalledCommand)
@click.argument("version", type=COUNT)
@_release_options
def canary(version: int, **options: Any) -> None:
    """Give VERSION the label canary, beside the stable one.

    A few clients ask for the label canary, the others for stable. Requests without a
    label get the loaded version with the highest number. Give the label to the stable
    version to end a canary.
    """
    from pipeline.serving import release_plan

    _release(
        "canary",
        version,
        lambda served: release_plan.canary(served, version),
        **options,
    )


@click.command(cls=CalledCommand)
@click.argument("version", type=COUNT, required=False)
@_release_options
def rollback(version: int | None, **options: Any) -> None:
    """Serve VERSION alone, to all clients; by default, the version before.

    That is the newest older version that a release has given to most clients, or else
    the newest older one; but none that a rollback took back. What is pushed later isn't
    served until `promote`, or `unpin` if no version has a label.

    \b
    Examples:
      {command} --rest http://localhost:8501 \\
          --reason "takes bags for shirts"
      {command} 1795433368
    """  # noqa: D301 (click keeps the lines after \b apart)
    _release("rollback", version, None, **options)


@click.command(cls=CalledCommand)
@click.argument("version", type=COUNT, required=False)
@_release_options
def pin(version: int | None, **options: Any) -> None:
    """Hold the server at VERSION; by default, at the one that is served.

    What is pushed later isn't served until `promote`, or `unpin` if no version has a
    label. A pinned version is never removed. Versions with a label, and those pinned
    before, stay loaded too.
    """
    _release("pin", version, None, **options)


@click.command(cls=CalledCommand)
@click.option(
    "--labels", is_flag=True, help="Remove the labels too; their clients get errors."
)
@_release_options
def unpin(labels: bool, **options: Any) -> None:
    """Serve only what has a label; if nothing has one, the newest versions again."""
    from pipeline.serving import release_plan

    _release(
        "unpin", None, lambda served: release_plan.unpin(served, labels), **options
    )


def _release(
    action: str,
    version: int | None,
    change: _Change | None,
    *,
    rest: Sequence[str],
    timeout: float,
    reason: str | None,
    settings: Settings,
    debug: bool,
) -> None:
    from components.pusher.model_config import config_path
    from pipeline.serving.releasing import Releaser

    console = make_console()
    with served_settings(settings, debug) as settings:
        store, fault = _open_store(settings)
        servers = connect_rest(rest, settings.name)
        if change is None:
            version, change = _choose(action, version, settings, store)
        started = time.monotonic()
        title = "Waiting for the server" if servers else "Checking the version"
        with late_status(console, title):
            releaser = Releaser(
                settings.serving_dir, servers, timeout, settings.max_memory_mb
            )
            served = releaser.release(change, version)
            # The release counts from now on, also if a server takes longer to follow.
            if store is not None:
                config = str(config_path(settings.serving_dir))
                fault = _record(store, action, version, served, config, reason or "")
            if version is not None:
                releaser.wait(served, version)
        seconds = time.monotonic() - started
    _print(console, served, version, bool(servers), seconds)
    if fault:
        print_sentence(f"Warning: ML Metadata has no record of this: {fault}")


def _choose(
    action: str, version: int | None, settings: Settings, store: MetadataStore | None
) -> tuple[int, _Change]:
    """Returns the version to roll back to or to pin, and how to do it."""
    from components.pusher.model_config import read_served
    from pipeline.metadata.release_records import Experience, load_experience
    from pipeline.serving import release_plan

    serving_dir = settings.serving_dir
    served = read_served(serving_dir)
    if action == "pin":
        chosen = (
            release_plan.current_version(serving_dir, served)
            if version is None
            else version
        )
        return chosen, lambda served: release_plan.pin(served, chosen)
    if version is None:
        known = load_experience(store, settings.name) if store else Experience()
        version = release_plan.version_before(
            serving_dir, served, known.served, known.taken_back
        )
    before = version
    return before, lambda served: release_plan.roll_back(served, before)


def _open_store(settings: Settings) -> tuple[MetadataStore | None, str]:
    """Opens the store; without one, the way back must still be open."""
    from pipeline.metadata.existing_store import open_existing_store

    try:
        return open_existing_store(settings.metadata_address, writable=True), ""
    except InputError as error:
        return None, str(error)


def _record(
    store: MetadataStore,
    action: str,
    version: int | None,
    served: Served,
    config: str,
    reason: str,
) -> str:
    """Records the release; returns what was wrong if that fails."""
    from ml_metadata.errors import StatusError

    from pipeline.metadata.release_records import record_release
    from pipeline.serving.release_plan import chosen_version

    try:
        record_release(store, action, version, chosen_version(served), config, reason)
    except StatusError as error:
        return str(error)
    return ""


def _print(
    console: Console, served: Served, version: int | None, waited: bool, seconds: float
) -> None:
    if not served.versions:
        console.print("The server is told to load the newest versions.")
    else:
        each = ", ".join(
            f"{number} ({', '.join(served.labels_of(number)) or 'pinned'})"
            for number in sorted(served.versions)
        )
        console.print(f"The server is told to load {each}, and nothing else.")
    if waited and version is not None:
        console.print(f"It answers with {version} after {format_duration(seconds)}.")
    else:
        console.print("It reads that by itself within seconds.")
