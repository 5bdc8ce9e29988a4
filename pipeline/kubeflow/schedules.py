"""Schedules: runs that Kubeflow Pipelines starts again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.kubeflow.cluster import Cluster
from pipeline.kubeflow.submission import Uploaded

_PAGE = 100


@dataclass(frozen=True)
class Schedule:
    """A schedule, in Kubeflow's words a recurring run.

    Attributes:
        schedule_id: Its identifier.
        name: Its name.
        cron: When it runs: a cron expression of five fields, or a number of seconds.
        enabled: Whether it is on.
    """

    schedule_id: str
    name: str
    cron: str
    enabled: bool


def start_schedule(
    cluster: Cluster,
    uploaded: Uploaded,
    cron: str,
    arguments: Mapping[str, int | float],
) -> str:
    """Starts a schedule: one run at a time, and none for times that were missed.

    Args:
        cluster: Where.
        uploaded: The version to run.
        cron: Cron expression of five fields.
        arguments: Parameters of the runs that differ from the package's defaults.

    Returns:
        Identifier of the schedule.

    Raises:
        InputError: If Kubeflow Pipelines refuses it.
    """
    with cluster.errors_as_sentences():
        created = cluster.client.create_recurring_run(
            uploaded.experiment_id,
            uploaded.label,
            # Kubeflow's expressions begin with a field for the second.
            cron_expression=f"0 {cron}",
            max_concurrency=1,
            no_catchup=True,
            params=dict(arguments),
            pipeline_id=uploaded.pipeline_id,
            version_id=uploaded.version_id,
        )
    return created.recurring_run_id


def list_schedules(cluster: Cluster) -> list[Schedule]:
    """Lists the schedules.

    Args:
        cluster: Where.

    Returns:
        All schedules of the namespace, the oldest first.

    Raises:
        InputError: If Kubeflow Pipelines refuses to list them.
    """
    found: list[Any] = []
    token = ""
    with cluster.errors_as_sentences():
        while True:
            answer = cluster.client.list_recurring_runs(
                page_token=token,
                page_size=_PAGE,
                sort_by="created_at",
                namespace=cluster.namespace,
            )
            found += answer.recurring_runs or []
            token = answer.next_page_token
            if not token:
                break
    schedules = []
    for each in found:
        cron = each.trigger and each.trigger.cron_schedule
        periodic = each.trigger and each.trigger.periodic_schedule
        when = cron.cron.removeprefix("0 ") if cron else ""
        if periodic:
            when = f"every {periodic.interval_second} s"
        schedules.append(
            Schedule(
                each.recurring_run_id,
                each.display_name,
                when,
                each.status == "ENABLED",
            )
        )
    return schedules


def remove_schedule(cluster: Cluster, schedule_id: str) -> None:
    """Removes a schedule.

    Args:
        cluster: Where.
        schedule_id: Identifier of the schedule.

    Raises:
        InputError: If Kubeflow Pipelines doesn't know it, or refuses.
    """
    with cluster.errors_as_sentences():
        cluster.client.delete_recurring_run(schedule_id)
