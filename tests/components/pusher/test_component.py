import errno

import pytest
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as standard

from components.pusher import component, retire
from components.pusher.component import Executor
from components.pusher.model_config import (
    Served,
    config_path,
    read_served,
    write_served,
)
from components.pusher.versions import list_versions


def push(model_uri, serving_dir, pushed_uri, blessed=1):
    """Runs the component's executor; returns whether it has pushed."""
    model = standard_artifacts.Model()
    model.uri = model_uri
    blessing = standard_artifacts.ModelBlessing()
    blessing.set_int_custom_property("blessed", blessed)
    pushed_model = standard_artifacts.PushedModel()
    pushed_model.uri = str(pushed_uri)
    Executor().Do(
        {standard.MODEL_KEY: [model], standard.MODEL_BLESSING_KEY: [blessing]},
        {standard.PUSHED_MODEL_KEY: [pushed_model]},
        {"serving_dir": serving_dir, "keep_versions": 2},
    )
    return pushed_model.get_int_custom_property("pushed") == 1


@pytest.fixture
def train(make_model, tmp_path):
    """Makes a Trainer's artifact, with a model for serving in it; returns its URI."""

    def make(name):
        artifact = tmp_path / name
        artifact.mkdir()
        (artifact / "Format-Serving").symlink_to(make_model(name))
        return str(artifact)

    return make


def test_the_first_push_tells_the_server_to_serve_the_newest(train, tmp_path):
    serving_dir = str(tmp_path / "serving" / "discs")
    model = train("a")
    assert not push(model, serving_dir, tmp_path / "pushed", blessed=0)
    assert not config_path(serving_dir).exists()
    assert push(model, serving_dir, tmp_path / "pushed")
    assert read_served(serving_dir) == Served()
    assert config_path(serving_dir).exists()


def test_a_push_leaves_what_is_served_as_it_is(train, tmp_path):
    serving_dir = str(tmp_path / "serving" / "discs")
    for name in "abcd":
        assert push(train(name), serving_dir, tmp_path / f"pushed-{name}")
        if name == "a":
            (first,) = list_versions(serving_dir)
            pinned = Served(frozenset({first}), {"stable": first})
            write_served(serving_dir, pinned)
    assert read_served(serving_dir) == pinned
    assert list_versions(serving_dir)[0] == first
    assert len(list_versions(serving_dir)) == 3


def full(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_nothing_is_published_if_the_copy_for_the_store_fails(
    train, tmp_path, monkeypatch
):
    monkeypatch.setattr(component.io_utils, "copy_dir", full)
    serving_dir = str(tmp_path / "serving" / "discs")
    with pytest.raises(OSError, match="No space left"):
        push(train("a"), serving_dir, tmp_path / "pushed")
    assert list_versions(serving_dir) == []


def test_an_old_version_that_stays_is_no_fault_of_the_push(
    train, tmp_path, monkeypatch
):
    monkeypatch.setattr(retire, "_remove", full)
    serving_dir = str(tmp_path / "serving" / "discs")
    for name in "abc":
        assert push(train(name), serving_dir, tmp_path / f"pushed-{name}")
    assert len(list_versions(serving_dir)) == 3
