"""A real nginx before the server, and what it keeps of the requests."""

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.manifests import (
    pod_specs,
    read_compose,
    render,
    restricted_faults,
    validate,
)
from tests.support.servers.processes import (
    free_port,
    running,
    wait_for_port,
    wait_until,
)
from tests.support.servers.tf_serving import tf_serving_stand_in
from tests.support.tiny_model import save_tiny_model
from tests.support.tools import require

FOLDER = Path(__file__).parents[2] / "deploy/serving/overlays/request-log"
CONFIG = FOLDER / "nginx.conf"
LIMIT = FOLDER / "limit_size.sh"
MODEL = "/v1/models/tiny"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    model = save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")
    with tf_serving_stand_in(str(model), "tiny", 1) as addresses:
        yield addresses.rest


@dataclass(frozen=True)
class Proxy:
    """An nginx, and the folder in which it keeps requests."""

    address: str
    folder: Path

    def ask(self, value, path=f"{MODEL}:predict", **more):
        body = {"instances": [value], **more}
        return requests.post(f"{self.address}{path}", json=body, timeout=10)

    def wait_for(self, count):
        """Waits until so many are kept; nginx writes a moment after the answer."""
        wait_until(lambda: len(self.kept()) >= count, "Keeping requests", 10)
        kept = self.kept()
        assert len(kept) == count
        return kept

    def kept(self):
        # What nginx hasn't written completely yet has no end of line.
        lines = [
            line
            for path in sorted(self.folder.glob("*.jsonl"))
            for line in path.read_text().split("\n")[:-1]
        ]
        return [json.loads(line) for line in lines]

    def wait_for_note(self, note):
        """Waits until the request with a note is kept, whatever else is."""
        wait_until(lambda: note in str(self.kept()), "Keeping the request", 10)


@contextmanager
def proxy_before(server, folder, share):
    """Starts nginx with the overlay's configuration, at places of the test's own."""
    port = free_port()
    (folder / "requests").mkdir()
    config = CONFIG.read_text()
    for shipped, here in {
        "    1%  1;": "" if share == "100%" else f"    {share}  1;",
        '    *   "";': "    * 1;" if share == "100%" else '    *   "";',
        "server serving:8501;": f"server {server.removeprefix('http://')};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        " /tmp/": f" {folder}/",
        " /requests": f" {folder}/requests",
    }.items():
        assert shipped in config
        config = config.replace(shipped, here)
    if os.geteuid() == 0:  # the workers would give up the rights on the test's folder
        config = f"user root;\n{config}"
    (folder / "nginx.conf").write_text(config)
    command = [require("nginx"), "-e", "stderr", "-c", folder / "nginx.conf"]
    with running(command, folder / "log"):
        wait_for_port(port, "nginx", 20)
        yield Proxy(f"http://127.0.0.1:{port}", folder / "requests")
    lines = (folder / "log").read_text().splitlines()
    # One test removes the folder.
    assert [each for each in lines if "existence failed" not in each] == []


@pytest.fixture
def proxy(server, tmp_path):
    with proxy_before(server, tmp_path, "100%") as proxy:
        yield proxy


@pytest.mark.tools
def test_nginx_accepts_the_configuration(tmp_path):
    config = CONFIG.read_text().replace("serving:8501", "127.0.0.1:8501")
    (tmp_path / "nginx.conf").write_text(config)
    checked = [require("nginx"), "-e", "stderr", "-t", "-c", tmp_path / "nginx.conf"]
    subprocess.run(checked, check=True)


