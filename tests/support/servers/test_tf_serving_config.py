"""The stand-in follows a configuration as a real TensorFlow Serving 2.19.1 did."""

import pytest

from components.pusher.model_config import Served, config_path, write_served
from tests.support.servers.tf_serving_config import Follower
from tests.support.tiny_model import damage, push, save_tiny_model, served_folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def serving_dir(tmp_path, model):
    return served_folder(tmp_path, model)


@pytest.fixture
def follow(serving_dir):
    """Writes what to serve, and returns the follower once it has followed."""
    followers = []

    def follow(*versions, **labels):
        write_served(str(serving_dir), Served(frozenset(versions), labels))
        if not followers:
            followers.append(Follower(config_path(str(serving_dir))))
        followers[0].look()
        return followers[0]

    return follow


def test_the_two_newest_versions_are_loaded_by_default(follow, serving_dir, model):
    follower = follow()
    assert follower.model.available() == [2, 3]
    push(model, serving_dir, 4)
    follower.look()
    assert follower.model.available() == [3, 4]
    assert follower.model.states[2] == "END"


def test_only_what_is_named_is_loaded(follow):
    assert follow(1).model.available() == [1]
    assert follow(1, 3).model.available() == [1, 3]
    assert follow(2).model.available() == [2]


def test_naming_only_what_is_not_there_ends_every_version(follow):
    follow(1)
    assert follow(7).model.available() == []


def test_a_damaged_version_ends_and_the_others_serve_on(follow, serving_dir, model):
    follower = follow()
    push(model, serving_dir, 4)
    damage(serving_dir, 4)
    follower.look()
    assert follower.model.available() == [3]
    assert follower.model.states[4] == "END"
    assert follower.model.errors[4]


def test_a_label_moves_only_to_a_version_that_is_loaded(follow):
    follow(1, stable=1)
    refused = follow(2, stable=2)
    assert refused.model.available() == [1]
    assert refused.model.labels == {"stable": 1}
    assert "not currently available for inference" in refused.faults[-1]
    follow(1, 2, stable=1)
    moved = follow(2, stable=2)
    assert moved.model.available() == [2]
    assert moved.model.labels == {"stable": 2}


def test_a_file_that_is_no_configuration_changes_nothing(follow, serving_dir):
    follower = follow(1)
    config_path(str(serving_dir)).write_text("no configuration {")
    follower.look()
    assert follower.model.available() == [1]
    assert follower.faults
