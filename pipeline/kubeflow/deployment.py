"""Describes a cluster for a package: image, volume, Secret, resources, settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from components.errors import InputError
from pipeline.settings import Settings
from pipeline.settings_file import (
    describe_errors,
    merge,
    read_settings_file,
    read_yaml,
)

# The forms in which Kubernetes writes CPU, memory and names.
Cpu = Annotated[str, Field(pattern=r"^\d+(\.\d+)?m?$")]
Memory = Annotated[str, Field(pattern=r"^\d+(\.\d+)?([KMGTP]i?)?$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]\S*$")]


class Resources(BaseModel):
    """Requests and limits of one step's container, in Kubernetes' units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_request: Cpu = "500m"
    cpu_limit: Cpu = "2"
    memory_request: Memory = "2Gi"
    memory_limit: Memory = "4Gi"
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_type: str = "nvidia.com/gpu"


class Volume(BaseModel):
    """The claim of the volume that all steps share, and its path in the containers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: Name = "fashion-mnist"
    mount_path: Annotated[str, Field(pattern="^/.")] = "/pipeline"
    # Needed where steps run as different users of one group.
    group_writable: bool = False


class MetadataSecret(BaseModel):
    """The Secret, and the key in it, with the address of ML Metadata."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name = "fashion-mnist-metadata"
    key: str = "address"


class NotifySecret(BaseModel):
    """The Secret, and the key in it, with the address to notify."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    key: str = "url"


class Notify(BaseModel):
    """Where to post how a run ended: an address, or the Secret that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Url | None = None
    url_secret: NotifySecret | None = None
    # Address of Kubeflow's pages, for the link to the run; None for no link.
    host: Url | None = None

    @model_validator(mode="after")
    def _check_url(self) -> "Notify":
        if (self.url is None) == (self.url_secret is None):
            raise ValueError("must have either url or url_secret, and not both")
        return self


class Deployment(BaseModel):
    """What a package depends on: image, storage, Secret, pods and settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    image: Annotated[str, Field(min_length=1)] = "fashion-mnist-tfx:latest"
    # Names of the Secrets with which the cluster fetches the image.
    image_pull_secrets: tuple[Name, ...] = ()
    # None if the output is in an object store.
    volume: Volume | None = Volume()
    metadata_secret: MetadataSecret = MetadataSecret()
    # Whether stages that follow each other share a pod. Those that `resources` names
    # have a pod of their own in any case.
    stages: Literal["shared", "separate"] = "shared"
    # By the name of the node; nodes without an entry have the defaults.
    resources: Mapping[str, Resources] = {
        "Trainer": Resources(cpu_limit="4", memory_limit="8Gi")
    }
    retries: Annotated[int, Field(ge=0)] = 0
    notify: Notify | None = None
    settings: Settings = Settings(output="/pipeline/output")


def read_deployment(path: Path) -> Deployment:
    """Reads a deployment from a YAML file.

    Args:
        path: The file. Every value that it leaves out has its default, also within a
            node's resources and within the settings. Its `settings` may be the path of
            a settings file, relative to the folder of `path`.

    Returns:
        The deployment.

    Raises:
        InputError: If it isn't valid YAML, or a value is unknown or out of range.
    """
    given = read_yaml(path)
    settings = given.get("settings")
    if isinstance(settings, str):
        given["settings"] = read_settings_file(path.parent / settings)
    try:
        return Deployment.model_validate(_with_defaults(given))
    except ValidationError as error:
        raise InputError(
            f"A deployment file must have the form of deploy/kubeflow/steps.yaml; in "
            f"{path}, {describe_errors(error, Deployment)}."
        ) from error


def _with_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Completes the values of a file with the defaults."""
    defaults = Deployment().model_dump(include={"resources", "volume"})
    volume = merge(defaults, {"volume": given.get("volume", {})})["volume"]
    if isinstance(volume, Mapping):
        # The default output is on the volume, so it follows the volume's path.
        defaults["settings"] = {"output": f"{volume.get('mount_path')}/output"}
    return merge(defaults, given)
