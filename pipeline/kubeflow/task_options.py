"""Sets what Kubernetes needs to know of a task's pod."""

from typing import Any

from kfp import kubernetes

from pipeline.kubeflow.deployment import Deployment, Resources
from pipeline.kubeflow.step import METADATA_VARIABLE

# Number of the user and of the group in the image.
_USER = 1000
# Folder for temporary files in the container.
_TEMPORARY = "/tmp"  # noqa: S108 (a volume of the pod)


def configure(task: Any, deployment: Deployment, resources: Resources) -> None:
    """Sets what all tasks of a package have in common.

    Args:
        task: The task, a `kfp.dsl.PipelineTask`.
        deployment: What the package depends on.
        resources: Requests and limits of the task's container.
    """
    # Kubeflow's cache compares only a step's image and arguments. It would skip nodes
    # whose files were removed, and nodes that must run each time. TFX's cache, which
    # compares the artifacts, decides inside the step.
    task.set_caching_options(False)
    _set_resources(task, resources)
    if deployment.image_pull_secrets:
        kubernetes.set_image_pull_secrets(task, [*deployment.image_pull_secrets])
    # Needed where a policy makes the root file system of containers read-only.
    kubernetes.empty_dir_mount(task, "tmp", _TEMPORARY)
    secret = deployment.metadata_secret
    set_from_secret(task, secret.name, secret.key, METADATA_VARIABLE)
    # Kubeflow itself drops all capabilities and forbids privilege escalation.
    kubernetes.set_security_context(
        task, run_as_user=_USER, run_as_group=_USER, run_as_non_root=True
    )


def set_from_secret(task: Any, name: str, key: str, variable: str) -> None:
    """Sets an environment variable to a value of a Secret.

    It is optional, because a pod never starts if its Secret is missing. Then nobody
    would say why; the step does.

    Args:
        task: The task, a `kfp.dsl.PipelineTask`.
        name: Name of the Secret.
        key: Key of the value.
        variable: Name of the variable.
    """
    kubernetes.use_secret_as_env(task, name, {key: variable}, optional=True)


def _set_resources(task: Any, resources: Resources) -> None:
    task.set_cpu_request(resources.cpu_request)
    task.set_cpu_limit(resources.cpu_limit)
    task.set_memory_request(resources.memory_request)
    task.set_memory_limit(resources.memory_limit)
    if resources.gpus:
        task.set_accelerator_type(resources.gpu_type)
        task.set_accelerator_limit(resources.gpus)
