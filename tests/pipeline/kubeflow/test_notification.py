"""The exit task's command, with a real HTTP server and a real store."""

import json

import pytest
from click.testing import CliRunner

from pipeline.kubeflow import notification
from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.metadata.connection import open_store
from pipeline.metadata.conversion import ERROR_PROPERTY
from tests.support.servers.web_hook import web_hook

RUN = "run-0006"
HOST = "https://kubeflow.example.com/_/pipeline/"


@pytest.fixture
def hook():
    with web_hook() as server:
        yield server


@pytest.fixture
def notify(hook, store_address, monkeypatch):
    monkeypatch.setattr(notification, "_TIMEOUT", (0.5, 0.5))

    def run(state="SUCCEEDED", host=HOST, url=hook.url, metadata=store_address):
        return CliRunner().invoke(
            notification.notify,
            [
                "--run-id", RUN,
                # As Kubeflow's launcher hands it on.
                "--final-status", json.dumps({"state": state, "error": {}}),
                *(["--host", host] if host else []),
            ],
            env={notification.URL_VARIABLE: url, METADATA_VARIABLE: metadata},
        )  # fmt: skip

    return run


def fail_node(store_address, error):
    """Records that the last node of the run failed."""
    store = open_store(store_address)
    context = store.get_context_by_type_and_name("pipeline_run", RUN)
    last = max(store.get_executions_by_context(context.id), key=lambda each: each.id)
    last.last_known_state = last.FAILED
    last.custom_properties[ERROR_PROPERTY].string_value = error
    store.put_executions([last])


# What Kubeflow's server and kfp's local runner call a success.
@pytest.mark.parametrize("state", ["COMPLETE", "SUCCEEDED"])
def test_a_success_is_posted_once_with_its_figures(notify, hook, state):
    result = notify(state)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "Notified."
    (message,) = hook.received
    assert message["run"] == RUN
    assert message["state"] == "completed"
    assert isinstance(message["accuracy"], float)
    assert message["verdict"] == "blessed"
    assert message["version"]
    assert message["error"] is None
    link = f"https://kubeflow.example.com/_/pipeline/#/runs/details/{RUN}"
    assert message["link"] == link


def test_a_failure_is_posted_with_its_error(notify, hook, store_address):
    fail_node(store_address, "the disk is full")
    assert notify("FAILED", host=None).exit_code == 0
    (message,) = hook.received
    assert message["state"] == "failed"
    assert message["error"] == "Pusher: the disk is full"
    assert message["link"] is None


@pytest.mark.parametrize(
    ("status", "state"),
    [("FAILED", "failed"), ("SUCCEEDED", "completed"), ("COMPLETE", "completed")],
)
def test_a_run_of_which_ml_metadata_knows_nothing_is_posted_too(
    notify, hook, status, state
):
    result = notify(status, metadata="postgresql://me:secret@127.0.0.1:9/db")
    assert result.exit_code == 0, result.output
    (message,) = hook.received
    assert (message["run"], message["state"]) == (RUN, state)
    assert message["accuracy"] is None
    assert "secret" not in result.output


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_refuses_becomes_a_line(notify, hook, status):
    hook.status = status
    result = notify()
    assert result.exit_code == 0
    assert f"Not notified: the answer is {status} " in result.output
    assert len(hook.received) == 1


def test_a_hook_that_does_not_answer_is_given_up(notify, hook):
    hook.seconds = 2
    result = notify()
    assert result.exit_code == 0
    assert "Not notified: no answer within 0.5 s." in result.output


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://127.0.0.1:9/secret", "the address can't be reached"),
        ("https://nowhere.invalid/secret", "the address can't be reached"),
        ("secret", "MissingSchema"),
        ("", "the variable NOTIFY_URL is not set or empty"),
    ],
)
def test_an_address_that_can_not_be_used_becomes_a_line(notify, url, line):
    result = notify(url=url)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == f"Not notified: {line}."
    assert "secret" not in result.output


@pytest.mark.parametrize("status", ["FAILED", '"FAILED"', "{}", "null"])
def test_what_kubeflow_says_in_another_form_stops_nothing(hook, store_address, status):
    result = CliRunner().invoke(
        notification.notify,
        ["--run-id", RUN, "--final-status", status],
        env={notification.URL_VARIABLE: hook.url, METADATA_VARIABLE: store_address},
    )
    assert result.exit_code == 0
    (message,) = hook.received
    assert message["state"] == "completed"