@pytest.mark.tools
def test_a_kept_request_can_be_sent_again(proxy, server):
    notes = 'a "quote", a \\, a line\nbreak, é and 猫'
    assert proxy.ask(1.5, signature_name="serving_default", notes=notes).ok
    assert proxy.ask(2.5, path=f"{MODEL}/versions/1:predict").ok
    first, second = proxy.wait_for(2)
    assert set(first) == {"time", "uri", "request_body"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", first["time"])
    assert first["uri"] == f"{MODEL}:predict"
    assert second["uri"] == f"{MODEL}/versions/1:predict"
    body = json.loads(first["request_body"])
    assert body["notes"] == notes
    again = requests.post(
        f"{server}{first['uri']}", data=first["request_body"], timeout=10
    )
    assert again.json() == {"predictions": [2.5]}


@pytest.mark.tools
def test_what_was_not_answered_with_predictions_is_not_kept(proxy):
    assert proxy.ask("no number").status_code == 400
    assert proxy.ask(1.0, path="/v1/models/cats:predict").status_code == 404
    for path in (MODEL, f"{MODEL}/metadata", f"{MODEL}:predict"):
        requests.get(f"{proxy.address}{path}", timeout=10)
    compressed = {"Content-Encoding": "deflate"}
    body = json.dumps({"instances": [1.0]})
    requests.post(
        f"{proxy.address}{MODEL}:predict", data=body, headers=compressed, timeout=10
    )
    assert proxy.ask(1.0).ok
    proxy.wait_for(1)


@pytest.mark.tools
def test_a_large_request_is_answered_and_not_kept(proxy):
    answer = proxy.ask(1.0, notes="x" * 3_000_000)
    assert answer.json() == {"predictions": [2.0]}
    assert proxy.ask(1.0, notes="x" * 400_000).ok
    (kept,) = proxy.wait_for(1)
    assert len(kept["request_body"]) < 500_000


@pytest.mark.tools
def test_answers_pass_unchanged(proxy, server):
    body = json.dumps({"instances": [1.0, 2.0]})
    for method, path, data in (
        ("POST", f"{MODEL}:predict", body),
        ("POST", f"{MODEL}:PREDICT", body),
        ("POST", f"{MODEL}:predict", "{"),
        ("POST", f"{MODEL}/labels/nobody:predict", body),
        ("POST", f"{MODEL}/versions/9:predict", body),
        ("GET", MODEL, None),
        ("GET", f"{MODEL}/metadata", None),
        ("GET", "/favicon.ico", None),
    ):
        direct, through = (
            requests.request(method, f"{address}{path}", data=data, timeout=10)
            for address in (server, proxy.address)
        )
        assert through.status_code == direct.status_code
        assert through.content == direct.content
        assert through.headers["Content-Type"] == direct.headers["Content-Type"]


@pytest.mark.tools
def test_requests_are_answered_when_nothing_can_be_kept(proxy):
    proxy.folder.rmdir()
    assert proxy.ask(1.0).ok
    proxy.folder.mkdir()
    # The first request may be kept too: nginx writes a moment after the answer.
    assert proxy.ask(1.0, notes="the second").ok
    proxy.wait_for_note("the second")


@pytest.mark.tools
def test_a_sample_is_kept(server, tmp_path):
    with proxy_before(server, tmp_path, "20%") as proxy:
        for _ in range(200):
            assert proxy.ask(1.0).ok
        # 40 are expected, with a standard deviation of 6.
        assert 10 <= len(proxy.kept()) <= 70


@contextmanager
def limited(folder, megabytes, days=7):
    variables = {
        "MAX_MEGABYTES": str(megabytes),
        "MAX_DAYS": str(days),
        "PAUSE_SECONDS": "0.1",
    }
    with running(["sh", LIMIT, folder], folder.parent / "limit-log", variables):
        yield
    # The shell may say so of each program that is ended with it.
    said = (folder.parent / "limit-log").read_text().splitlines()
    assert set(said) <= {"Terminated"}


@pytest.fixture
def folder(tmp_path):
    """A folder with three kept files of 400 kB each, and others."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in (*own_names(), *OTHERS):
        (folder / name).write_bytes(b"x" * 400_000)
    (folder / "requests-2026-01-01-0000-a.jsonl").mkdir()
    return folder


OTHERS = ("requests.jsonl", "requests-2026-01-01-0000-a.jsonl.bak", "mine.jsonl")


def own_names():
    times = ("2026-11-25-2350", "2026-11-26-0000", "2026-11-26-0010")
    return [f"requests-{time}-server.jsonl" for time in times]


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_the_oldest_files_go_when_there_are_too_many(folder):
    with limited(folder, 1):
        wait_until(lambda: not (folder / own_names()[0]).exists(), "Removing", 20)
        time.sleep(0.5)
    assert files_in(folder) == sorted([*own_names()[1:], *OTHERS])


def test_all_files_stay_while_there_is_room(folder):
    with limited(folder, 2):
        time.sleep(1)
    assert files_in(folder) == sorted([*own_names(), *OTHERS])


def test_files_go_after_some_days(folder):
    old = time.time() - (2 * 24 + 1) * 3600
    for name in (own_names()[0], *OTHERS):
        os.utime(folder / name, (old, old))
    with limited(folder, 100, days=2):
        wait_until(lambda: not (folder / own_names()[0]).exists(), "Removing", 20)
        time.sleep(0.5)
    assert files_in(folder) == sorted([*own_names()[1:], *OTHERS])


@pytest.mark.tools
def test_the_limit_holds_while_requests_come(proxy):
    with limited(proxy.folder, 1):
        for _ in range(30):
            assert proxy.ask(1.0, notes="x" * 100_000).ok
        wait_until(
            lambda: sum(each.stat().st_size for each in proxy.folder.iterdir()) < 1e6,
            "Removing",
            20,
        )
        assert proxy.ask(1.0, notes="the last one").ok
        # They aren't counted: nginx may write an earlier one late, or one is removed.
        proxy.wait_for_note("the last one")


@pytest.fixture(scope="module")
def manifests():
    return render(FOLDER)


@pytest.fixture
def pod(manifests):
    (pod,) = pod_specs(manifests)
    return pod


@pytest.fixture
def containers(pod):
    return {each["name"]: each for each in pod["containers"]}


@pytest.mark.tools
def test_kubernetes_accepts_the_overlay(manifests, pod):
    for manifest in manifests:
        validate(manifest)
    assert restricted_faults(pod) == []


@pytest.mark.tools
def test_rest_goes_through_nginx_and_grpc_does_not(manifests, pod, containers):
    (service,) = (each for each in manifests if each["kind"] == "Service")
    targets = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    assert targets == {"grpc": "grpc", "http": "requests"}
    (port,) = containers["requests"]["ports"]
    assert port["name"] == "requests"
    assert f"listen {port['containerPort']};" in CONFIG.read_text()
    (alias,) = pod["hostAliases"]
    assert alias == {"ip": "127.0.0.1", "hostnames": ["serving"]}
    assert "server serving:8501;" in CONFIG.read_text()


@pytest.mark.tools
def test_only_the_kept_requests_can_be_written(pod, containers):
    def writable(container):
        return {
            mount["mountPath"]: mount.get("subPath")
            for mount in container["volumeMounts"]
            if not mount.get("readOnly")
        }

    requests_alone = {"/requests": "output/requests", "/tmp": None}  # noqa: S108
    assert writable(containers["requests"]) == requests_alone
    assert writable(containers["requests-limit"]) == requests_alone
    assert writable(containers["serving"]) == {"/tmp": None}  # noqa: S108
    (first,) = pod["initContainers"]
    assert first["command"] == ["mkdir", "-p", "/output/requests"]


@pytest.mark.tools
def test_every_file_that_a_command_names_is_mounted(manifests, containers):
    commands = " ".join(
        word
        for name in ("requests", "requests-limit")
        for word in containers[name]["command"]
    )
    named = set(re.findall(r"/config/(\S+)", commands))
    data = [each["data"] for each in manifests if each["kind"] == "ConfigMap"]
    assert named in [set(each) for each in data]
    assert all((FOLDER / name).is_file() for name in named)


@pytest.mark.tools
def test_compose_runs_the_same(containers):
    compose = read_compose(FOLDER / "compose.yaml")
    assert compose["serving"]["ports"] == ["127.0.0.1:8500:8500"]
    assert compose["requests"]["ports"] == ["127.0.0.1:8501:8080"]
    for name in ("requests", "requests-limit"):
        service, container = compose[name], containers[name]
        assert service["image"] == container["image"]
        assert service["entrypoint"] == container["command"]
        variables = {each["name"]: each["value"] for each in container.get("env", ())}
        assert service.get("environment", {}) == variables
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        config, kept = service["volumes"]
        assert (FOLDER.parents[1] / config["source"]).resolve() == FOLDER
        assert config["read_only"] is True
        assert kept["target"] == "/requests"
