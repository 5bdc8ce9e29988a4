"""Compiles the package that Kubeflow Pipelines runs: one task for each node.

TFX's own runner for Kubeflow Pipelines makes packages that only Vertex AI runs whole.
Here each task is a container that launches its node with the same launcher as a local
run (`pipeline/running/launcher.py`). So the Resolver, TFX's cache and ML Metadata work
as they do there, and Kubeflow Pipelines sees neither artifacts nor resolvers.
"""

from collections.abc import Callable, Collection
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from kfp import compiler, dsl, kubernetes

from components.errors import InputError
from pipeline.kubeflow.deployment import Deployment, Resources
from pipeline.kubeflow.step import METADATA_VARIABLE
from pipeline.running.launcher import upstream_nodes
from pipeline.settings import ON_FORM_SETTINGS, Settings

_DESCRIPTION = "Trains, judges and publishes an image classifier with TFX."
# The user and group of the image.
_USER = 1000
# Where the steps put temporary files.
_TEMPORARY = "/tmp"  # noqa: S108 (in the pod)


def compile_package(deployment: Deployment, path: Path) -> str:
    """Writes the package.

    Args:
        deployment: The steps' image, storage, secrets and resources, and the
            pipeline's settings; those in `ON_FORM_SETTINGS` become the defaults of
            the run's parameters.
        path: YAML file to write.

    Returns:
        The pipeline's name in Kubeflow Pipelines.

    Raises:
        InputError: If resources are given for a node that the pipeline doesn't have,
            or a setting can't be put into a package.
    """
    settings = deployment.settings
    upstream = upstream_nodes(settings)
    _check(deployment, upstream)

    def run_nodes(*values: Any) -> None:
        tasks: dict[str, Any] = {}
        for node_id, before in upstream.items():
            task = _component(node_id, deployment)(
                # Of the run, and the same when a step is retried.
                run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
                **dict(zip(ON_FORM_SETTINGS, values, strict=True)),
            )
            _configure(task, node_id, deployment)
            tasks[node_id] = task.after(*(tasks[name] for name in before))

    # kfp makes the run's form of the signature and the docstring.
    vars(run_nodes)["__signature__"] = Signature(_form(settings))
    run_nodes.__doc__ = _form_help()

    # Kubeflow Pipelines takes no underscores.
    name = settings.pipeline_name.replace("_", "-").lower()
    pipeline = dsl.pipeline(
        name=name,
        description=_DESCRIPTION,
    )(run_nodes)
    compiler.Compiler().compile(pipeline, str(path))
    return name


def _check(deployment: Deployment, node_ids: Collection[str]) -> None:
    unknown = sorted(set(deployment.resources) - set(node_ids))
    if unknown:
        raise InputError(
            f"Resources are given to nodes by their names, which are "
            f"{', '.join(node_ids)}; received {', '.join(unknown)}."
        )
    settings = deployment.settings
    if settings.metadata is not None:
        raise InputError(
            "The address of ML Metadata holds a password and belongs in the Secret "
            "that metadata_secret names; leave it out of the settings."
        )
    mount = deployment.volume.mount_path.rstrip("/") if deployment.volume else None
    if settings.is_local and not (mount and Path(settings.root).is_relative_to(mount)):
        raise InputError(
            f"The output must be in an object store or on the steps' volume, which is "
            f"mounted at {mount}; received {settings.root}."
        )


def _component(node_id: str, deployment: Deployment) -> Callable[..., Any]:
    """Makes a component, whose name is the task's, of one node."""
    settings = deployment.settings.model_dump_json(
        exclude=set(ON_FORM_SETTINGS), exclude_none=True
    )

    def step(run_id: Any, *values: Any) -> dsl.ContainerSpec:
        arguments: list[Any] = [
            "--node", node_id, "--run-id", run_id, "--settings", settings,
        ]  # fmt: skip
        for name, value in zip(ON_FORM_SETTINGS, values, strict=True):
            arguments += ["--parameter", name, value]
        return dsl.ContainerSpec(
            image=deployment.image,
            command=["python3", "-m", "pipeline.kubeflow.step"],
            args=arguments,
        )

    run_id = Parameter("run_id", Parameter.POSITIONAL_OR_KEYWORD, annotation=str)
    vars(step)["__signature__"] = Signature([run_id, *_form()])
    step.__name__ = node_id
    return dsl.container_component(step)


def _form(settings: Settings | None = None) -> list[Parameter]:
    """Makes the parameters of the run's form of the settings that are on it.

    Args:
        settings: They give the defaults; without them there are none.
    """
    return [
        Parameter(
            name,
            Parameter.POSITIONAL_OR_KEYWORD,
            annotation=Settings.model_fields[name].annotation,
            default=getattr(settings, name) if settings else Parameter.empty,
        )
        for name in ON_FORM_SETTINGS
    ]


def _form_help() -> str:
    """Writes the docstring of which kfp takes what the form says."""
    helps = "".join(
        f"    {name}: {Settings.model_fields[name].description}\n"
        for name in ON_FORM_SETTINGS
    )
    return f"{_DESCRIPTION}\n\nArgs:\n{helps}"


def _configure(task: Any, node_id: str, deployment: Deployment) -> None:
    task.set_display_name(node_id)
    # Kubeflow's cache knows a step by its image and arguments alone: it would skip
    # nodes whose files are gone, and those that must look at the world each time.
    # TFX's cache, which knows the artifacts, decides inside the step.
    task.set_caching_options(False)
    if deployment.retries:
        task.set_retry(deployment.retries, backoff_duration="30s")
    _set_resources(task, deployment.resources.get(node_id, Resources()))
    if deployment.volume:
        # Once only: a second mount of a claim makes the pod invalid.
        kubernetes.mount_pvc(
            task, deployment.volume.claim, deployment.volume.mount_path
        )
    # For clusters whose policy makes the containers' root file system read-only.
    kubernetes.empty_dir_mount(task, "tmp", _TEMPORARY)
    secret = deployment.metadata_secret
    kubernetes.use_secret_as_env(task, secret.name, {secret.key: METADATA_VARIABLE})
    # Kubeflow itself drops all capabilities and forbids privilege escalation.
    kubernetes.set_security_context(
        task, run_as_user=_USER, run_as_group=_USER, run_as_non_root=True
    )


def _set_resources(task: Any, resources: Resources) -> None:
    task.set_cpu_request(resources.cpu_request)
    task.set_cpu_limit(resources.cpu_limit)
    task.set_memory_request(resources.memory_request)
    task.set_memory_limit(resources.memory_limit)
    if resources.gpus:
        task.set_accelerator_type(resources.gpu_type)
        task.set_accelerator_limit(resources.gpus)
