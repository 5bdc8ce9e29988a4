"""Waiting for a run, whatever the connection and the API server do meanwhile."""

from pathlib import Path

import pytest

from pipeline.exit_codes import CANCELLED, FAILED, PUSHED, REFUSED, UNKNOWN
from tests.support.servers.kubeflow_api import RUN, Now, pod_of

PACKAGE = Path(__file__).with_name("fashion-mnist.yaml")
PUSHED_LOG = "some words\nPusher: ran\nPushed: version 7, test accuracy 0.9100\n"
REFUSED_LOG = (
    "Pusher: ran\nRefused: the model was refused with a test accuracy of 0.1\n"
)
# What Kubeflow's launcher and Argo write after a step's own last line.
FAILED_LOG = """Traceback (most recent call last):
Error: an early word
Error: Trainer failed: the disk is full
I1124 12:00:00.000000 1 launcher_v2.go:150] publish success.
time="2026-11-24T12:00:00" level=info msg="sub-process exited" error="<nil>"
Error: exit status 1
"""
DATA = "curatedschema-to-transform"
PUSHER = "evaluator-to-pusher"
LAST = {"trainer": "SUCCEEDED", PUSHER: "SUCCEEDED"}
DONE = Now("SUCCEEDED", LAST)
BUSY = Now("RUNNING", {"trainer": "RUNNING"})
BROKEN = Now("FAILED", {"trainer": "FAILED"})
LOGS = {pod_of(PUSHER): PUSHED_LOG, pod_of("trainer"): FAILED_LOG}
REFUSED_LOGS = {pod_of(PUSHER): REFUSED_LOG}


@pytest.fixture
def wait(call, api):
    api.versions.append(PACKAGE.read_text())
    api.logs = dict(LOGS)

    def run(*answers, timeout="30"):
        api.answers = list(answers)
        return call("wait", RUN, "--timeout", timeout)

    return run


# As often as the client itself asks again, and once more.
DROPPED = ["drop"] * 5


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([BUSY, DONE], PUSHED, "Pushed: version 7"),
        ([*DROPPED, DONE], PUSHED, "That doesn't stop the run. Asking again."),
        ([*DROPPED, DONE], PUSHED, "Remote end closed connection without response."),
        ([BUSY, *DROPPED, BUSY, DONE], PUSHED, "The connection is back."),
        ([BUSY, "restart", BUSY, DONE], PUSHED, "Pushed"),
        ([BUSY, 500, DONE], PUSHED, "500 Internal Server Error"),
        ([BUSY, 503, 503, 503, DONE], PUSHED, "503 Service Unavailable"),
        ([BUSY, 502, 504, 429, DONE], PUSHED, "The connection is back."),
        ([BUSY, *["slow"] * 5, DONE], PUSHED, "Read timed out."),
        ([BUSY, "page", DONE], PUSHED, "not of Kubeflow Pipelines"),
        ([BUSY, BROKEN], FAILED, "The run has failed: Trainer in the pod"),
        ([*DROPPED, BROKEN], FAILED, "Error: Trainer failed: the disk is full"),
        ([Now("SKIPPED")], FAILED, "The run has ended: skipped."),
        ([BUSY, Now("CANCELING"), Now("CANCELED")], CANCELLED, "was cancelled"),
        # As the real one ends a run that was cancelled.
        ([BUSY, Now("CANCELING"), BROKEN], CANCELLED, "was cancelled"),
        (
            [Now("FAILED", history=["RUNNING", "CANCELING"])],
            CANCELLED,
            "was cancelled",
        ),
        # Cancelled, repeated, and only then failed.
        (
            [Now("FAILED", history=["RUNNING", "CANCELING", "FAILED", "RUNNING"])],
            FAILED,
            "The run has ended: failed.",
        ),
        (
            [Now("CANCELING"), BUSY, BROKEN],
            FAILED,
            "Error: Trainer failed: the disk is full",
        ),
        ([BUSY, 401], UNKNOWN, "a token may have expired. The run may go on"),
        ([BUSY, 403], UNKNOWN, "refused: 403"),
        ([BUSY, 404], UNKNOWN, "refused: 404"),
    ],
)
def test_the_end_is_the_run_s_and_not_the_connection_s(wait, answers, code, said):
    result = wait(*answers)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.output.split("\n"))


def test_a_lost_connection_is_told_once(wait):
    result = wait(BUSY, *["drop"] * 17, 503, DONE)
    assert result.exit_code == PUSHED
    assert result.output.count("No connection") == 1
    assert result.output.count("The connection is back.") == 1


