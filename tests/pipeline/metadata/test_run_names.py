import pytest

from components.errors import InputError
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_facts import RunFacts, write_facts
from pipeline.metadata.run_names import find_run, shorten_ids


@pytest.fixture
def store(store_address):
    store = open_store(store_address)
    write_facts(store, "run-0002", RunFacts(name="twice"))
    write_facts(store, "run-0004", RunFacts(name="twice"))
    write_facts(store, "run-0005", RunFacts(name="run-0001"))
    return store


@pytest.mark.parametrize(
    ("name", "run_id"),
    [
        (None, "run-0006"),
        ("latest", "run-0006"),
        ("latest~0", "run-0006"),
        ("latest~2", "run-0004"),
        ("latest~6", "run-0000"),
        ("run-0003", "run-0003"),
        ("twice", "run-0004"),  # the newest run with that name
        ("run-0001", "run-0001"),  # an id comes before a name
    ],
)
def test_a_run_is_found_by_each_of_its_names(store, name, run_id):
    assert find_run(store, name).run_id == run_id


@pytest.mark.parametrize("name", [None, "latest", "latest~0"])
def test_a_run_that_is_named_latest_is_not_the_newest(store, name):
    write_facts(store, "run-0003", RunFacts(name="latest"))
    write_facts(store, "run-0002", RunFacts(name="latest~0"))
    assert find_run(store, name).run_id == "run-0006"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("latest~7", "only 7 runs; the oldest is latest~6"),
        ("twic", "choose a similar one: twice"),
        ("run-000", "with which 7 ids begin"),
        ("latest~", "A run must be one that ML Metadata knows"),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(store, name, words):
    with pytest.raises(InputError, match=words):
        find_run(store, name)


@pytest.mark.parametrize(
    ("ids", "short"),
    [
        ([], []),
        (["one"], ["one"]),
        (["20261125-202606-4f1a"], ["20261125"]),
        (["20261125-202606-4f1a", "20261125-202606-90bc"], None),
        (["a", "ab"], ["a", "ab"]),
    ],
)
def test_short_ids_tell_runs_apart(ids, short):
    found = shorten_ids(ids)
    assert list(found) == ids
    assert len(set(found.values())) == len(ids)
    if short is not None:
        assert list(found.values()) == short
    assert all(run_id.startswith(prefix) for run_id, prefix in found.items())
