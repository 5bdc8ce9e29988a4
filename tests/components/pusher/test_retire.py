import tensorflow as tf

from components.pusher.model_config import Served, config_path, write_served
from components.pusher.publish import publish_version
from components.pusher.retire import retire_versions
from components.pusher.versions import list_versions


def publish_all(make_model, base_dir, uris):
    return [int(publish_version(make_model(uri), base_dir)) for uri in uris]


def test_the_newest_versions_stay(make_model, base_dir):
    versions = publish_all(make_model, base_dir, "abcd")
    assert retire_versions(base_dir, 3, set()) == versions[:1]
    assert list_versions(base_dir) == versions[1:]


def test_the_version_of_a_needed_model_stays_whatever_its_age(make_model, base_dir):
    versions = publish_all(make_model, base_dir, "abcd")
    assert retire_versions(base_dir, 2, {"a"}) == [versions[1]]
    assert list_versions(base_dir) == [versions[0], *versions[2:]]


def test_two_versions_stay_at_least(make_model, base_dir):
    versions = publish_all(make_model, base_dir, "abc")
    retire_versions(base_dir, 0, set())
    assert list_versions(base_dir) == versions[1:]


def test_uploads_that_broke_off_go_but_not_one_under_way(make_model):
    base_dir = "ram://uploads/serving"
    tf.io.gfile.makedirs(f"{base_dir}/7/variables")
    (version,) = publish_all(make_model, base_dir, "a")
    tf.io.gfile.makedirs(f"{base_dir}/{version + 1}/variables")
    assert retire_versions(base_dir, 2, set()) == [7]
    assert tf.io.gfile.exists(f"{base_dir}/{version + 1}")


def test_an_empty_or_absent_folder_has_nothing_to_retire(base_dir):
    assert retire_versions(base_dir, 2, set()) == []


def test_a_version_that_the_servers_configuration_names_stays(make_model, tmp_path):
    base_dir = str(tmp_path / "serving" / "discs")
    versions = publish_all(make_model, base_dir, "abcde")
    served = Served(frozenset({versions[0]}), {"stable": versions[1]})
    write_served(base_dir, served)
    assert retire_versions(base_dir, 2, set()) == [versions[2]]
    assert list_versions(base_dir) == [*versions[:2], *versions[3:]]


def test_nothing_goes_while_the_configuration_cannot_be_read(make_model, tmp_path):
    base_dir = str(tmp_path / "serving" / "discs")
    versions = publish_all(make_model, base_dir, "abc")
    config_path(base_dir).write_text("no configuration {")
    assert retire_versions(base_dir, 2, set()) == []
    assert list_versions(base_dir) == versions
