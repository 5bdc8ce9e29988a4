import json
import threading

import pytest
import tensorflow as tf

from components.errors import InputError
from components.pusher.publish import LINEAGE_FILE, publish_version
from components.pusher.versions import list_versions


@pytest.fixture
def model_dir(tmp_path):
    module = tf.Module()
    module.weights = tf.Variable(tf.zeros([1000, 100]))
    module.predict = tf.function(
        lambda x: x + tf.reduce_sum(module.weights),
        input_signature=[tf.TensorSpec([], tf.float32)],
    )
    tf.saved_model.save(module, str(tmp_path / "model"))
    return str(tmp_path / "model")


def test_a_version_is_a_loadable_model_with_its_lineage(model_dir, tmp_path):
    base_dir = tmp_path / "serving"
    version = publish_version(model_dir, str(base_dir), {"model_uri": "a"})
    assert float(tf.saved_model.load(str(base_dir / version)).predict(2.0)) == 2
    assert json.loads((base_dir / version / LINEAGE_FILE).read_text()) == {
        "model_uri": "a"
    }


def test_another_model_gets_a_later_version(model_dir, tmp_path):
    versions = [
        int(publish_version(model_dir, str(tmp_path / "serving"), {"model_uri": uri}))
        for uri in "abc"
    ]
    assert versions == sorted(set(versions))
    assert list_versions(str(tmp_path / "serving")) == versions


def test_the_newest_model_is_not_published_twice(model_dir, tmp_path):
    base_dir = str(tmp_path / "serving")
    first = publish_version(model_dir, base_dir, {"model_uri": "a"})
    assert publish_version(model_dir, base_dir, {"model_uri": "a"}) == first
    assert list_versions(base_dir) == [int(first)]


def test_a_failed_copy_leaves_nothing_behind(tmp_path):
    base_dir = tmp_path / "serving"
    with pytest.raises(InputError, match=r"absent holds no saved_model\.pb"):
        publish_version(str(tmp_path / "absent"), str(base_dir), {"model_uri": "a"})
    assert not base_dir.exists() or not list(base_dir.iterdir())


def test_a_reader_that_loads_whatever_appears_never_sees_half_a_version(
    model_dir, tmp_path
):
    base_dir = tmp_path / "serving"
    base_dir.mkdir()
    done = threading.Event()
    loaded, failures = set(), []

    def poll():
        while not done.wait(0.01):
            for folder in base_dir.iterdir():
                if folder.name.isdecimal() and folder.name not in loaded:
                    loaded.add(folder.name)
                    try:
                        model = tf.saved_model.load(str(folder))
                        model.predict(1.0)
                    except Exception as error:
                        failures.append(error)

    reader = threading.Thread(target=poll)
    reader.start()
    for number in range(20):
        publish_version(model_dir, str(base_dir), {"model_uri": str(number)})
    versions = {str(version) for version in list_versions(str(base_dir))}
    while not loaded >= versions:
        done.wait(0.01)
    done.set()
    reader.join()
    assert failures == []
    assert len(versions) == 20
