import pytest

from components.errors import InputError
from pipeline.kubeflow.deployment import (
    Deployment,
    Notify,
    NotifySecret,
    Resources,
    Volume,
    read_deployment,
)
from pipeline.settings import Settings


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_the_default(tmp_path, text):
    (tmp_path / "file").write_text(text)
    assert read_deployment(tmp_path / "file") == Deployment()


def read(folder, text):
    (folder / "file").write_text(text)
    return read_deployment(folder / "file")


def test_what_a_file_gives_replaces_the_default(tmp_path):
    deployment = read(tmp_path, "settings: {output: gs://b/c}\nvolume:\n")
    assert deployment.volume is None
    assert deployment.settings.root == "gs://b/c"
    assert deployment.image == Deployment().image


def test_one_resource_leaves_the_others_as_they_are(tmp_path):
    given = "{Trainer: {gpus: 1}, Evaluator: {memory_limit: 6Gi}}"
    deployment = read(tmp_path, f"resources: {given}")
    assert deployment.resources == {
        "Trainer": Resources(cpu_limit="4", memory_limit="8Gi", gpus=1),
        "Evaluator": Resources(memory_limit="6Gi"),
    }
    deployment = read(tmp_path, "resources: {Evaluator: {gpus: 1}}")
    assert deployment.resources["Trainer"] == Deployment().resources["Trainer"]


def test_one_setting_leaves_the_others_as_they_are(tmp_path):
    deployment = read(tmp_path, "settings: {epochs: 3}")
    assert deployment.settings == Settings(output="/pipeline/output", epochs=3)


def test_the_default_output_is_on_the_volume_wherever_that_is_mounted(tmp_path):
    deployment = read(tmp_path, "volume: {mount_path: /data}")
    assert deployment.volume == Volume(mount_path="/data")
    assert deployment.settings.root == "/data/output"


def test_the_address_to_notify_may_be_in_a_secret(tmp_path):
    deployment = read(tmp_path, "notify: {url_secret: {name: hook}}")
    assert deployment.notify == Notify(url_secret=NotifySecret(name="hook", key="url"))


def test_the_settings_may_be_in_a_file_of_their_own(tmp_path):
    (tmp_path / "settings.yaml").write_text("epochs: 3\n")
    deployment = read(tmp_path, "settings: settings.yaml")
    assert deployment.settings == Settings(output="/pipeline/output", epochs=3)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("image: [", "must be valid YAML"),
        ("picture: a", "picture is unknown; choose one of: image, image_pull_secrets"),
        ("resources: {Trainer: {gpus: -1}}", r"resources.Trainer.gpus: .*received -1"),
        ("resources: {Trainer: {memory_limit: lots}}", "received 'lots'"),
        ("settings: {epoch: 3}", "settings.epoch is unknown; .* one: epochs"),
        ("volume: {mount_path: relative}", "volume.mount_path: .*'relative'"),
        ("- a", "must hold lines of the form NAME: VALUE; it holds a list"),
        ("imag: a", "imag is unknown; .* one: image"),
        ("volume: {claims: a}", "volume.claims is unknown; .* one: claim"),
        ("resources: {Trainer: {gpu: 1}}", "choose a similar one: gpus"),
        ("settings: nowhere.yaml", "nowhere.yaml"),
        ("stages: alone", "stages: .*'shared' or 'separate'.*received 'alone'"),
        ("notify: {}", "must have either url or url_secret"),
        ("notify: {url: ftp://a}", "notify.url: .*received 'ftp://a'"),
        ("notify: {url_secret: {}}", "notify.url_secret.name"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, fault):
    (tmp_path / "file").write_text(text)
    with pytest.raises(InputError, match=fault):
        read_deployment(tmp_path / "file")
