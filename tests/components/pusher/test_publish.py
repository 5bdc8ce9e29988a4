import pytest
import tensorflow as tf

from components.errors import InputError
from components.pusher.publish import publish_version
from components.pusher.versions import MODEL_FILE, list_versions
from components.served_model.model_lineage import ModelLineage
from tests.support.served_versions import reading


def test_a_version_is_a_loadable_model_with_its_lineage(make_model, base_dir):
    version = publish_version(make_model("a"), base_dir)
    assert float(tf.saved_model.load(f"{base_dir}/{version}").predict(2.0)) == 2
    assert ModelLineage.read(f"{base_dir}/{version}").model_uri == "a"


def test_another_model_gets_a_later_version(make_model, base_dir):
    versions = [int(publish_version(make_model(uri), base_dir)) for uri in "abc"]
    assert versions == sorted(set(versions))
    assert list_versions(base_dir) == versions


def test_the_newest_model_is_not_published_twice(make_model, base_dir):
    first = publish_version(make_model("a"), base_dir)
    assert publish_version(make_model("a"), base_dir) == first
    assert list_versions(base_dir) == [int(first)]


def test_what_is_no_model_is_refused_and_leaves_nothing_behind(tmp_path, base_dir):
    with pytest.raises(InputError, match=r"absent holds no saved_model\.pb"):
        publish_version(str(tmp_path / "absent"), base_dir)
    assert not tf.io.gfile.exists(base_dir)


def test_a_copy_that_breaks_off_leaves_no_version(make_model, tmp_path, monkeypatch):
    model = make_model("a")
    copy = tf.io.gfile.copy

    def break_off(source, target):
        if source.endswith(MODEL_FILE):
            raise tf.errors.ResourceExhaustedError(None, None, "disk full")
        copy(source, target)

    monkeypatch.setattr(tf.io.gfile, "copy", break_off)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        publish_version(model, str(tmp_path / "serving"))
    assert list((tmp_path / "serving").iterdir()) == []


def test_an_upload_ends_with_the_file_that_makes_it_a_model(make_model, monkeypatch):
    uploaded = []
    copy = tf.io.gfile.copy
    monkeypatch.setattr(
        tf.io.gfile, "copy", lambda *paths: (uploaded.append(paths[1]), copy(*paths))
    )
    publish_version(make_model("a"), "ram://order/serving")
    assert uploaded[-1].endswith(f"/{MODEL_FILE}")
    assert len(uploaded) > 3


def test_an_upload_that_broke_off_is_no_version(make_model, monkeypatch):
    tf.io.gfile.makedirs("ram://broken/serving/7/variables")
    assert list_versions("ram://broken/serving") == []
    version = publish_version(make_model("a"), "ram://broken/serving")
    assert list_versions("ram://broken/serving") == [int(version)]


def test_a_reader_that_loads_whatever_appears_never_sees_half_a_version(
    make_model, tmp_path
):
    models = [make_model(str(number)) for number in range(20)]
    serving_dir = tmp_path / "serving"
    with reading(serving_dir, lambda model: model.predict(1.0)) as reader:
        for model in models:
            publish_version(model, str(serving_dir))
        versions = {str(version) for version in list_versions(str(serving_dir))}
        reader.wait_for(versions)
    assert reader.faults == []
    assert len(versions) == 20