@pytest.mark.parametrize(
    ("answers", "state"),
    [([BUSY], "it goes on"), ([BUSY, *["drop"] * 999], "there is no connection")],
)
def test_the_end_of_the_waiting_is_not_the_end_of_the_run(wait, answers, state):
    result = wait(*answers, timeout="1")
    assert result.exit_code == UNKNOWN
    assert state in result.output
    assert f"`wait {RUN}`" in result.output


def test_each_step_is_told_once_as_it_ends(wait):
    result = wait(
        Now("RUNNING", {DATA: "SUCCEEDED", "trainer": "RUNNING"}),
        Now("RUNNING", {DATA: "SUCCEEDED", "trainer": "SUCCEEDED"}),
        DONE,
    )
    lines = [line for line in result.output.splitlines() if ": succeeded" in line]
    assert len(lines) == 3
    assert lines[0].startswith("CuratedSchema, ImageExampleGen, ")
    assert lines[1] == "Trainer: succeeded, 23 s"
    assert lines[2].startswith("Evaluator, InfraValidator, Pusher: ")


@pytest.mark.parametrize("log_path", ["ui", "api"])
def test_a_refused_model_has_a_code_of_its_own(wait, api, log_path):
    api.log_path = log_path
    api.logs = REFUSED_LOGS
    result = wait(BUSY, DONE)
    assert result.exit_code == REFUSED
    assert "Refused: the model was refused" in result.output


@pytest.mark.parametrize("log_path", ["nowhere", "cut"])
def test_without_logs_nothing_is_claimed_of_the_model(wait, api, log_path):
    api.log_path = log_path
    result = wait(BUSY, DONE)
    assert result.exit_code == UNKNOWN
    assert "not known whether the model was pushed" in result.output


def test_without_logs_a_failed_run_still_names_the_step_and_its_pod(wait, api):
    api.log_path = "nowhere"
    result = wait(BROKEN)
    assert result.exit_code == FAILED
    assert f"Trainer in the pod {pod_of('trainer')}" in result.output.replace("\n", " ")
    assert "pipeline/runid=run-1" in result.output


def test_pods_of_repeated_steps_are_found_too(wait, api):
    api.logs = {
        pod_of(PUSHER, retried=True): PUSHED_LOG,
        pod_of("trainer", retried=True): FAILED_LOG,
    }
    api.versions[-1] = PACKAGE.read_text().replace(
        "      caching", "      retryPolicy: {maxRetryCount: 1}\n        caching"
    )
    result = wait(Now("SUCCEEDED", LAST, retried=True))
    assert result.exit_code == PUSHED, result.output
    result = wait(Now("FAILED", {"trainer": "FAILED"}, retried=True))
    assert result.exit_code == FAILED
    assert "the disk is full" in result.output
    assert pod_of("trainer", retried=True) in result.output


def test_a_step_whose_pod_never_started_is_named(wait):
    result = wait(Now("FAILED", {}, failed_driver=PUSHER))
    assert result.exit_code == FAILED
    assert "The run has failed: Evaluator, InfraValidator, Pusher." in result.output


def test_a_run_that_is_unknown_is_named(call):
    result = call("wait", "run-9")
    assert result.exit_code == UNKNOWN
    assert "404 Not Found: Run not found" in result.output


def test_a_host_that_is_away_says_nothing_of_the_run(monkeypatch, tmp_path):
    from click.testing import CliRunner

    from pipeline.commands.kubeflow import kubeflow

    monkeypatch.setenv("HOME", str(tmp_path))
    arguments = ["wait", RUN, "--host", "http://127.0.0.1:9"]
    result = CliRunner().invoke(kubeflow, arguments)
    assert result.exit_code == UNKNOWN
    assert "--host must be the URL" in result.output


def test_ctrl_c_stops_the_waiting_and_not_the_run(wait, monkeypatch):
    from pipeline.kubeflow import waiting

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(waiting.time, "sleep", interrupt)
    result = wait(BUSY)
    assert result.exit_code == UNKNOWN
    assert "Stopped waiting. The run goes on" in result.output


def test_submit_waits_the_same_way(call, api):
    api.logs = REFUSED_LOGS
    api.answers = [BUSY, *DROPPED, DONE]
    result = call("submit", "--image", "it:1", "--wait")
    assert result.exit_code == REFUSED, result.output
    assert "Trainer: succeeded, 22 s" in result.output
