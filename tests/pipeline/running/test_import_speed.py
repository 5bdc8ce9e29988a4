import gc

import pytest

from pipeline.running.import_speed import paused_garbage_collection


@pytest.fixture(autouse=True)
def thaw():
    yield
    gc.unfreeze()


def test_what_is_imported_is_left_out_of_later_collections():
    before = gc.get_freeze_count()
    with paused_garbage_collection():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)


def test_collection_goes_on_after_a_failed_import():
    with pytest.raises(ImportError), paused_garbage_collection():
        raise ImportError
    assert gc.isenabled()
