import hashlib
import subprocess
import sys
import time

import pytest
import tensorflow_datasets as tfds

from components.errors import InputError
from components.example_gen import debian_package, sources

CONTENT = b"the original file"


class MirroredFashion(tfds.core.GeneratorBasedBuilder):
    """A set with one registered file at a host that doesn't exist."""

    VERSION = tfds.core.Version("1.0.0")
    url_infos = {
        "http://upstream.invalid/images.gz": tfds.download.checksums.UrlInfo(
            size=len(CONTENT),
            checksum=hashlib.sha256(CONTENT).hexdigest(),
            filename="images.gz",
        )
    }

    def _info(self):
        raise NotImplementedError

    def _split_generators(self, dl_manager):
        raise NotImplementedError

    def _generate_examples(self):
        raise NotImplementedError


DATASET = "mirrored_fashion:1.0.0"


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "images.gz").write_bytes(CONTENT)
    return folder


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


def test_a_mirror_with_the_right_file_is_collected(mirror, data_dir):
    folder = sources.collect_source_files(DATASET, str(data_dir), str(mirror))
    assert (folder / "images.gz").read_bytes() == CONTENT


def test_collected_files_serve_again_without_the_mirror(mirror, data_dir):
    first = sources.collect_source_files(DATASET, str(data_dir), str(mirror))
    assert sources.collect_source_files(DATASET, str(data_dir)) == first


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], b"another file altogether"])
def test_a_wrong_file_is_refused_and_nothing_is_written(mirror, data_dir, content):
    (mirror / "images.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"must have SHA-256 .*images\.gz"):
        sources.collect_source_files(DATASET, str(data_dir), str(mirror))
    assert not data_dir.exists()


def test_a_missing_file_is_named(mirror, data_dir):
    (mirror / "images.gz").unlink()
    with pytest.raises(InputError, match=r"must hold images\.gz"):
        sources.collect_source_files(DATASET, str(data_dir), str(mirror))


def test_a_missing_mirror_folder_is_named(tmp_path, data_dir):
    with pytest.raises(InputError, match=r"must be a folder; received .*absent"):
        sources.collect_source_files(DATASET, str(data_dir), str(tmp_path / "absent"))


def test_without_any_source_the_error_lists_what_was_tried_within_15_seconds(data_dir):
    started = time.monotonic()
    with pytest.raises(InputError, match=r"upstream\.invalid.*--data-mirror"):
        sources.collect_source_files(DATASET, str(data_dir))
    assert time.monotonic() - started < 15


def test_a_prepared_set_needs_no_source(data_dir):
    prepared = data_dir / "mirrored_fashion" / "1.0.0"
    prepared.mkdir(parents=True)
    (prepared / "dataset_info.json").touch()
    assert sources.collect_source_files(DATASET, str(data_dir)) is None


def test_an_unknown_set_is_refused_with_near_names(data_dir):
    with pytest.raises(
        InputError, match=r"fashion_mnist.*received 'fashion_mnst:3\.0\.1'"
    ):
        sources.collect_source_files("fashion_mnst:3.0.1", str(data_dir))


@pytest.mark.parametrize("dataset", ["fashion_mnist", "fashion_mnist:9.9.9"])
def test_a_set_without_a_known_version_is_refused(data_dir, dataset):
    with pytest.raises(InputError, match=r"fashion_mnist:3\.0\.1 for instance"):
        sources.collect_source_files(dataset, str(data_dir))


def test_the_registered_checksums_are_those_of_fashion_mnist():
    checksums = sources.source_checksums("fashion_mnist:3.0.1")
    assert checksums["t10k-labels-idx1-ubyte.gz"].startswith("67da17c76eaffca5")
    assert len(checksums) == 4


def test_without_apt_the_package_is_reported_as_not_available(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(OSError, match="this system has no apt-get"),
        debian_package.fetched_package(),
    ):
        pass


def test_importing_sources_does_not_import_tensorflow():
    program = (
        "import sys, components.example_gen.sources as s;"
        "s.source_checksums('fashion_mnist:3.0.1');"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
