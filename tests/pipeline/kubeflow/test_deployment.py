import pytest

from components.errors import InputError
from pipeline.kubeflow.deployment import Deployment, Resources, read_deployment


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_the_default(tmp_path, text):
    (tmp_path / "file").write_text(text)
    assert read_deployment(tmp_path / "file") == Deployment()


def test_what_a_file_gives_replaces_the_default(tmp_path):
    (tmp_path / "file").write_text(
        "resources: {Trainer: {gpus: 1}}\nsettings: {output: gs://b/c}\nvolume:\n"
    )
    deployment = read_deployment(tmp_path / "file")
    assert deployment.volume is None
    assert deployment.resources == {"Trainer": Resources(gpus=1)}
    assert deployment.settings.root == "gs://b/c"
    assert deployment.image == Deployment().image


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("image: [", "must be a YAML file"),
        ("picture: a", "picture: extra inputs are not permitted, received 'a'"),
        ("resources: {Trainer: {gpus: -1}}", r"resources.Trainer.gpus: .*received -1"),
        ("resources: {Trainer: {memory_limit: lots}}", "received 'lots'"),
        ("settings: {epoch: 3}", "settings.epoch: extra inputs are not permitted"),
        ("volume: {mount_path: relative}", "volume.mount_path: .*'relative'"),
        ("- a", "received"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, fault):
    (tmp_path / "file").write_text(text)
    with pytest.raises(InputError, match=fault):
        read_deployment(tmp_path / "file")
