"""Which version of a set is meant by its name alone."""

import pytest
import tensorflow_datasets as tfds

from components.errors import InputError
from components.source_files.registration import pin_version
from tests.support.registered_set import RegisteredSet


class Plain(RegisteredSet):
    """A registered set; nothing of it is made here."""

    VERSION = tfds.core.Version("2.10.0")


class PinnedPlain(Plain):
    pass


class PinnedConfigs(Plain):
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name="small", version=tfds.core.Version("1.2.0")),
        tfds.core.BuilderConfig(name="large"),
    ]


def prepare(folder, *versions):
    for version in versions:
        (folder / version).mkdir(parents=True)
        (folder / version / "dataset_info.json").write_text("{}")


@pytest.mark.parametrize(
    ("dataset", "pinned"),
    [
        ("pinned_plain", "pinned_plain:2.10.0"),
        ("fashion_mnist", "fashion_mnist:3.0.1"),
        # A configuration may have a version of its own; the first one is the default.
        ("pinned_configs/small", "pinned_configs/small:1.2.0"),
        ("pinned_configs/large", "pinned_configs/large:2.10.0"),
        ("pinned_configs", "pinned_configs:1.2.0"),
    ],
)
def test_the_version_is_that_which_tfds_prepares(tmp_path, dataset, pinned):
    # What is prepared already doesn't matter then.
    prepare(tmp_path / dataset, "9.0.0")
    assert pin_version(dataset, tmp_path) == pinned


def test_a_given_version_stays(tmp_path):
    for dataset in (
        "pinned_plain:1.0.0",
        "pinned_configs/small:1.0.0",
        "own_set:1.0.0",
    ):
        assert pin_version(dataset, tmp_path) == dataset


@pytest.mark.parametrize("dataset", ["own_set", "own_set/gray"])
def test_of_a_set_that_only_lies_there_it_is_the_newest(tmp_path, dataset):
    prepare(tmp_path / dataset, "1.9.0", "1.10.0", "1.2.0")
    # Neither is a version that can be read.
    (tmp_path / dataset / "2.0.0").mkdir()
    prepare(tmp_path / dataset, "incomplete.A1B2C3_3.0.0")
    assert pin_version(dataset, tmp_path) == f"{dataset}:1.10.0"


def test_a_set_that_neither_tfds_nor_the_folder_has_is_refused(tmp_path):
    (tmp_path / "own_set").mkdir()
    for dataset in ("own_set", "no_such_set"):
        with pytest.raises(InputError, match=f"TFDS has: received '{dataset}'"):
            pin_version(dataset, tmp_path)


@pytest.mark.parametrize("wrong", ["", "Fashion-MNIST", "a/b/c", "fashion_mnist:3"])
def test_what_is_no_name_is_left_to_the_check_of_names(tmp_path, wrong):
    assert pin_version(wrong, tmp_path) == wrong
