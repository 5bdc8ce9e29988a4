"""A double of the API server of Kubeflow Pipelines, which runs nothing.

It answers kfp's own client over HTTP. What it tells of a run, and which faults it has
meanwhile, a test says in advance.
"""

import datetime
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import yaml

RUN = "run-1"
WORKFLOW = "fashion-mnist-x7k2p"
_START = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.timezone.utc)
# What a real server gives for a task that hasn't ended.
_NEVER = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Now:
    """An answer about the run.

    Attributes:
        state: State of the run.
        steps: State of each task that has begun, by its key in the package.
        history: The run's earlier states.
        failed_driver: Key of a task whose driver failed, so that it has no pod.
        retried: Whether the tasks are repeated when they fail.
    """

    state: str
    steps: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[str] = ()
    failed_driver: str = ""
    retried: bool = False


class KubeflowApi:
    """The double.

    Attributes:
        answers: What comes when the run is asked for, in turn; the last one stays. A
            `Now`, the number of an HTTP error, or a fault: `drop` closes the connection
            without an answer, `slow` answers too late, `restart` is away for a moment,
            and `page` answers with an HTML page, as a proxy that asks for a password.
        logs: Logs by the name of the pod.
        log_path: Where they are: `ui`, `api`, or `nowhere`; with `cut`, the connection
            is lost in the middle of each.
        pipelines, versions, runs, schedules: What was sent.
        tokens, cookies: All values of the headers with the token and with cookies.
        slow_seconds: How late `slow` is.
    """

    def __init__(self) -> None:
        self.answers: list[Now | int | str] = [Now("SUCCEEDED")]
        self.logs: dict[str, str] = {}
        self.log_path = "ui"
        self.pipelines: list[dict] = []
        self.versions: list[str] = []
        self.labels: list[str] = []
        self.runs: list[dict] = []
        self.schedules: list[dict] = []
        self.tokens: set[str | None] = set()
        self.cookies: set[str | None] = set()
        self.refuses_all = 0
        self.slow_seconds = 1.0
        self._port = 0
        self._away: threading.Thread | None = None
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def next_answer(self) -> Now | int | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def restart(self) -> None:
        """Is away for a moment: connections are refused."""

        def away() -> None:
            self._stop()
            time.sleep(0.3)
            self._listen()

        self._away = threading.Thread(target=away)
        self._away.start()

    def run_now(self, now: Now) -> dict:
        """Returns a run as the API server describes it."""
        return {
            "run_id": RUN,
            "state": now.state,
            "state_history": [{"state": each} for each in (*now.history, now.state)],
            "pipeline_version_reference": {
                "pipeline_id": "pipeline-1",
                "pipeline_version_id": "v1",
            },
            "run_details": {"task_details": _details(now)},
        }

    def _listen(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _Handler)
        self._server.api = self
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def close(self) -> None:
        if self._away:
            self._away.join()
        self._stop()


@contextmanager
def kubeflow_api() -> Iterator[KubeflowApi]:
    """Runs the double until the block ends."""
    api = KubeflowApi()
    try:
        yield api
    finally:
        api.close()


def pod_of(key: str, retried: bool = False) -> str:
    """Returns the name of a task's pod, as Argo makes it."""
    template = "retry-system-container-impl" if retried else "system-container-impl"
    return f"{WORKFLOW}-{template}-{_number(key)}"


def _details(now: Now) -> list[dict]:
    """Lists the run's tasks as Argo has them: many more than there are steps."""
    details = [_detail(WORKFLOW, now.state, 0), _detail("root-driver", "SUCCEEDED", 0)]
    details.append(_detail("root", now.state, 1))
    for place, (key, state) in enumerate(now.steps.items(), start=2):
        details.append(_detail(f"{key}-driver", "SUCCEEDED", place))
        executor = f"{WORKFLOW}-{_number(key)}"
        if now.retried:
            # The container's node has nodes of its own, one for each attempt.
            parent, attempts = f"{WORKFLOW}-9{place}", [f"{WORKFLOW}-8", executor]
            details.append(_detail(key, state, place, [parent]))
            details.append(_detail("executor", state, place, attempts))
        else:
            details.append(_detail(key, state, place, [executor]))
            details.append(_detail("executor", state, place, [f"{WORKFLOW}-7"]))
    if now.failed_driver:
        details.append(_detail(f"{now.failed_driver}-driver", "FAILED", 99))
        details.append(_detail(now.failed_driver, "SKIPPED", 99))
    return details


def _detail(name: str, state: str, place: int, children: Sequence[str] = ()) -> dict:
    start = _START + datetime.timedelta(minutes=place)
    ended = state not in ("PENDING", "RUNNING")
    return {
        "run_id": RUN,
        "display_name": name,
        "state": state,
        "start_time": start.isoformat(),
        "end_time": (start + datetime.timedelta(seconds=20 + place)).isoformat()
        if ended
        else _NEVER,
        "child_tasks": [{"pod_name": child} for child in children],
    }


def _number(key: str) -> int:
    return sum(ord(letter) << place for place, letter in enumerate(key))


