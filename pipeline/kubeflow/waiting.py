"""Waits for the end of a run on Kubeflow Pipelines, whatever happens meanwhile."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.exit_codes import CANCELLED, FAILED, PUSHED, REFUSED, UNKNOWN
from pipeline.kubeflow.cluster import Cluster, LostConnectionError
from pipeline.kubeflow.log_lines import find_error, find_verdict
from pipeline.kubeflow.run_steps import Step, steps_of

_POLL_SECONDS = 5
_CANCELED = ("CANCELING", "CANCELED")
_ENDED = ("SUCCEEDED", "FAILED", "SKIPPED", "CANCELED")


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
        exit_code: One of `pipeline.exit_codes`.
        sentence: What to tell the user.
    """

    exit_code: int
    sentence: str


def wait_for_end(
    cluster: Cluster,
    run_id: str,
    seconds: float,
    tell: Callable[[str], None],
    update: Callable[[str], None],
) -> Ending:
    """Waits until a run has ended.

    kfp's own method gives up at the first lost connection, and never returns if the
    run is cancelled.

    Args:
        cluster: Where it runs.
        run_id: Identifier of the run.
        seconds: Longest time to wait.
        tell: Takes a line for each step that has ended, and for a lost connection.
        update: Takes the run's state, each time that it was asked for.

    Returns:
        How the run ended, or that this isn't known.

    Raises:
        InputError: If Kubeflow Pipelines refuses to answer.
    """
    deadline = time.monotonic() + seconds
    package = None
    told: set[str] = set()
    canceled = False
    lost = ""
    while True:
        try:
            run = cluster.get_run(run_id)
            canceled = _is_canceled(run, canceled)
            package = package or cluster.get_package(run)
            steps = steps_of(run, package)
            if lost:
                tell("The connection is back.")
            lost = ""
            for step in steps:
                if step.state in _ENDED and step.name not in told:
                    told.add(step.name)
                    tell(f"{step.name}: {step.state.lower()}, {step.seconds:.0f} s")
            if run.state in _ENDED:
                return _ending(cluster, run, steps, canceled)
            update(str(run.state).lower())
        except LostConnectionError as error:
            if not lost:
                tell(
                    f"No connection to {cluster.host}: {error}. That doesn't stop the "
                    f"run. Asking again."
                )
            lost = str(error)
        if time.monotonic() > deadline:
            state = f"there is no connection: {lost}" if lost else "it goes on"
            return Ending(
                UNKNOWN,
                f"The end of the run is not known after --timeout, {seconds:g} s: "
                f"{state}; take it up again with `wait {run_id}`.",
            )
        time.sleep(_POLL_SECONDS)


def _is_canceled(run: Any, before: bool) -> bool:
    """Returns whether a run was cancelled since it was started or repeated.

    Of a run that was cancelled, Kubeflow Pipelines says in the end that it failed. That
    it was being cancelled is said only before the end, and in the run's history.
    """
    if run.state in _CANCELED:
        return True
    states = [each.state for each in run.state_history or []]
    for state in reversed(states):
        if state in _CANCELED:
            return True
        if state in ("PENDING", "RUNNING"):
            break
    return before and run.state in _ENDED


def _ending(
    cluster: Cluster, run: Any, steps: Sequence[Step], canceled: bool
) -> Ending:
    if run.state == "SUCCEEDED":
        return _success(cluster, run.run_id, steps)
    if canceled:
        return Ending(CANCELLED, "The run was cancelled.")
    failed = next((step for step in steps if step.state == "FAILED"), None)
    if failed is None:
        error = f": {run.error.message}" if run.error and run.error.message else ""
        return Ending(FAILED, f"The run has ended: {run.state.lower()}{error}.")
    reason = where = ""
    for pod in failed.pods:
        line = find_error(cluster.get_log(run.run_id, pod) or "")
        if line or len(failed.pods) == 1:
            where = f" in the pod {pod}"
            reason = f"\n{line}" if line else ""
    if not reason:
        reason = (
            f"\nIts log could not be had; look for it with `kubectl get pods "
            f"--selector pipeline/runid={run.run_id}`."
        )
    return Ending(FAILED, f"The run has failed: {failed.name}{where}.{reason}")


def _success(cluster: Cluster, run_id: str, steps: Sequence[Step]) -> Ending:
    """Looks whether the model was pushed, which Kubeflow Pipelines can't know."""
    pods = [pod for step in reversed(steps) for pod in step.pods]
    for pod in dict.fromkeys(pods):
        verdict = find_verdict(cluster.get_log(run_id, pod) or "")
        if verdict:
            pushed, line = verdict
            return Ending(
                PUSHED if pushed else REFUSED, f"The run has succeeded.\n{line}"
            )
    return Ending(
        UNKNOWN,
        "The run has succeeded, but the logs of its pods could not be had, so it is "
        "not known whether the model was pushed; the run's page in Kubeflow says it.",
    )
