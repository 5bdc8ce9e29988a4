"""Where source files come from: each origin, and what is said if it fails."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.checksums import UrlInfo

from components.errors import InputError
from components.progress import listen_to_progress
from components.source_files import apt, checks, registration, sources, upstream
from components.source_files.debian_package import KNOWN_PACKAGES, DebianPackage
from tests.support.registered_set import RegisteredSet

DATASET = "tiny_shapes:1.0.0"
TIME = 1504176606


def upstream_file(name: str, content: bytes) -> bytes:
    """A gzip file with the header that `gzip NAME` writes."""
    header = struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 8, TIME, 0, 3)
    return header + name.encode() + b"\0" + gzip.compress(content)[10:]


def packaged_file(content: bytes) -> bytes:
    """The same with the header that Debian's packaging leaves."""
    return (
        struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 0, 1591347949, 0, 3)
        + (gzip.compress(content)[10:])
    )


CONTENTS = {"images.gz": b"image " * 500, "labels.gz": b"label " * 50}
FILES = {
    name: upstream_file(name.removesuffix(".gz"), content)
    for name, content in CONTENTS.items()
}
PACKAGED = {name: packaged_file(content) for name, content in CONTENTS.items()}


class TinyShapes(RegisteredSet):
    """A registered set of two small files; the fixtures say where upstream is."""

    VERSION = tfds.core.Version("1.0.0")


def register(monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    infos = {
        f"{root}/{name}": UrlInfo(
            size=len(content),
            checksum=hashlib.sha256(content).hexdigest(),
            filename=name,
        )
        for name, content in FILES.items()
    }
    monkeypatch.setattr(TinyShapes, "url_infos", infos)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No upstream, no installed package and no apt, unless a test adds them."""
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    register(monkeypatch, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Starts an upstream host that answers each request with the given status."""
    servers = []

    def start(status: int) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        servers.append(server)
        register(monkeypatch, f"http://127.0.0.1:{server.server_port}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DebianPackage:
    """Makes the set one that Debian packages, not installed yet."""
    package = DebianPackage(
        name="dataset-tiny-shapes",
        folder=tmp_path / "system" / "tiny-shapes",
        upstream_times=dict.fromkeys(FILES, TIME),
    )
    monkeypatch.setitem(KNOWN_PACKAGES, "tiny_shapes", package)
    return package


@pytest.fixture
def install_apt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: DebianPackage
) -> Callable[[str], None]:
    """Puts doubles of apt-get and dpkg-deb on the path; the archive is a folder."""
    archive = write(
        tmp_path / "archive" / package.folder.relative_to("/"), PACKAGED
    ).parents[len(package.folder.parts) - 2]

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        line = "'http://host/x.deb' x.deb 9 SHA256:0"
        tools = {
            "apt-get": script,
            "dpkg-deb": f'cp -r "{archive}" "$3"',
        }
        for name, body in tools.items():
            tool = folder / name
            tool.write_text(
                f'#!/bin/sh\nPATH=/usr/bin:/bin\noffer() {{ echo "{line}"; }}\n{body}\n'
            )
            tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    return install


APT_WITH_LISTS = """
case "$*" in
  *--print-uris*) offer;;
  *download*) echo deb > dataset-tiny-shapes_1_all.deb;;
esac
"""


def test_nothing_is_collected_for_a_prepared_set(data_dir: Path) -> None:
    write(data_dir / "tiny_shapes" / "1.0.0", {"dataset_info.json": b"{}"})

    assert sources.collect_source_files(DATASET, data_dir) is None


def test_an_unfinished_preparation_does_not_count_as_prepared(data_dir: Path) -> None:
    write(data_dir / "tiny_shapes" / "1.0.0", {"features.json": b"{}"})

    with pytest.raises(InputError):
        sources.collect_source_files(DATASET, data_dir)


def test_tfds_downloads_if_upstream_answers(data_dir: Path, serve) -> None:
    serve(200)

    assert sources.collect_source_files(DATASET, data_dir) is None


def test_an_upstream_that_refuses_is_reported_with_its_status(
    data_dir: Path, serve
) -> None:
    serve(403)

    with pytest.raises(InputError, match="answers HTTP 403"):
        sources.collect_source_files(DATASET, data_dir)


def test_a_silent_upstream_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setattr(upstream, "_PROBE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        register(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}")
        start = time.monotonic()

        with pytest.raises(InputError, match="gives no answer"):
            sources.collect_source_files(DATASET, data_dir)

    assert time.monotonic() - start < 2


def test_a_silent_name_server_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setattr(upstream, "_PROBE_SECONDS", 0.3)
    released = threading.Event()

    def silent(*args: object) -> None:
        released.wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    start = time.monotonic()

    with pytest.raises(InputError, match="gives no answer"):
        sources.collect_source_files(DATASET, data_dir)

    released.set()
    assert time.monotonic() - start < 2


def test_a_mirror_of_the_original_files_is_used_in_place(
    tmp_path: Path, data_dir: Path
) -> None:
    mirror = write(tmp_path / "mirror", FILES)

    assert sources.collect_source_files(DATASET, data_dir, mirror) == mirror
    assert not data_dir.exists()


def test_a_mirror_of_packaged_files_becomes_the_original_files(
    tmp_path: Path, data_dir: Path, package: DebianPackage
) -> None:
    mirror = write(tmp_path / "mirror", PACKAGED)

    folder = sources.collect_source_files(DATASET, data_dir, mirror)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_collected_files_serve_again_without_any_source(
    tmp_path: Path, data_dir: Path, package: DebianPackage
) -> None:
    mirror = write(tmp_path / "mirror", PACKAGED)
    folder = sources.collect_source_files(DATASET, data_dir, mirror)
    shutil.rmtree(mirror)

    assert sources.collect_source_files(DATASET, data_dir) == folder


def test_collected_files_are_replaced_once_they_are_damaged(
    tmp_path: Path, data_dir: Path, package: DebianPackage
) -> None:
    mirror = write(tmp_path / "mirror", PACKAGED)
    folder = sources.collect_source_files(DATASET, data_dir, mirror)
    assert folder is not None
    (folder / "images.gz").write_bytes(FILES["images.gz"][:40])

    sources.collect_source_files(DATASET, data_dir, mirror)

    assert contents_of(folder) == FILES


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (FILES["images.gz"][:40], "images.gz has 40 bytes instead of"),
        (FILES["images.gz"][:-1] + b"?", "images.gz has SHA-256 "),
        (None, "images.gz is missing"),
    ],
    ids=["truncated", "wrong", "missing"],
)
def test_a_mirror_with_a_bad_file_is_refused_though_upstream_answers(
    tmp_path: Path, data_dir: Path, serve, content: bytes | None, fault: str
) -> None:
    serve(200)
    mirror = write(tmp_path / "mirror", FILES)
    (mirror / "images.gz").unlink()
    if content is not None:
        (mirror / "images.gz").write_bytes(content)

    with pytest.raises(InputError, match=fault):
        sources.collect_source_files(DATASET, data_dir, mirror)

    assert not data_dir.exists()


