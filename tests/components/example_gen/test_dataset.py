"""What TFDS prepares from source files, and the sentences for what goes wrong."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from etils import epath
from tensorflow_datasets.core.download.checksums import UrlInfo

from components.errors import InputError
from components.example_gen import dataset
from components.example_gen.dataset import image_and_label_keys, prepare_dataset
from components.progress import listen_to_progress

DATASET = "tiny_pictures:1.0.0"
SHAPE = (4, 4, 1)
COUNT = 3


def source_file(shade: int) -> bytes:
    return gzip.compress(bytes([shade]) * (COUNT * int(np.prod(SHAPE))), mtime=0)


class TinyPictures(tfds.core.GeneratorBasedBuilder):
    """A few pictures of one shade, from one source file."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=SHAPE),
                    "label": tfds.features.ClassLabel(num_classes=COUNT),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        path = dl_manager.download_and_extract(next(iter(self.url_infos)))
        return {"train": self._generate_examples(path)}

    def _generate_examples(self, path):
        pixels = np.frombuffer(path.read_bytes(), np.uint8)
        for label, image in enumerate(pixels.reshape(COUNT, *SHAPE)):
            yield label, {"image": image, "label": label}


class OtherPictures(TinyPictures):
    """Another set whose source file has the same name."""

    VERSION = tfds.core.Version("1.0.0")


class TinyTexts(TinyPictures):
    """A set without images."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "text": tfds.features.Text(),
                    "label": tfds.features.ClassLabel(num_classes=COUNT),
                }
            ),
        )


class TinyPairs(TinyPictures):
    """A set with two images for a label, told apart by nothing."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "left": tfds.features.Image(shape=SHAPE),
                    "right": tfds.features.Image(shape=SHAPE),
                    "label": tfds.features.ClassLabel(num_classes=COUNT),
                }
            ),
        )


