from pipeline.metadata.connection import open_store
from pipeline.metadata.release_records import record_release, released_versions


def test_the_last_release_of_each_pipeline_counts(store_address):
    store = open_store(store_address)
    assert released_versions(store) == {}
    for action, version, config in (
        ("promote", 6, "/out/serving/flowers.config"),
        ("rollback", 7, "/out/serving/flowers.config"),
        ("canary", 8, "/out/serving/flowers.config"),  # not for all clients
        ("pin", 5, "/out/serving/digits.config"),
        ("pin", 4, "/out/serving/letters.config"),
        ("unpin", None, "/out/serving/letters.config"),
    ):
        record_release(store, action, version, config, "")
    assert released_versions(store) == {"flowers": "7", "digits": "5", "letters": None}
