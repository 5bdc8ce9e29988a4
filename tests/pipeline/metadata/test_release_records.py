from pipeline.metadata.connection import open_store
from pipeline.metadata.own_artifacts import record_facts
from pipeline.metadata.release_records import (
    RELEASE_TYPE,
    record_release,
    released_versions,
)


def test_the_last_release_of_each_pipeline_counts(store_address):
    store = open_store(store_address)
    assert released_versions(store) == {}
    for action, version, served, config in (
        ("promote", 6, 6, "/out/serving/flowers.config"),
        ("canary", 8, 6, "/out/serving/flowers.config"),
        ("pin", 5, 6, "/out/serving/flowers.config"),
        ("pin", 5, 5, "/out/serving/digits.config"),
        ("pin", 4, 4, "/out/serving/letters.config"),
        ("unpin", None, None, "/out/serving/letters.config"),
    ):
        record_release(store, action, version, served, config, "")
    assert released_versions(store) == {"flowers": "6", "digits": "5", "letters": None}


def test_a_store_of_releases_without_what_they_serve_takes_new_ones(store_address):
    store = open_store(store_address)
    old = {"action": "promote", "version": "6", "user": "u", "reason": ""}
    record_facts(store, RELEASE_TYPE, "/out/serving/flowers.config", old, None)
    assert released_versions(store) == {"flowers": None}
    record_release(store, "promote", 6, 6, "/out/serving/flowers.config", "")
    assert released_versions(store) == {"flowers": "6"}
