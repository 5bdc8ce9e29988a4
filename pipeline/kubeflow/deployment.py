"""What a package for Kubeflow Pipelines says of the cluster that it is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components.errors import InputError
from pipeline.settings import Settings, faults

# How Kubernetes writes amounts of CPU and of memory.
Cpu = Annotated[str, Field(pattern=r"^\d+(\.\d+)?m?$")]
Memory = Annotated[str, Field(pattern=r"^\d+(\.\d+)?([KMGTP]i?)?$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]


class Resources(BaseModel):
    """What one step's container asks for, and may at most use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_request: Cpu = "500m"
    cpu_limit: Cpu = "2"
    memory_request: Memory = "2Gi"
    memory_limit: Memory = "4Gi"
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_type: str = "nvidia.com/gpu"


class Volume(BaseModel):
    """The claim of the volume that all steps share, and where they see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: Name = "fashion-mnist"
    mount_path: Annotated[str, Field(pattern="^/.")] = "/pipeline"


class MetadataSecret(BaseModel):
    """The Secret, and the key in it, that hold the address of ML Metadata."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name = "fashion-mnist-metadata"
    key: str = "address"


class Deployment(BaseModel):
    """The steps' image, storage, secrets and resources, and the pipeline's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    image: Annotated[str, Field(min_length=1)] = "fashion-mnist-tfx:latest"
    # None when the output lies in an object store.
    volume: Volume | None = Volume()
    metadata_secret: MetadataSecret = MetadataSecret()
    # By the node's name; the others have the defaults.
    resources: Mapping[str, Resources] = {
        "Trainer": Resources(cpu_limit="4", memory_limit="8Gi")
    }
    retries: Annotated[int, Field(ge=0)] = 0
    settings: Settings = Settings(output="/pipeline/output")


def read_deployment(path: Path) -> Deployment:
    """Reads a deployment from a YAML file.

    Args:
        path: The file; what it leaves out has its default.

    Raises:
        InputError: If it is no YAML, or something in it is unknown or out of range.
    """
    try:
        return Deployment.model_validate(yaml.safe_load(path.read_text()) or {})
    except yaml.YAMLError as error:
        raise InputError(
            f"A deployment must be a YAML file; received {path}: {_yaml_fault(error)}."
        ) from None  # its traceback quotes the file, which may hold a password
    except ValidationError as error:
        raise InputError(
            f"A deployment must hold what deploy/kubeflow/steps.yaml shows; in {path}, "
            f"{faults(error)}."
        ) from error


def _yaml_fault(error: yaml.YAMLError) -> str:
    """Says what was wrong and where; what stands there may be a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
