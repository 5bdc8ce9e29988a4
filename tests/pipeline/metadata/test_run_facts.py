from components.machine import Machine
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_facts import RUN_TYPE, RunFacts, read_facts, write_facts
from pipeline.metadata.run_reader import load_run
from tests.support.metadata_store import NODES


def read(store, run_id):
    return read_facts(store.get_context_by_type_and_name(RUN_TYPE, run_id))


def test_what_was_recorded_before_stays(store_address):
    store = open_store(store_address)
    machine = Machine.describe(["GPU:0"])
    write_facts(store, "run-0001", RunFacts(machine=machine, note="a note"))
    write_facts(store, "run-0001", RunFacts(name="first", tags=("a", "b c")))
    assert read(store, "run-0001") == RunFacts(
        name="first", note="a note", tags=("a", "b c"), machine=machine
    )
    # The nodes of the run are as before.
    assert load_run(store, "run-0001").facts.name == "first"
    assert len(load_run(store, "run-0001").nodes) == len(NODES)


def test_a_run_that_has_not_begun_can_have_facts(store_address):
    store = open_store(store_address)
    write_facts(store, "new", RunFacts(output="/somewhere"))
    assert read(store, "new").output == "/somewhere"
    assert list(load_run(store, "new").nodes) == []


def test_what_another_program_wrote_is_left_alone(store_address):
    store = open_store(store_address)
    context = store.get_context_by_type_and_name(RUN_TYPE, "run-0001")
    context.custom_properties["name"].string_value = "not JSON"
    context.custom_properties["tags"].string_value = '"no list"'
    context.custom_properties["machine"].string_value = "{"
    context.custom_properties["note"].string_value = '"readable"'
    context.custom_properties["theirs"].int_value = 7
    store.put_contexts([context])
    assert read(store, "run-0001") == RunFacts(note="readable")
    write_facts(store, "run-0001", RunFacts(name="ours"))
    context = store.get_context_by_type_and_name(RUN_TYPE, "run-0001")
    assert context.custom_properties["theirs"].int_value == 7


def test_facts_are_described_for_people():
    machine = Machine(commit="abc", clean=False, host="lab", cores=2, zone="+01:00")
    described = RunFacts(name="n", tags=("a", "b"), machine=machine).describe()
    assert described["commit"] == "abc, with changes"
    assert described["tags"] == "a, b"
    assert "lab" in described["machine"]
    assert "UTC+01:00" in described["machine"]
    assert "note" not in described
    assert RunFacts().describe() == {}