class TinyPhotos(TinyPictures):
    """A set with keys of its own and no supervised keys."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "file_name": tfds.features.Text(),
                    "photo": tfds.features.Image(shape=SHAPE),
                    "animal": tfds.features.ClassLabel(num_classes=COUNT),
                }
            ),
        )


def register(
    monkeypatch: pytest.MonkeyPatch,
    shade: int,
    builder_class: type[TinyPictures] = TinyPictures,
    root: str | None = None,
) -> None:
    if root is None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            root = f"http://127.0.0.1:{server.getsockname()[1]}"
    content = source_file(shade)
    info = UrlInfo(
        size=len(content),
        checksum=hashlib.sha256(content).hexdigest(),
        filename="pictures.gz",
    )
    monkeypatch.setattr(builder_class, "url_infos", {f"{root}/pictures.gz": info})


def mirror_of(folder: Path, shade: int) -> Path:
    folder.mkdir()
    (folder / "pictures.gz").write_bytes(source_file(shade))
    return folder


def shades(builder: tfds.core.DatasetBuilder) -> set[int]:
    examples = tfds.as_numpy(builder.as_dataset(split="train"))
    return {int(value) for row in examples for value in np.unique(row["image"])}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered set whose upstream host is out of reach."""
    monkeypatch.setenv("NO_PROXY", "*")
    register(monkeypatch, shade=7)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Starts an upstream host that gives the answers, the last one for ever."""
    servers = []

    def start(*answers: tuple[int, bytes]) -> None:
        remaining = list(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = remaining.pop(0) if len(remaining) > 1 else remaining[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        servers.append(server)
        register(monkeypatch, 7, root=f"http://127.0.0.1:{server.server_port}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_set_is_prepared_from_a_mirror(tmp_path: Path, data_dir: Path) -> None:
    builder = prepare_dataset(DATASET, data_dir, mirror_of(tmp_path / "m", 7))

    assert builder.info.splits["train"].num_examples == COUNT
    assert shades(builder) == {7}


def test_a_set_is_prepared_from_upstream(data_dir: Path, serve) -> None:
    serve((200, source_file(7)))

    assert shades(prepare_dataset(DATASET, data_dir)) == {7}


def test_a_prepared_set_needs_no_source(tmp_path: Path, data_dir: Path) -> None:
    prepare_dataset(DATASET, data_dir, mirror_of(tmp_path / "m", 7))

    assert shades(prepare_dataset(DATASET, data_dir)) == {7}


def test_sets_whose_files_have_one_name_do_not_mix(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_dir: Path
) -> None:
    register(monkeypatch, 200, OtherPictures)
    prepare_dataset(DATASET, data_dir, mirror_of(tmp_path / "tiny", 7))

    other = prepare_dataset(
        "other_pictures:1.0.0", data_dir, mirror_of(tmp_path / "other", 200)
    )

    assert shades(other) == {200}


def test_what_a_killed_run_left_is_removed(tmp_path: Path, data_dir: Path) -> None:
    leftover = data_dir / "tiny_pictures" / "incomplete.A1B2C3_1.0.0"
    leftover.mkdir(parents=True)

    prepare_dataset(DATASET, data_dir, mirror_of(tmp_path / "m", 7))

    assert not leftover.exists()


def test_on_an_object_store_what_another_process_may_be_writing_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Only where the set is prepared matters here, not that it is.
    monkeypatch.setattr(dataset, "collect_source_files", lambda *arguments: tmp_path)
    monkeypatch.setattr(
        TinyPictures, "download_and_prepare", lambda self, **options: None
    )
    part = "gs://bucket/data/tiny_pictures/incomplete.A1B2C3_1.0.0/part"
    with tfds.testing.MockFs() as bucket:
        bucket.add_file(part, "written by another process")

        prepare_dataset(DATASET, "gs://bucket/data")

        assert epath.Path(part).exists()


def test_the_download_and_the_preparation_report_how_far_they_are(
    data_dir: Path, serve
) -> None:
    serve((200, source_file(7)))
    told = []

    with listen_to_progress(lambda *each: told.append(each)):
        prepare_dataset(DATASET, data_dir)

    titles = [title for title, _, _ in told]
    assert list(dict.fromkeys(titles)) == [
        "downloading",
        "preparing train",
        "shuffling",
    ]
    assert told[-1] == ("shuffling", COUNT, COUNT)


def test_no_progress_bar_is_shown_without_a_terminal(
    tmp_path: Path, data_dir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare_dataset(DATASET, data_dir, mirror_of(tmp_path / "m", 7))

    shown = capfd.readouterr()
    assert "%|" not in shown.out + shown.err


def test_an_upstream_file_with_another_checksum_is_refused(
    data_dir: Path, serve
) -> None:
    serve((200, source_file(8)))

    with pytest.raises(InputError, match="must have the checksums that TFDS registers"):
        prepare_dataset(DATASET, data_dir)

    assert not (data_dir / "tiny_pictures" / "1.0.0").exists()


def test_an_upstream_that_fails_while_downloading_is_reported(
    data_dir: Path, serve
) -> None:
    serve((200, b""), (404, b""))

    with pytest.raises(InputError, match=r"pictures\.gz"):
        prepare_dataset(DATASET, data_dir)


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path / "m", 7)
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(InputError, match=f"written to '{file}'"):
        prepare_dataset(DATASET, file, mirror)


@pytest.mark.parametrize(
    ("builder_class", "dataset", "found"),
    [
        (TinyTexts, "tiny_texts:1.0.0", r"text \(Text\)"),
        (TinyPairs, "tiny_pairs:1.0.0", r"left \(Image\), right \(Image\)"),
    ],
)
def test_a_set_that_is_not_for_image_classification_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    data_dir: Path,
    builder_class: type[TinyPictures],
    dataset: str,
    found: str,
) -> None:
    register(monkeypatch, 7, builder_class)

    with pytest.raises(InputError, match=found):
        prepare_dataset(dataset, data_dir)

    assert not data_dir.exists()


def test_image_and_label_are_found_by_their_types(data_dir: Path) -> None:
    builder = tfds.builder("tiny_photos", data_dir=data_dir)

    assert image_and_label_keys(builder) == ("photo", "animal")


@pytest.mark.slow
def test_fashion_mnist_is_prepared_from_whatever_source_there_is(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.delenv("NO_PROXY")

    try:
        builder = prepare_dataset("fashion_mnist:3.0.1", data_dir)
    except InputError as error:
        if "must be available; no source" not in str(error):
            raise
        pytest.skip(str(error))

    counts = {name: split.num_examples for name, split in builder.info.splits.items()}
    assert counts == {"train": 60_000, "test": 10_000}
