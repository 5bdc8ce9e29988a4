"""Submitting, with kfp's own client over HTTP; only the cluster is a double."""

import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner

from pipeline.commands.kubeflow import kubeflow
from pipeline.kubeflow import submission


class KubeflowDouble(ThreadingHTTPServer):
    """Answers as the API server of Kubeflow Pipelines does, and runs nothing."""

    def __init__(self, states):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.states = iter(states)
        self.pipelines = []
        self.versions = []
        self.runs = []
        self.tokens = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self._path()
        if path == "pipelines":
            self._answer({"pipelines": self.server.pipelines})
        elif path == "runs/run-1":
            self._answer({"run_id": "run-1", "state": next(self.server.states)})
        else:
            self._answer({})

    def do_POST(self):
        path = self._path()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "pipelines/upload":
            self.server.pipelines.append(
                {"pipeline_id": "pipeline-1", "display_name": "fashion-mnist"}
            )
            self._answer(self.server.pipelines[-1])
        elif path == "pipelines/upload_version":
            self.server.versions.append(_uploaded_file(body))
            self._answer({"pipeline_version_id": f"v{len(self.server.versions)}"})
        elif path == "experiments":
            self._answer({"experiment_id": "experiment-1"})
        elif path == "runs":
            run = json.loads(body)
            if run["runtime_config"]["parameters"].get("seed") == 13:
                self._answer({"error": "13 brings bad luck"}, 400)
                return
            self.server.runs.append(run)
            self._answer({"run_id": "run-1"})

    def _path(self):
        self.server.tokens.add(self.headers.get("Authorization"))
        return urlsplit(self.path).path.removeprefix("/apis/v2beta1/")

    def _answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def _uploaded_file(body):
    """Takes the file out of a multipart form."""
    _, _, rest = body.partition(b"\r\n\r\n")
    return rest.rpartition(b"\r\n--")[0].decode()


@pytest.fixture
def cluster(request):
    server = KubeflowDouble(getattr(request, "param", ["RUNNING", "SUCCEEDED"]))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch, tmp_path):
    monkeypatch.setattr(submission, "_POLL_SECONDS", 0)
    # The client remembers its last host in the home folder.
    monkeypatch.setenv("HOME", str(tmp_path))


def submit(cluster, *arguments):
    return CliRunner().invoke(
        kubeflow, ["submit", "--host", cluster.url, "--image", "it:1", *arguments]
    )


def test_the_package_is_uploaded_and_run_and_its_link_shown(cluster):
    result = submit(cluster, "--token", "opensesame", "--parameter", "epochs", "3")
    assert result.exit_code == 0, result.output
    assert f"{cluster.url}/#/runs/details/run-1" in result.output
    (package,) = cluster.versions
    spec = next(iter(yaml.safe_load_all(package)))
    assert spec["pipelineInfo"]["name"] == "fashion-mnist"
    for executor in spec["deploymentSpec"]["executors"].values():
        assert executor["container"]["image"] == "it:1"
    (run,) = cluster.runs
    assert run["pipeline_version_reference"]["pipeline_version_id"] == "v1"
    assert run["runtime_config"]["parameters"] == {"epochs": 3}
    assert cluster.tokens == {"Bearer opensesame"}


def test_the_client_warns_of_nothing(cluster):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        assert submit(cluster).exit_code == 0


def test_a_later_package_is_a_new_version_of_the_same_pipeline(cluster):
    assert submit(cluster).exit_code == submit(cluster).exit_code == 0
    assert len(cluster.pipelines) == 1
    assert len(cluster.versions) == len(cluster.runs) == 2


@pytest.mark.parametrize(
    ("cluster", "exit_code"),
    [
        (["PENDING", "RUNNING", "SUCCEEDED"], 0),
        (["RUNNING", "FAILED"], 1),
        (["RUNNING", "CANCELING", "CANCELED"], 1),
    ],
    indirect=["cluster"],
)
def test_waiting_ends_as_the_run_does(cluster, exit_code):
    result = submit(cluster, "--wait")
    assert result.exit_code == exit_code, result.output
    assert result.output.splitlines()[-1].startswith("The run has ended: ")
    assert next(cluster.states, None) is None


def test_what_the_cluster_refuses_is_told(cluster):
    result = submit(cluster, "--parameter", "seed", "13")
    assert result.exit_code == 1
    assert "refused: 400" in result.output
    assert "bad luck" in result.output


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        (("epoch", "3"), "--parameter must name one of epochs"),
        (("epochs", "0"), "--parameter epochs: input should be greater than"),
    ],
)
def test_a_wrong_parameter_ends_with_code_2_and_uploads_nothing(
    cluster, parameter, sentence
):
    result = submit(cluster, "--parameter", *parameter)
    assert result.exit_code == 2
    assert sentence in result.output
    assert cluster.versions == []


def test_a_host_that_is_away_is_named():
    arguments = ["submit", "--host", "http://127.0.0.1:9", "--image", "it:1"]
    result = CliRunner().invoke(kubeflow, arguments)
    assert result.exit_code == 1
    assert "--host must be the URL of Kubeflow Pipelines" in result.output
    assert "http://127.0.0.1:9" in result.output
