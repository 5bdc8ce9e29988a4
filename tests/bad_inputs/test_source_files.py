"""Source files of the data set that are damaged, mixed up or missing."""

import gzip
import hashlib

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.checksums import UrlInfo

from components.errors import InputError
from components.example_gen.dataset import prepare_dataset
from tests.support.damage import cut, flip

DATASET = "fashion_mnist:3.0.1"
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
FILES = {
    name: gzip.compress(bytes([number]) * 1000, mtime=0)
    for number, name in enumerate(
        [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]
    )
}


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """A mirror of small files, registered in the place of the set's own ones."""
    infos = {
        f"http://127.0.0.1/{name}": UrlInfo(
            len(content), hashlib.sha256(content).hexdigest(), name
        )
        for name, content in FILES.items()
    }
    monkeypatch.setattr(tfds.builder_cls("fashion_mnist"), "url_infos", infos)
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def flip_byte(place):
    return lambda mirror: flip(mirror / TRAIN_IMAGES, place)


def write(name, content):
    return lambda mirror: (mirror / name).write_bytes(content)


def swap(mirror):
    (mirror / TRAIN_LABELS).write_bytes(FILES[TEST_LABELS])
    (mirror / TEST_LABELS).write_bytes(FILES[TRAIN_LABELS])


def replace_by_folder(mirror):
    (mirror / TRAIN_IMAGES).unlink()
    (mirror / TRAIN_IMAGES).mkdir()


def replace_by_dangling_link(mirror):
    (mirror / TRAIN_IMAGES).unlink()
    (mirror / TRAIN_IMAGES).symlink_to(mirror / "nowhere")


CASES = {
    "cut": (lambda mirror: cut(mirror / TRAIN_IMAGES), "bytes instead of"),
    "empty": (write(TRAIN_LABELS, b""), "has 0 bytes instead of"),
    "too long": (write(TEST_IMAGES, FILES[TEST_IMAGES] + b"\0"), "bytes instead of"),
    "first byte flipped": (flip_byte(0), f"{TRAIN_IMAGES} has SHA-256"),
    "a byte of the header flipped": (flip_byte(4), f"{TRAIN_IMAGES} has SHA-256"),
    "a byte in the middle flipped": (flip_byte(15), f"{TRAIN_IMAGES} has SHA-256"),
    "last byte flipped": (flip_byte(-1), f"{TRAIN_IMAGES} has SHA-256"),
    "labels swapped": (swap, f"{TRAIN_LABELS} has SHA-256"),
    "unpacked": (write(TRAIN_IMAGES, bytes(1000)), "has 1,000 bytes instead of"),
    "an error page": (write(TEST_LABELS, b"<html>404</html>"), "has 16 bytes instead"),
    "missing": (lambda mirror: (mirror / TEST_LABELS).unlink(), "is missing"),
    "a folder": (replace_by_folder, f"{TRAIN_IMAGES} is a folder"),
    "a dangling link": (replace_by_dangling_link, f"{TRAIN_IMAGES} is missing"),
    "another set's": (
        write(TRAIN_IMAGES, gzip.compress(bytes(1000), mtime=1)),
        f"{TRAIN_IMAGES} has SHA-256",
    ),
}


@pytest.mark.parametrize("damage, sentence", CASES.values(), ids=CASES)
def test_bad_source_files_are_refused_by_name(mirror, tmp_path, damage, sentence):
    damage(mirror)
    with pytest.raises(InputError) as raised:
        prepare_dataset(DATASET, tmp_path / "data", mirror)
    assert "The data mirror must hold the files" in str(raised.value)
    assert sentence in str(raised.value)
    assert not (tmp_path / "data").exists()
