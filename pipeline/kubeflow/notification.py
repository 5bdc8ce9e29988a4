"""Tells a web hook how a run ended: `python -m pipeline.kubeflow.notification`.

It is the exit task of a package whose deployment has `notify`. Nothing that goes wrong
here fails the run.
"""

import json
import os
from typing import Any

import click
import requests

from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.metadata.connection import check_connection, open_store
from pipeline.metadata.outcomes import RunState, summarize
from pipeline.metadata.records import Run
from pipeline.metadata.run_reader import load_run

URL_VARIABLE = "NOTIFY_URL"
# Seconds until a connection is there, and until an answer is.
_TIMEOUT = (10, 10)
# A failed run is FAILED for Kubeflow, and for kfp's local runner.
_FAILED = "FAILED"
# What Kubeflow's server and kfp's local runner call a success.
_SUCCEEDED = ("SUCCEEDED", "COMPLETE")


@click.command()
@click.option("--run-id", required=True, help="Identifier of the run.")
@click.option(
    "--final-status",
    required=True,
    help="JSON object in which Kubeflow says how the steps ended.",
)
@click.option("--host", help="Address of Kubeflow's pages, for the link to the run.")
def notify(run_id: str, final_status: str, host: str | None) -> None:
    """Post the outcome of a run to the address in the variable NOTIFY_URL.

    The address of ML Metadata is taken from ML_METADATA_ADDRESS. The exit code is 0 in
    any case; the last line of the log says whether the notification was taken.
    """
    try:
        message = _describe(run_id, final_status, host)
        click.echo(json.dumps(message))
        click.echo(_post(message))
    except Exception as error:
        # Its own words may hold the URL, which may be a secret.
        click.echo(f"Not notified: {type(error).__name__}.")


def _describe(run_id: str, final_status: str, host: str | None) -> dict[str, Any]:
    """Makes the message: the run's main facts, its error and its link."""
    try:
        address = os.environ[METADATA_VARIABLE]
        check_connection(address)
        run = load_run(open_store(address), run_id)
    except Exception as error:
        # Then only Kubeflow knows how the run ended.
        click.echo(f"ML Metadata could not be read: {type(error).__name__}.")
        run = Run(run_id, [])
    message = summarize(run)
    state = _state_of(final_status)
    if state == _FAILED:
        message["state"] = RunState.FAILED.value
    elif state in _SUCCEEDED and not run.nodes:
        message["state"] = RunState.COMPLETED.value
    errors = [f"{node.node_id}: {node.error}" for node in run.nodes if node.error]
    link = f"{host.rstrip('/')}/#/runs/details/{run_id}" if host else None
    return {**message, "error": errors[-1] if errors else None, "link": link}


def _state_of(final_status: str) -> str | None:
    """Returns Kubeflow's state of the run; it knows of steps that never started."""
    try:
        return str(json.loads(final_status)["state"])
    except (ValueError, KeyError, TypeError):
        return None  # in another form than known; ML Metadata has what was recorded


def _post(message: dict[str, Any]) -> str:
    """Posts the message once, and says what came of it."""
    url = os.environ.get(URL_VARIABLE)
    if not url:
        return f"Not notified: the variable {URL_VARIABLE} is not set or empty."
    try:
        # The body of the answer isn't read: it may be long, or never end.
        with requests.post(
            url, json=message, timeout=_TIMEOUT, stream=True, allow_redirects=False
        ) as answer:
            if answer.ok and not answer.is_redirect:
                return "Notified."
            return f"Not notified: the answer is {answer.status_code} {answer.reason}."
    except requests.Timeout:
        return f"Not notified: no answer within {_TIMEOUT[1]:g} s."
    except requests.ConnectionError:
        return "Not notified: the address can't be reached."


if __name__ == "__main__":
    notify(prog_name="python -m pipeline.kubeflow.notification")
