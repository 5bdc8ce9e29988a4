"""The rules and the dashboard, by Prometheus's own tools and by what is exposed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from pipeline.commands.metrics import metrics
from pipeline.serving.monitoring import PipelineCollector
from tests.support.manifests import (
    pod_specs,
    read_compose,
    read_manifests,
    render,
    restricted_faults,
    validate,
)
from tests.support.metadata_store import FIRST_VERSION, PIPELINE
from tests.support.published_output import add_drift, publish_output
from tests.support.servers.processes import (
    free_port,
    running,
    wait_for_port,
    wait_until,
)
from tests.support.servers.tf_serving import tf_serving_stand_in
from tests.support.servers.tf_serving_metrics import format_metrics
from tests.support.servers.tf_serving_model import ServedModel
from tests.support.tiny_model import save_tiny_model
from tests.support.tools import require

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
CONFIG = FOLDER / "prometheus" / "prometheus.yml"
RULES = FOLDER / "prometheus" / "rules.yml"
DASHBOARD = FOLDER / "grafana" / "dashboard.json"

MINUTES = 7 * 60 + 30


def requests_of(status):
    return f':tensorflow:serving:request_count{{model_name="m",status="{status}"}}'


def bucket(bound):
    labels = f'model_name="m",API="predict",entrypoint="REST",le="{bound}"'
    return f":tensorflow:serving:request_latency_bucket{{{labels}}}"


def of_project(name, **labels):
    written = "".join(f',{key}="{value}"' for key, value in labels.items())
    return f'fashion_mnist_{name}{{model_name="m"{written}}}'


def growing(for_each_minute):
    return f"0+{for_each_minute}x{MINUTES}"


def always(value):
    return f"{value}+0x{MINUTES}"


SERVER_UP = of_project("source_up", source="server", server="http://serving:8501")
METADATA_UP = of_project("source_up", source="metadata", server="")
SERVED = of_project("served_version", server="http://serving:8501")
EXPECTED = of_project("expected_version")
LAST_GOOD = of_project("last_good_run_timestamp_seconds")
READ_AT = of_project("metrics_timestamp_seconds")
DRIFT = of_project("drift_verdict", verdict="drift")

ANSWERED = bucket("+Inf").replace("_bucket", "_count").replace(',le="+Inf"', "")

HEALTHY = {
    # Probes ask for the state nine times as often as clients ask for predictions.
    requests_of("OK"): growing(6000),
    ANSWERED: growing(600),
    ANSWERED.replace("predict", ""): growing(5400),
    requests_of("INVALID_ARGUMENT"): growing(6),
    requests_of("UNAVAILABLE"): always(0),
    bucket("37482.9"): growing(598),
    bucket("67469.2"): growing(600),
    bucket("+Inf"): growing(600),
    SERVER_UP: always(1),
    METADATA_UP: always(1),
    SERVED: always(5),
    EXPECTED: always(5),
    of_project("newest_run_state", state="completed"): always(1),
    of_project("newest_run_state", state="failed"): always(0),
    of_project("newest_run_state", state="killed"): always(0),
    of_project("newest_run_state", state="running"): always(0),
    of_project("newest_run_state", state="unfinished"): always(0),
    LAST_GOOD: always(0),
    READ_AT: growing(60),
    DRIFT: always(0),
}

# The series that a fault changes, and the minute in which the alert must have come.
FAULTS = {
    "RequestsFail": ({requests_of("UNAVAILABLE"): growing(20)}, 10),
    "RequestsFailForHours": ({requests_of("UNAVAILABLE"): growing(5)}, 7 * 60),
    "RequestsAreSlow": ({bucket("37482.9"): growing(500)}, 20),
    "ClientsSendNoImages": ({requests_of("INVALID_ARGUMENT"): growing(100)}, 25),
    "ServerDown": ({SERVER_UP: always(0), SERVED: None}, 2),
    "NoVersionServed": ({SERVED: always(0)}, 2),
    "VersionNotServed": ({EXPECTED: always(6)}, 3),
    "NewestRunFailed": (
        {of_project("newest_run_state", state="failed"): always(1)},
        6,
    ),
    "RunStuck": (
        {of_project("newest_run_state", state="running"): always(1)},
        6 * 60 + 1,
    ),
    "NoGoodRun": ({LAST_GOOD: always(-8 * 24 * 3600)}, 61),
    "DriftFound": ({DRIFT: always(1)}, 6),
    "SourceUnreadable": ({METADATA_UP: always(0)}, 11),
    "MetricsMissing": ({READ_AT: always(0)}, 25),
}


def alerts_test(series, minute, firing):
    """A unit test of promtool: exactly these alerts fire in this minute."""
    return {
        "interval": "1m",
        "input_series": [
            {"series": name, "values": values}
            for name, values in series.items()
            if values is not None
        ],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{minute}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{name}"}}', "value": 1} for name in firing
                ],
            }
        ],
    }


def run_tests(tests, folder):
    file = folder / "tests.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": tests}))
    return subprocess.run(
        [require("promtool"), "test", "rules", file], capture_output=True, text=True
    )


def all_rules():
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in all_rules() if "alert" in rule}


@pytest.mark.tools
def test_promtool_accepts_the_configuration_and_the_rules():
    subprocess.run([require("promtool"), "check", "config", CONFIG], check=True)


@pytest.mark.tools
def test_a_fault_raises_its_alert_and_no_other(tmp_path):
    assert set(FAULTS) == set(alerts())
    tests = [
        alerts_test(HEALTHY | changed, minute, [name])
        for name, (changed, minute) in FAULTS.items()
    ]
    without_metrics = {name: None for name in HEALTHY if "fashion" in name}
    tests.append(alerts_test(HEALTHY | without_metrics, 6, ["MetricsMissing"]))
    result = run_tests(tests, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.tools
def test_a_healthy_server_raises_no_alert(tmp_path):
    minutes = (1, 10, 61, MINUTES)
    tests = [alerts_test(HEALTHY, minute, []) for minute in minutes]
    result = run_tests(tests, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.tools
@pytest.mark.parametrize(
    ("state", "minute", "alert"),
    [("killed", 6, "NewestRunFailed"), ("unfinished", 6 * 60 + 1, "RunStuck")],
)
def test_another_state_of_the_newest_run_raises_the_same(
    state, minute, alert, tmp_path
):
    series = HEALTHY | {of_project("newest_run_state", state=state): always(1)}
    result = run_tests([alerts_test(series, minute, [alert])], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.tools
def test_one_server_of_three_that_stays_behind_is_told(tmp_path):
    one_of_three = {SERVED: " ".join(["5 5 4"] * 10), EXPECTED: always(5)}
    tests = [
        alerts_test(HEALTHY | one_of_three, minute, ["VersionNotServed"])
        for minute in (12, 13, 14)
    ]
    # A push, after which the server has the version before for a moment.
    moment = {SERVED: " ".join(["4"] + ["5"] * 20)}
    tests.append(alerts_test(HEALTHY | moment, 11, []))
    result = run_tests(tests, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.tools
def test_it_is_told_if_every_request_fails(tmp_path):
    nothing_answered = {ANSWERED: None, requests_of("UNAVAILABLE"): growing(1)}
    series = HEALTHY | nothing_answered
    result = run_tests([alerts_test(series, 10, ["RequestsFail"])], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.tools
def test_models_that_only_a_client_names_raise_no_alert(tmp_path):
    of_nobody = requests_of("NOT_FOUND").replace('"m"', '"cats"')
    result = run_tests(
        [alerts_test({**HEALTHY, of_nobody: growing(9)}, 10, [])], tmp_path
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_says_how_bad_it_is_and_what_to_do():
    page = (ROOT / "docs" / "watching.md").read_text()
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    }
    for alert in alerts().values():
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["for"]
        assert alert["annotations"]["summary"]
        path, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert path == "docs/watching.md"
        assert anchor in headings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = publish_output(tmp_path_factory.mktemp("published"))
    add_drift(settings)
    return settings


def exposed_names(settings):
    """Names of all metrics of the stand-in, of the project, and of the rules."""
    served = ServedModel("m")
    served.counts["OK"] = 1
    served.latencies.append(("predict", "REST", 0.001))
    registry = CollectorRegistry()
    registry.register(PipelineCollector(settings))
    text = format_metrics(served) + generate_latest(registry).decode()
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE):
        names.add(name)
        if kind == "histogram":
            names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
    return names | {rule["record"] for rule in all_rules() if "record" in rule}


def expressions():
    yield from (rule["expr"] for rule in all_rules())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_metric_of_rules_and_dashboard_is_exposed(settings):
    name = re.compile(r":tensorflow:[\w:]+|fashion_mnist_\w+|model\w*:\w+:\w+")
    used = {each for expression in expressions() for each in name.findall(expression)}
    assert len(used) > 15
    assert used <= exposed_names(settings)


@pytest.mark.tools
def test_a_real_prometheus_reads_the_server_and_the_project(settings, tmp_path):
    model = save_tiny_model(tmp_path / "model")
    port, metrics_port = free_port(), free_port()
    with tf_serving_stand_in(str(model), PIPELINE, FIRST_VERSION) as server:
        (tmp_path / "rules.yml").write_text(RULES.read_text())
        config = CONFIG.read_text().replace("15s", "1s")
        for target, address in (
            ("serving:8501", server.rest.removeprefix("http://")),
            ("metrics:9464", f"127.0.0.1:{metrics_port}"),
        ):
            assert target in config
            config = config.replace(target, address)
        (tmp_path / "prometheus.yml").write_text(config)
        project = [
            *(sys.executable, "-m", "pipeline", "metrics", "--rest", server.rest),
            *("--output", settings.output, "--port", metrics_port),
        ]
        prometheus = [
            require("prometheus"),
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]

        def is_ready():
            ready = requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=10)
            return ready.ok

        def ask(query):
            address = f"http://127.0.0.1:{port}/api/v1/query"
            answer = requests.get(address, params={"query": query}, timeout=10)
            return {
                tuple(each["metric"].values()): float(each["value"][1])
                for each in answer.json()["data"]["result"]
            }

        def predict():
            body = {"instances": [1.0]}
            path = f"/v1/models/{PIPELINE}:predict"
            requests.post(f"{server.rest}{path}", json=body, timeout=10)
            return bool(ask("model_status:serving_requests:rate5m > 0"))

        with running(project, tmp_path / "log"), running(prometheus, tmp_path / "log"):
            wait_for_port(port, "Prometheus", 60)
            wait_until(is_ready, "Prometheus's start", 60)
            wait_until(lambda: len(ask("up == 1")) == 2, "Scraping both", 60)
            wait_until(predict, "Counting requests", 60)
            (latency,) = ask(
                "model_api_entrypoint:serving_request_latency_seconds:p99_5m"
            ).values()
            assert 0 < latency < 10
            (served,) = ask("fashion_mnist_served_version").values()
            assert served == FIRST_VERSION
            (accuracy,) = ask("fashion_mnist_model_accuracy_ratio").values()
            assert accuracy == 0.87
            # The server has the first version alone, and the folder newer ones.
            wait_until(
                lambda: any("VersionNotServed" in each for each in ask("ALERTS")),
                "An alert",
                60,
            )


def test_the_dashboard_has_what_the_page_promises():
    dashboard = json.loads(DASHBOARD.read_text())
    titles = {panel["title"] for panel in dashboard["panels"]}
    assert {"Version served", "Accuracy", "Requests by status", "Drift"} <= titles
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)
    (source,) = yaml.safe_load((FOLDER / "grafana" / "datasource.yaml").read_text())[
        "datasources"
    ]
    assert source["type"] == "prometheus"
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    assert variables == {"datasource", "model"}


def options_of(words):
    """Reads the options of the command `metrics` from the words after it."""
    options = dict(word.removeprefix("--").split("=", 1) for word in words)
    known = {name for each in metrics.params for name in each.opts}
    assert {f"--{name}" for name in options} <= known
    return options


@pytest.mark.tools
def test_kubernetes_runs_the_command_as_the_release_pod_runs_its_own():
    manifests = render(FOLDER)
    for manifest in manifests:
        validate(manifest)
    (pod,) = pod_specs(manifests)
    assert restricted_faults(pod) == []
    (container,) = pod["containers"]
    assert all(
        mount.get("readOnly") or mount["name"] == "tmp"
        for mount in container["volumeMounts"]
    )
    (release,) = read_manifests(ROOT / "deploy/serving/release-pod.yaml")
    (other,) = release["spec"]["containers"]
    assert (container["image"], container["env"]) == (other["image"], other["env"])
    options = options_of(container["args"])
    (port,) = container["ports"]
    assert int(options["port"]) == port["containerPort"]
    (deployment,) = (each for each in manifests if each["kind"] == "Deployment")
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == options["port"]
    data = [each["data"] for each in manifests if each["kind"] == "ConfigMap"]
    assert {"rules.yml": RULES.read_text()} in data
    assert {"fashion-mnist.json": DASHBOARD.read_text()} in data


def test_compose_runs_the_command_where_prometheus_looks_for_it():
    services = read_compose(FOLDER / "compose.yaml")
    options = options_of(services["metrics"]["command"])
    jobs = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
    targets = [each["targets"] for job in jobs for each in job["static_configs"]]
    assert targets == [["serving:8501"], [f"metrics:{options['port']}"]]
    assert options["rest"] == "http://serving:8501"


def test_compose_gives_no_service_more_than_it_needs():
    services = read_compose(FOLDER / "compose.yaml")
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        ports = service.get("ports", ())
        assert all(port.startswith("127.0.0.1:") for port in ports)
        _, _, tag = service["image"].rpartition(":")
        assert re.match(r"v?\d", tag) or service is services["metrics"]
        binds = [each for each in service["volumes"] if isinstance(each, dict)]
        assert all(each["read_only"] for each in binds)
        for each in binds:
            if not each["source"].startswith("$"):
                assert (ROOT / "deploy/serving" / each["source"]).exists()