def test_a_damaged_packaged_file_leaves_nothing_behind(
    tmp_path: Path, data_dir: Path, package: DebianPackage
) -> None:
    damaged = PACKAGED["labels.gz"][:-1] + b"?"
    mirror = write(tmp_path / "mirror", {**PACKAGED, "labels.gz": damaged})

    with pytest.raises(InputError, match=r"labels\.gz"):
        sources.collect_source_files(DATASET, data_dir, mirror)

    assert not data_dir.exists()


def test_a_mirror_that_does_not_exist_is_named(tmp_path: Path, data_dir: Path) -> None:
    with pytest.raises(InputError, match=r"must be a folder that exists: .*nowhere"):
        sources.collect_source_files(DATASET, data_dir, tmp_path / "nowhere")


def test_a_data_folder_that_cannot_be_written_is_named(
    tmp_path: Path, package: DebianPackage
) -> None:
    mirror = write(tmp_path / "mirror", PACKAGED)
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(InputError, match=f"must be copied to '{file}"):
        sources.collect_source_files(DATASET, file, mirror)


def test_the_installed_package_is_used_without_upstream(
    data_dir: Path, package: DebianPackage
) -> None:
    write(package.folder, PACKAGED)

    folder = sources.collect_source_files(DATASET, data_dir)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_the_package_is_fetched_by_apt_if_it_is_not_installed(
    data_dir: Path, install_apt
) -> None:
    install_apt(APT_WITH_LISTS)

    folder = sources.collect_source_files(DATASET, data_dir)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_apt_fetches_its_lists_first_where_there_are_none(
    data_dir: Path, install_apt, tmp_path: Path
) -> None:
    updated = tmp_path / "updated"
    install_apt(
        f"""
        case "$*" in
          *Dir::State::lists=*update*) touch "{updated}";;
          *--print-uris*) test -e "{updated}" && offer;;
          *download*) test -e "{updated}" && echo deb > dataset-tiny-shapes_1_all.deb;;
        esac
        """
    )

    folder = sources.collect_source_files(DATASET, data_dir)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_a_damaged_installed_package_gives_way_to_a_fetched_one(
    data_dir: Path, package: DebianPackage, install_apt
) -> None:
    write(package.folder, {**PACKAGED, "images.gz": b"damaged"})
    install_apt(APT_WITH_LISTS)

    folder = sources.collect_source_files(DATASET, data_dir)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_a_stalled_apt_is_stopped_with_its_helpers(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, tmp_path: Path, install_apt
) -> None:
    monkeypatch.setattr(apt, "_STALL_SECONDS", 0.3)
    ended = tmp_path / "ended"
    install_apt(
        f"""
        case "$*" in
          *--print-uris*) offer;;
          *) (sleep 1.5; touch "{ended}") & wait;;
        esac
        """
    )
    start = time.monotonic()

    with pytest.raises(InputError, match="apt-get received nothing for"):
        sources.collect_source_files(DATASET, data_dir)

    assert time.monotonic() - start < 1.5
    time.sleep(1.5)
    assert not ended.exists()


