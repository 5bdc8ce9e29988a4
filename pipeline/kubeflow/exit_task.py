"""Compiles the exit task, which tells a web hook how the run ended."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from kfp import dsl

from pipeline.kubeflow.deployment import Deployment, Resources
from pipeline.kubeflow.notification import URL_VARIABLE
from pipeline.kubeflow.task_options import configure, set_from_secret

_RESOURCES = Resources(
    cpu_request="100m", cpu_limit="1", memory_request="256Mi", memory_limit="1Gi"
)


def exit_handler(deployment: Deployment) -> AbstractContextManager[Any]:
    """Makes the block that holds the tasks after which the exit task runs.

    Args:
        deployment: What the package depends on.

    Returns:
        The block; it does nothing if the deployment has no `notify`.
    """
    notify = deployment.notify
    if notify is None:
        return nullcontext()

    @dsl.container_component
    def notification(
        run_id: str, final_status: dsl.PipelineTaskFinalStatus
    ) -> dsl.ContainerSpec:
        arguments = ["--run-id", run_id, "--final-status", final_status]
        if notify.host:
            arguments += ["--host", notify.host]
        return dsl.ContainerSpec(
            image=deployment.image,
            command=["python3", "-m", "pipeline.kubeflow.notification"],
            args=arguments,
        )

    task = notification(run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
    task.set_display_name("Notification")
    configure(task, deployment, _RESOURCES)
    if notify.url:
        task.set_env_variable(URL_VARIABLE, notify.url)
    elif notify.url_secret:
        secret = notify.url_secret
        set_from_secret(task, secret.name, secret.key, URL_VARIABLE)
    # Without a name of its own: by that, Kubeflow's driver looks for the group's state.
    return dsl.ExitHandler(task)
