"""Compiles the package that Kubeflow Pipelines runs.

TFX's own runner for Kubeflow Pipelines makes packages that run completely only on
Vertex AI. Here, each task is a container that launches its nodes with the same launcher
as a local run (`pipeline/running/launcher.py`). So the Resolver, TFX's cache and ML
Metadata work as in a local run, and Kubeflow Pipelines sees no resolvers, and no
artifacts but those that its pages show (`pipeline/kubeflow/output_artifacts.py`).
"""

from collections.abc import Callable, Collection, Sequence
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

from kfp import compiler, dsl, kubernetes

from components.errors import InputError
from components.parameters import plain_type
from pipeline.kubeflow.deployment import Deployment, Resources, Volume
from pipeline.kubeflow.exit_task import exit_handler
from pipeline.kubeflow.output_artifacts import OUTPUT_ARTIFACTS
from pipeline.kubeflow.shared_pods import pods_of, upstream_pods
from pipeline.kubeflow.task_options import configure
from pipeline.running.launcher import upstream_nodes
from pipeline.settings import Settings

_DESCRIPTION = "Trains, evaluates and publishes an image classifier with TFX."
# The only kind that TensorFlow itself can read and write.
_OBJECT_STORE = "gs://"
# What Kubeflow replaces by a description of a task's inputs and outputs, in JSON.
_EXECUTOR_INPUT = "{{$}}"


def compile_package(deployment: Deployment, path: Path) -> str:
    """Writes the package.

    Args:
        deployment: Image, storage, Secret, resources and settings. Those of
            `Settings.on_form` become the defaults of the run's parameters.
        path: YAML file to write.

    Returns:
        The pipeline's name in Kubeflow Pipelines.

    Raises:
        InputError: If a node in `resources` is unknown, or a setting is not possible on
            Kubeflow Pipelines.
    """
    deployment = _with_schema(deployment)
    settings = deployment.settings
    upstream = upstream_nodes(settings)
    _check_deployment(deployment, upstream)
    form = _form_parameters(settings)
    shared = deployment.stages == "shared"
    pods = pods_of(upstream, deployment.resources if shared else upstream)

    def run_nodes(*values: Any) -> None:
        tasks: list[Any] = []
        arguments = dict(zip((each.name for each in form), values, strict=True))
        with exit_handler(deployment):
            for node_ids, before in zip(
                pods, upstream_pods(pods, upstream), strict=True
            ):
                component = _component(node_ids, deployment, form)
                # The run's identifier stays the same when a step is retried.
                task = component(run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER, **arguments)
                _configure(task, node_ids, deployment)
                tasks.append(task.after(*(tasks[place] for place in before)))

    # kfp derives the form of a run from the signature and the docstring.
    vars(run_nodes)["__signature__"] = Signature(form)
    run_nodes.__doc__ = _form_help(form)

    # Kubeflow Pipelines allows no underscores in names.
    name = settings.name.replace("_", "-").lower()
    pipeline = dsl.pipeline(
        name=name,
        description=_DESCRIPTION,
    )(run_nodes)
    compiler.Compiler().compile(pipeline, str(path))
    return name


def _with_schema(deployment: Deployment) -> Deployment:
    """Puts a curated schema itself into the settings: the steps don't have its file."""
    settings = deployment.settings
    if settings.curated_schema is None:
        return deployment
    settings = settings.model_copy(update={"curated_schema": settings.schema_text})
    return deployment.model_copy(update={"settings": settings})


def _check_deployment(deployment: Deployment, node_ids: Collection[str]) -> None:
    unknown = sorted(set(deployment.resources) - set(node_ids))
    if unknown:
        raise InputError(
            f"Resources must be given for nodes of the pipeline; received "
            f"{', '.join(unknown)}; choose from {', '.join(node_ids)}."
        )
    settings = deployment.settings
    if settings.infra_validation != "process":
        raise InputError(
            f"The steps of a package have no Docker engine, so infra_validation must "
            f"be process; received {settings.infra_validation}; leave it out."
        )
    if settings.metadata is not None:
        raise InputError(
            "The settings of a deployment must not contain metadata, since its address "
            "may have a password; put it into the Secret that metadata_secret names."
        )
    _check_places(settings, deployment.volume)