def _identity(pipeline: dict) -> tuple[str, str]:
    """Returns what no two pipelines have in common."""
    return pipeline.get("namespace", ""), pipeline["display_name"]


class _Handler(BaseHTTPRequestHandler):
    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def do_GET(self) -> None:
        api, path = self._api(), self._path()
        if api.refuses_all:
            self._answer({"error": "who are you?"}, api.refuses_all)
        elif path.startswith("/k8s/pod/logs"):
            query = parse_qs(urlsplit(self.path).query)
            self._answer_log(query["podname"][0], "ui")
        elif "/nodes/" in path:
            self._answer_log(path.split("/nodes/")[1].removesuffix("/log"), "api")
        elif path == "pipelines":
            self._answer({"pipelines": self._found()})
        elif path.startswith("pipelines/pipeline-1/versions/"):
            # YAML's loader in Python would take most of the clients' time limit.
            spec, platform = yaml.load_all(api.versions[-1], yaml.CSafeLoader)
            content = {"pipeline_spec": spec, "platform_spec": platform}
            self._answer({"pipeline_spec": content})
        elif path == f"runs/{RUN}":
            self._answer_run(api.next_answer())
        elif path.startswith("runs/"):
            self._answer({"message": "Run not found"}, 404)
        elif path == "recurringruns":
            self._answer({"recurringRuns": api.schedules})
        else:
            self._answer({})

    def _found(self) -> list[dict]:
        """Lists the pipelines of a namespace that have the name in the filter."""
        query = parse_qs(urlsplit(self.path).query)
        (wanted,) = json.loads(query["filter"][0])["predicates"]
        identity = query.get("namespace", [""])[0], wanted["stringValue"]
        return [each for each in self._api().pipelines if _identity(each) == identity]

    def do_POST(self) -> None:
        api, path = self._api(), self._path()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "pipelines":
            pipeline = json.loads(body)
            if _identity(pipeline) in map(_identity, api.pipelines):
                self._answer({"message": "The name fashion-mnist already exists"}, 409)
                return
            api.pipelines.append({"pipeline_id": "pipeline-1", **pipeline})
            self._answer(api.pipelines[-1])
        elif path == "pipelines/upload_version":
            api.versions.append(_uploaded_file(body))
            api.labels += parse_qs(urlsplit(self.path).query)["name"]
            self._answer({"pipeline_version_id": f"v{len(api.versions)}"})
        elif path == "experiments":
            self._answer({"experiment_id": "experiment-1"})
        elif path == "runs":
            run = json.loads(body)
            if run["runtime_config"]["parameters"].get("seed") == 13:
                self._answer({"message": "13 brings bad luck"}, 400)
                return
            api.runs.append(run)
            self._answer({"run_id": RUN})
        elif path == "recurringruns":
            identifier = f"schedule-{len(api.schedules) + 1}"
            status = {"recurring_run_id": identifier, "status": "ENABLED"}
            api.schedules.append({**json.loads(body), **status})
            self._answer(api.schedules[-1])
        else:
            self._answer({"message": f"no {path}"}, 404)

    def do_DELETE(self) -> None:
        api, path = self._api(), self._path()
        kept = [
            each
            for each in api.schedules
            if path != f"recurringruns/{each['recurring_run_id']}"
        ]
        if len(kept) == len(api.schedules):
            self._answer({"message": "RecurringRun not found"}, 404)
            return
        api.schedules[:] = kept
        self._answer({})

    def _answer_run(self, answer: Now | int | str) -> None:
        api = self._api()
        if isinstance(answer, Now):
            self._answer(api.run_now(answer))
        elif isinstance(answer, int):
            self._answer({"message": "something is wrong"}, answer)
        elif answer == "page":
            self._send(b"<!doctype html><title>Log in</title>", 200, "text/html")
        elif answer == "slow":
            time.sleep(api.slow_seconds)
            self._answer(api.run_now(Now("RUNNING")))
        else:
            if answer == "restart":
                api.restart()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answer_log(self, pod: str, path: str) -> None:
        log = self._api().logs.get(pod)
        if self._api().log_path == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"2026-11-26 Trainer")
        elif self._api().log_path != path or log is None:
            # So the user interface answers for what it doesn't know.
            self._send(b"<!doctype html>Kubeflow", 200, "text/html")
        else:
            self._send(log.encode(), 200, "text/plain")

    def _api(self) -> KubeflowApi:
        return self.server.api

    def _path(self) -> str:
        self._api().tokens.add(self.headers.get("Authorization"))
        self._api().cookies.add(self.headers.get("Cookie"))
        return urlsplit(self.path).path.removeprefix("/apis/v2beta1/")

    def _answer(self, content: dict, status: int = 200) -> None:
        self._send(json.dumps(content).encode(), status, "application/json")

    def _send(self, body: bytes, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def _uploaded_file(body: bytes) -> str:
    """Takes the file out of a multipart form."""
    _, _, rest = body.partition(b"\r\n\r\n")
    return rest.rpartition(b"\r\n--")[0].decode()
