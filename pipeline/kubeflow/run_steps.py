"""The steps of a run on Kubeflow Pipelines, with their pods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Name that Kubeflow gives the container within each step.
_CONTAINER = "executor"


@dataclass(frozen=True)
class Step:
    """A step of a run that has begun.

    Attributes:
        name: Name of the node.
        state: Its state, in Kubeflow's words.
        seconds: How long it took; 0 if it hasn't ended.
        pods: Name of its pod. If Kubeflow repeats failed steps, the names of all pods
            that may be its last one. Empty if it has none.
    """

    name: str
    state: str
    seconds: float
    pods: Sequence[str]


def steps_of(run: Any, package: Mapping[str, Any]) -> list[Step]:
    """Finds the steps among all that Kubeflow Pipelines lists of a run.

    It lists also a driver for each step, groups of steps, and the run as a whole.

    Args:
        run: The run, a `kfp_server_api.V2beta1Run`.
        package: Its pipeline specification.

    Returns:
        The steps that have begun, in the order in which they did.
    """
    details = (run.run_details and run.run_details.task_details) or []
    details = sorted(details, key=lambda detail: detail.start_time)
    tasks = _tasks(package)
    steps: list[Step] = []
    for detail in details:
        name = detail.display_name
        # A driver that fails, for example since the volume is missing, starts no step.
        if detail.state == "FAILED" and name.endswith("-driver"):
            name = name.removesuffix("-driver")
        if (task := tasks.get(name)) is None or (
            name != detail.display_name and any(each.name == name for each in steps)
        ):
            continue
        ended = detail.end_time and detail.end_time > detail.start_time
        steps.append(
            Step(
                task.get("taskInfo", {}).get("name", name),
                detail.state,
                (detail.end_time - detail.start_time).total_seconds() if ended else 0,
                _pods(detail, details, retried="retryPolicy" in task)
                if name == detail.display_name
                else (),
            )
        )
    return steps


def _tasks(package: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Returns the tasks that are containers, also those within groups of tasks."""
    components = package.get("components", {})
    return {
        key: task
        for part in [package.get("root", {}), *components.values()]
        for key, task in part.get("dag", {}).get("tasks", {}).items()
        if "executorLabel" in components.get(task["componentRef"]["name"], {})
    }


def _pods(detail: Any, details: Sequence[Any], retried: bool) -> list[str]:
    """Names the pods of a step, as Argo names them.

    Kubeflow Pipelines gives only Argo's identifiers, `WORKFLOW-NUMBER`. Argo's names of
    pods have the name of a template between the two.
    """
    if detail.pod_name:
        return [detail.pod_name]
    if not retried:
        return [_pod(node, "system-container-impl") for node in _children(detail)]
    # The list doesn't say which of these repeated containers belongs to which step.
    return [
        _pod(_children(each)[-1], "retry-system-container-impl")
        for each in details
        if each.display_name == _CONTAINER
        and each.state == detail.state
        and _children(each)
    ]


def _children(detail: Any) -> list[str]:
    return [child.pod_name for child in detail.child_tasks or [] if child.pod_name]


def _pod(node: str, template: str) -> str:
    workflow, _, number = node.rpartition("-")
    return f"{workflow}-{template}-{number}"
