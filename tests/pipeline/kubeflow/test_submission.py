"""Submitting, with kfp's own client over HTTP; only the cluster is a double."""

import os
import subprocess
import sys
import time

import pytest
import yaml
from click.testing import CliRunner

from pipeline.commands.kubeflow import kubeflow
from tests.support.servers.kubeflow_api import Now


def submit(call, *arguments):
    return call("submit", "--image", "it:1", *arguments)


def test_the_package_is_uploaded_and_run_and_its_link_shown(call, api):
    result = submit(call, "--token", "opensesame", "--parameter", "epochs", "3")
    assert result.exit_code == 0, result.output
    assert f"{api.url}/#/runs/details/run-1" in result.output
    (package,) = api.versions
    spec = next(iter(yaml.safe_load_all(package)))
    assert spec["pipelineInfo"]["name"] == "fashion-mnist"
    for executor in spec["deploymentSpec"]["executors"].values():
        assert executor["container"]["image"] == "it:1"
    (run,) = api.runs
    assert run["pipeline_version_reference"]["pipeline_version_id"] == "v1"
    assert run["runtime_config"]["parameters"] == {"epochs": 3}
    assert api.tokens == {"Bearer opensesame"}


def test_each_package_is_one_version_of_the_same_pipeline(call, api):
    for count in (1, 2):
        assert submit(call).exit_code == 0
        assert [each["display_name"] for each in api.pipelines] == ["fashion-mnist"]
        assert len(api.versions) == len(api.runs) == count
    assert all(label.startswith("fashion-mnist 20") for label in api.labels)


def test_a_namespace_reaches_the_pipeline(call, api):
    result = submit(call, "--namespace", "mine")
    assert result.exit_code == 0, result.output
    assert api.pipelines[0]["namespace"] == "mine"


def test_each_namespace_has_a_pipeline_of_its_own(call, api):
    for namespace in ("mine", "hers", "mine"):
        result = submit(call, "--namespace", namespace)
        assert result.exit_code == 0, result.output
    assert [each["namespace"] for each in api.pipelines] == ["mine", "hers"]
    assert len(api.versions) == 3


def test_a_pod_s_service_account_and_kfp_s_own_namespace_reach_the_host(
    call, api, tmp_path, monkeypatch
):
    token = tmp_path / "token"
    token.write_text("of-the-pod")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(token))
    context = tmp_path / ".config" / "kfp" / "context.json"
    context.parent.mkdir(parents=True)
    context.write_text('{"namespace": "mine"}')
    monkeypatch.setattr("kfp.client.Client._LOCAL_KFP_CONTEXT", str(context))
    result = submit(call)
    assert result.exit_code == 0, result.output
    assert api.tokens == {"Bearer of-the-pod"}
    assert api.pipelines[0]["namespace"] == "mine"


@pytest.mark.slow
def test_the_client_reads_its_own_configuration_and_says_nothing(api, tmp_path):
    api.answers = ["drop", "restart", 503, Now("FAILED")]
    context = tmp_path / ".config" / "kfp" / "context.json"
    context.parent.mkdir(parents=True)
    context.write_text(
        '{"namespace": "", "client_authentication_cookie": "session=open"}'
    )
    result = subprocess.run(
        [
            sys.executable, "kubeflow_runner.py", "submit", "--host", api.url,
            "--image", "it:1", "--wait", "--timeout", "60",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    assert result.stderr.splitlines() == ["The run has ended: failed."]
    for word in ("Warning", "Retry", "retry", "urllib3"):
        assert word not in result.stdout
    assert api.cookies == {"session=open"}


def test_what_the_cluster_refuses_is_told(call):
    result = submit(call, "--parameter", "seed", "13")
    assert result.exit_code == 1
    assert "refused: 400 Bad Request: 13 brings bad luck." in result.output


@pytest.mark.parametrize("status", [401, 403])
def test_a_user_who_is_not_let_in_is_told_so(call, api, monkeypatch, status):
    api.refuses_all = status
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    result = submit(call)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert "must be healthy and let you in" in line
    assert "--token" in line
    result = submit(call, "--namespace", "mine")
    assert result.exit_code == 1
    assert f"refused: {status}" in result.output
    assert "a token may have expired" in result.output


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        (("epoch", "3"), "--parameter must name one of epochs"),
        (("epochs", "0"), "--parameter epochs: input should be greater than"),
    ],
)
def test_a_wrong_parameter_ends_with_code_2_and_uploads_nothing(
    call, api, parameter, sentence
):
    result = submit(call, "--parameter", *parameter)
    assert result.exit_code == 2
    assert sentence in result.output
    assert api.versions == []


def test_a_setting_that_the_package_does_not_ask_for_belongs_in_the_deployment(
    call, api, tmp_path
):
    # The floor of this set is found in the run, so the form has no field for it.
    deployment = tmp_path / "deployment.yaml"
    deployment.write_text("settings:\n  dataset: mnist:3.0.1\n")
    result = submit(
        call, "--deployment", str(deployment), "--parameter", "min_accuracy", "0.8"
    )
    assert result.exit_code == 2
    assert "received min_accuracy; other settings belong in the" in result.output
    assert api.versions == []


def test_a_host_that_is_away_is_named():
    arguments = ["submit", "--host", "http://127.0.0.1:9", "--image", "it:1"]
    result = CliRunner().invoke(kubeflow, arguments)
    assert result.exit_code == 1
    assert "--host must be the URL of Kubeflow Pipelines" in result.output
    assert "http://127.0.0.1:9: [Errno 111] Connection refused" in result.output