def test_a_slow_apt_that_gets_on_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, install_apt
) -> None:
    monkeypatch.setattr(apt, "_STALL_SECONDS", 0.6)
    install_apt(
        """
        case "$*" in
          *--print-uris*) offer;;
          *) for i in 1 2 3 4 5 6; do
               echo part >> dataset-tiny-shapes_1_all.deb; sleep 0.2
             done;;
        esac
        """
    )
    told = []

    with listen_to_progress(lambda *each: told.append(each)):
        assert sources.collect_source_files(DATASET, data_dir) is not None

    downloaded = [completed for title, completed, _ in told if title == "downloading"]
    assert len(downloaded) > 3
    assert downloaded == sorted(downloaded)
    total = sum(map(len, FILES.values()))
    assert told[-1] == ("copying", total, total)


def test_the_reason_that_apt_gives_is_reported(data_dir: Path, install_apt) -> None:
    install_apt(
        'case "$*" in *--print-uris*) offer;; '
        '*) echo "E: The mirror is on fire" >&2; exit 100;; esac'
    )

    with pytest.raises(InputError, match="apt-get: The mirror is on fire"):
        sources.collect_source_files(DATASET, data_dir)


def test_apt_has_a_minute_to_answer(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, install_apt
) -> None:
    install_apt(APT_WITH_LISTS)
    allowed = []
    run = subprocess.run

    def recorded(*arguments, timeout: float, **options):
        allowed.append(timeout)
        return run(*arguments, timeout=timeout, **options)

    monkeypatch.setattr(subprocess, "run", recorded)

    sources.collect_source_files(DATASET, data_dir)

    assert allowed == [60]


def test_an_apt_that_gives_no_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, install_apt
) -> None:
    monkeypatch.setattr(apt, "_QUERY_SECONDS", 0.2)
    install_apt("exec sleep 5")

    with pytest.raises(InputError, match=r"apt-get gave no answer within 0\.2 s"):
        sources.collect_source_files(DATASET, data_dir)


def test_the_error_names_each_source_and_what_to_do(
    data_dir: Path, package: DebianPackage
) -> None:
    with pytest.raises(InputError) as caught:
        sources.collect_source_files(DATASET, data_dir)

    message = str(caught.value)
    parts = [
        "127.0.0.1",
        "can't be reached",
        f"dataset-tiny-shapes is not in '{package.folder}'",
        "there is no apt-get on this system",
        "connect to the network, or download http://",
        "into a folder and give it with --data-mirror",
    ]
    assert [part for part in parts if part not in message] == []


