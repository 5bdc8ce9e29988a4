"""Finds the run that a user named, and shortens the names of runs."""

import re
from collections.abc import Iterable, Mapping, Sequence

import ml_metadata

from components.errors import InputError
from pipeline.formatting import suggest
from pipeline.metadata.output_place import OutputPlace
from pipeline.metadata.records import Run
from pipeline.metadata.run_facts import read_facts
from pipeline.metadata.run_reader import load_run, newest_first

# As git shortens the names of commits.
_SHORTEST = 8
_LATEST = re.compile(r"latest(?:~(\d{1,9}))?")


def find_run(
    store: ml_metadata.MetadataStore,
    name: str | None,
    place: OutputPlace | None = None,
) -> Run:
    """Loads the run that a user named.

    Args:
        store: The store.
        name: Identifier of the run or a unique prefix of it, the name that the user
            gave it, `latest` for the newest run, or `latest~1` for the one before. The
            newest run if None.
        place: Where the runs' output folder is now; None if it isn't known.

    Returns:
        The run.

    Raises:
        InputError: If no run has that name, or several have.
    """
    names = names_by_id(store)
    return load_run(
        store, _find(list(names), "latest" if name is None else name, names), place
    )


def names_by_id(store: ml_metadata.MetadataStore) -> dict[str, str]:
    """Returns the name that the user gave each run, by the run's identifier.

    Args:
        store: The store.

    Returns:
        The names, the newest run first; empty if the run has none.
    """
    return {context.name: read_facts(context).name for context in newest_first(store)}


def short_ids(store: ml_metadata.MetadataStore) -> dict[str, str]:
    """Returns a prefix of each run's identifier that names this run alone.

    Args:
        store: The store.

    Returns:
        The prefix by identifier, as `shorten_ids` makes it.
    """
    return shorten_ids(context.name for context in newest_first(store))


def shorten_ids(run_ids: Iterable[str]) -> dict[str, str]:
    """Shortens the identifiers of runs.

    Args:
        run_ids: The identifiers of all runs in the store.

    Returns:
        By identifier, the prefix that names this run alone. All have the same length,
        at least eight characters.

    Example:
        >>> shorten_ids(["20261125-202606-4f1a", "20261125-202711-90bc"]).values()
        dict_values(['20261125-2026', '20261125-2027'])
    """
    ids = list(run_ids)
    length = next(
        length
        for length in range(_SHORTEST, max(map(len, ids), default=0) + _SHORTEST + 1)
        if len({run_id[:length] for run_id in ids}) == len(set(ids))
    )
    return {run_id: run_id[:length] for run_id in ids}


def _find(run_ids: Sequence[str], name: str, names: Mapping[str, str]) -> str:
    if not run_ids:
        raise InputError(
            "There are no runs yet; run the pipeline first, or name another place "
            "with --output or --metadata."
        )
    if name in run_ids:
        return name
    if latest := _LATEST.fullmatch(name):
        steps = int(latest[1] or 0)
        if steps < len(run_ids):
            return run_ids[steps]
        raise InputError(
            f"A run must be one that ML Metadata knows; received {name!r}, but there "
            f"are only {len(run_ids)} runs; the oldest is latest~{len(run_ids) - 1}."
        )
    named = [run_id for run_id in run_ids if name and names[run_id] == name]
    if named:
        # A name may be given again; the newest run has it.
        return named[0]
    found = [run_id for run_id in run_ids if name and run_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"A run must be named by its id or a unique prefix of it; received "
            f"{name!r}, with which {len(found)} ids begin; choose one of them, for "
            f"example {found[0]}."
        )
    known = [*run_ids, *filter(None, names.values())]
    raise InputError(
        f"A run must be one that ML Metadata knows; received {name!r}; "
        f"{suggest(name, known)}."
    )
