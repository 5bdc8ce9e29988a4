import pytest
from filelock import FileLock
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from components.errors import InputError
from components.pusher import model_config
from components.pusher.model_config import (
    Served,
    config_path,
    ensure_config,
    lock_served,
    read_served,
    write_served,
)


@pytest.fixture
def serving_dir(tmp_path):
    folder = tmp_path / "serving" / "discs"
    folder.mkdir(parents=True)
    return str(folder)


def parsed(serving_dir):
    config = text_format.Parse(
        config_path(serving_dir).read_text(),
        model_server_config_pb2.ModelServerConfig(),
    )
    (model,) = config.model_config_list.config
    return model


def test_without_a_file_no_version_is_named(serving_dir):
    assert read_served(serving_dir) == Served()
    assert read_served("gs://bucket/serving/discs") == Served()


def test_the_first_configuration_serves_the_two_newest_versions(serving_dir):
    ensure_config(serving_dir)
    model = parsed(serving_dir)
    assert (model.name, model.base_path) == ("discs", "/models/discs")
    assert model.model_platform == "tensorflow"
    assert model.model_version_policy.latest.num_versions == 2
    assert read_served(serving_dir) == Served()


def test_a_configuration_that_is_there_is_left_as_it_is(serving_dir):
    write_served(serving_dir, Served(frozenset({7}), {"stable": 7}))
    before = config_path(serving_dir).read_bytes()
    ensure_config(serving_dir)
    assert config_path(serving_dir).read_bytes() == before


def test_an_object_store_gets_no_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ensure_config("ram://store/serving/discs")
    with lock_served("ram://store/serving/discs"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "served",
    [
        Served(frozenset({7}), {}),
        Served(frozenset({7, 9}), {"stable": 7, "canary": 9}),
        Served(),
    ],
)
def test_what_is_written_is_read(serving_dir, served):
    write_served(serving_dir, Served(frozenset({1, 2}), {"stable": 1}))
    write_served(serving_dir, served)
    assert read_served(serving_dir) == served
    assert sorted(path.name for path in config_path(serving_dir).parent.iterdir()) == [
        "discs",
        "discs.config",
    ]


def test_versions_have_labels():
    served = Served(frozenset({7, 9}), {"stable": 7, "canary": 7})
    assert served.labels_of(7) == ["canary", "stable"]
    assert served.labels_of(9) == []
    assert Served(frozenset({9}), {"stable": 7}).needed == {7, 9}


def test_what_was_added_by_hand_stays(serving_dir):
    config_path(serving_dir).write_text(
        """
        model_config_list {
          config {
            name: "other" base_path: "/other" model_platform: "tensorflow"
          }
          config {
            name: "discs" base_path: "/srv/discs" model_platform: "tensorflow"
            model_version_policy { latest { num_versions: 4 } }
          }
        }
        """
    )
    write_served(serving_dir, Served())
    text = config_path(serving_dir).read_text()
    assert "num_versions: 4" in text
    write_served(serving_dir, Served(frozenset({3})))
    text = config_path(serving_dir).read_text()
    assert '"/srv/discs"' in text
    assert '"/other"' in text
    assert "versions: 3" in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("model_config_list {", "must be a ModelServerConfig in text format"),
        ('model_config_list { config { name: "cats" } }', "entry for the model discs"),
        ("", "entry for the model discs"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_stays(serving_dir, text, sentence):
    config_path(serving_dir).write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_served(serving_dir)
    with pytest.raises(InputError, match=sentence):
        write_served(serving_dir, Served())
    assert config_path(serving_dir).read_text() == text


def test_a_lock_that_another_process_keeps_is_said(serving_dir, monkeypatch):
    monkeypatch.setattr(model_config, "_LOCK_SECONDS", 0.1)
    with (
        FileLock(f"{serving_dir}.lock"),
        pytest.raises(InputError, match="Another command changes what is served"),
        lock_served(serving_dir),
    ):
        pass