def test_files_fetched_as_the_error_advises_are_taken(
    data_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        sources.collect_source_files(DATASET, data_dir)
    # What a user does: save each file that is named by the last part of its URL.
    urls = re.findall(r"http://[^\s,]+", str(caught.value))
    folder = write(
        tmp_path / "folder",
        {(name := url.rpartition("/")[2]): FILES[name] for url in urls},
    )

    assert sources.collect_source_files(DATASET, data_dir, folder) == folder


def test_a_file_that_is_registered_by_another_name_is_advised_with_it(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setattr(
        TinyShapes,
        "url_infos",
        {
            "http://127.0.0.1:1/get?id=1": UrlInfo(
                size=1, checksum="0", filename="images.gz"
            )
        },
    )

    with pytest.raises(InputError, match=r"download http\S+id=1 as images\.gz into"):
        sources.collect_source_files(DATASET, data_dir)


def test_what_a_mirror_lacks_is_advised_with_its_url(
    data_dir: Path, tmp_path: Path
) -> None:
    mirror = write(tmp_path / "mirror", {"labels.gz": FILES["labels.gz"]})

    with pytest.raises(InputError) as caught:
        sources.collect_source_files(DATASET, data_dir, mirror)

    assert re.search(
        r"the missing or wrong files from http://\S+/images\.gz", str(caught.value)
    )


def test_a_system_without_apt_is_not_advised_to_install_a_package(
    data_dir: Path, package: DebianPackage
) -> None:
    with pytest.raises(InputError) as caught:
        sources.collect_source_files(DATASET, data_dir)

    assert "install the package" not in str(caught.value)


def test_a_system_whose_apt_lacks_the_package_is_not_advised_to_install_it(
    data_dir: Path, install_apt
) -> None:
    install_apt("exit 0")

    with pytest.raises(InputError, match="no package source of this") as caught:
        sources.collect_source_files(DATASET, data_dir)

    assert "install the package" not in str(caught.value)


def test_a_system_whose_apt_has_the_package_is_advised_to_install_it(
    data_dir: Path, install_apt
) -> None:
    install_apt('case "$*" in *--print-uris*) offer;; *) exit 100;; esac')

    with pytest.raises(InputError, match="`apt-get install dataset-tiny-shapes`"):
        sources.collect_source_files(DATASET, data_dir)


def test_nothing_is_written_if_no_source_works(
    data_dir: Path, package: DebianPackage
) -> None:
    with pytest.raises(InputError):
        sources.collect_source_files(DATASET, data_dir)

    assert not data_dir.exists()


def test_a_set_that_nobody_packages_has_no_advice_to_install(data_dir: Path) -> None:
    with pytest.raises(InputError) as caught:
        sources.collect_source_files(DATASET, data_dir)

    assert "install" not in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("fashion_mnst:3.0.1", "did you mean 'fashion_mnist'"),
        ("fashion_mnist:2.7.1", "use 'fashion_mnist:3.0.1'"),
        ("fashion_mnist", "with its version"),
        ("emnist/capitals:3.1.0", "choose from balanced, "),
        ("../fashion_mnist:3.0.1", "with its version"),
    ],
)
def test_a_set_that_tfds_does_not_have_is_refused_with_advice(
    data_dir: Path, dataset: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        sources.collect_source_files(dataset, data_dir)

    assert not data_dir.exists()


def test_a_mirror_is_refused_for_files_that_share_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_dir: Path
) -> None:
    infos = {
        f"http://127.0.0.1/{part}/a.gz": UrlInfo(size=1, checksum=part, filename="a.gz")
        for part in ("train", "test")
    }
    monkeypatch.setattr(TinyShapes, "url_infos", infos)

    with pytest.raises(InputError, match="distinct names"):
        sources.collect_source_files(DATASET, data_dir, tmp_path)


def test_files_for_a_remote_data_folder_are_collected_locally(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: DebianPackage
) -> None:
    monkeypatch.setattr(sources, "is_prepared", lambda dataset, data_dir: False)
    mirror = write(tmp_path / "mirror", PACKAGED)

    folder = sources.collect_source_files(DATASET, "gs://bucket/data", mirror)

    assert folder is not None
    assert contents_of(folder) == FILES


def test_an_interrupted_copy_leaves_no_part_of_the_file(tmp_path: Path) -> None:
    content = FILES["images.gz"]
    file = checks.SourceFile(
        url="",
        name="images.gz",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )

    def interrupted() -> Iterator[bytes]:
        yield content[:50]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.write_checked(file, interrupted(), tmp_path, lambda count: None)

    assert list(tmp_path.iterdir()) == []


def test_checksums_of_fashion_mnist_are_those_of_its_authors() -> None:
    checksums = registration.source_checksums("fashion_mnist:3.0.1")

    assert {name: checksum[:8] for name, checksum in checksums.items()} == {
        "t10k-images-idx3-ubyte.gz": "346e55b9",
        "t10k-labels-idx1-ubyte.gz": "67da17c7",
        "train-images-idx3-ubyte.gz": "3aede38d",
        "train-labels-idx1-ubyte.gz": "a04f1713",
    }


def test_collecting_does_not_import_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys; from components.errors import InputError;"
        "from components.source_files.sources import collect_source_files\n"
        "try: collect_source_files('fashion_mnst:3.0.1', sys.argv[1])\n"
        "except InputError: print('tensorflow' in sys.modules)"
    )
    root = Path(__file__).parents[3]

    finished = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert finished.stdout.strip() == "False"


@pytest.mark.slow
def test_the_real_package_holds_the_original_files_of_fashion_mnist(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    package = KNOWN_PACKAGES["fashion_mnist"]
    try:
        with apt.fetch_package(package) as mirror:
            folder = sources.collect_source_files(
                "fashion_mnist:3.0.1", data_dir, mirror
            )
    except checks.SourceUnavailableError as unavailable:
        pytest.skip(str(unavailable))

    assert folder is not None
    assert {path.name for path in folder.iterdir()} == set(package.upstream_times)