def _check_places(settings: Settings, volume: Volume | None) -> None:
    """Checks that all steps can see the output and the images."""
    mount = volume.mount_path.rstrip("/") if volume else None
    where = f"is mounted at {mount}" if volume else "this deployment doesn't have"

    def on_volume(path: str) -> bool:
        return mount is not None and Path(path).is_relative_to(mount)

    if not (on_volume(settings.root) or settings.root.startswith(_OBJECT_STORE)):
        raise InputError(
            f"The output must be on the steps' volume, which {where}, or in an object "
            f"store at {_OBJECT_STORE}; received {settings.root}; choose a folder "
            f"there."
        )
    if settings.images and not on_volume(settings.images):
        raise InputError(
            f"The images must be on the steps' volume, which {where}; received "
            f"{settings.images}; copy them to a volume (docs/data.md), and write their "
            f"path there."
        )


def _component(
    node_ids: Sequence[str], deployment: Deployment, form: Sequence[Parameter]
) -> Callable[..., Any]:
    """Makes the component of one pod; it gives the task its key in the package."""
    names = [each.name for each in form]
    settings = deployment.settings.model_dump_json(
        exclude=set(names), exclude_none=True
    )

    outputs = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, annotation=dsl.Output[kind])
        for node_id in node_ids
        for name, kind in OUTPUT_ARTIFACTS.get(node_id, {}).items()
    ]

    def step(run_id: Any, *values: Any) -> dsl.ContainerSpec:
        arguments: list[Any] = [
            argument for node_id in node_ids for argument in ("--node", node_id)
        ]
        arguments += ["--run-id", run_id, "--settings", settings]
        # The values end with the outputs, whose places are in the executor's input.
        for name, value in zip(names, values[: len(names)], strict=True):
            arguments += ["--parameter", name, value]
        if deployment.volume and deployment.volume.group_writable:
            arguments.append("--group-writable")
        if outputs:
            arguments += ["--executor-input", _EXECUTOR_INPUT]
        return dsl.ContainerSpec(
            image=deployment.image,
            command=["python3", "-m", "pipeline.kubeflow.step"],
            args=arguments,
        )

    run_id = Parameter("run_id", Parameter.POSITIONAL_OR_KEYWORD, annotation=str)
    vars(step)["__signature__"] = Signature(
        [run_id, *(each.replace(default=Parameter.empty) for each in form), *outputs]
    )
    step.__name__ = "_to_".join(dict.fromkeys([node_ids[0], node_ids[-1]]))
    return dsl.container_component(step)


def _form_parameters(settings: Settings) -> list[Parameter]:
    """Makes the parameters of the form that starts a run, with their defaults."""
    return [
        Parameter(
            name,
            Parameter.POSITIONAL_OR_KEYWORD,
            annotation=plain_type(Settings.model_fields[name].annotation),
            default=value,
        )
        for name, value in settings.on_form.items()
    ]


def _form_help(form: Sequence[Parameter]) -> str:
    """Writes the docstring from which kfp takes the help texts of the form."""
    helps = "".join(
        f"    {each.name}: {Settings.model_fields[each.name].description}\n"
        for each in form
    )
    return f"{_DESCRIPTION}\n\nArgs:\n{helps}"


def _configure(task: Any, node_ids: Sequence[str], deployment: Deployment) -> None:
    # Kubeflow's page cuts a long name, shows all of it under the mouse, and a browser's
    # search finds each stage in it.
    task.set_display_name(", ".join(node_ids))
    # Stages that share a pod have the same resources, the defaults.
    configure(task, deployment, deployment.resources.get(node_ids[0], Resources()))
    if deployment.retries:
        task.set_retry(deployment.retries, backoff_duration="30s")
    if deployment.volume:
        # Mounted only once: a second mount of the same claim makes the pod invalid.
        kubernetes.mount_pvc(
            task, deployment.volume.claim, deployment.volume.mount_path
        )
