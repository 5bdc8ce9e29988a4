"""Defines the components' settings: names, types, bounds, defaults and help texts.

Each setting is defined only here. `pipeline/settings.py` adds the settings of a run.
The command line options, the keys of settings files, the form of Kubeflow Pipelines
and the parameters of the components are all derived from these classes.
"""

from __future__ import annotations

import os
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from typing_extensions import Self

from components.data_description import Resize
from components.precision import FLOAT32, Precision

ON_FORM: dict[str, JsonValue] = {"on_form": True}
"""Marks the settings that Kubeflow Pipelines asks for when a user starts a run."""

IS_FOLDER: dict[str, JsonValue] = {"format": "directory-path"}
"""Marks the settings that are folders, as pydantic does in JSON schemas."""


def _path_to_text(folder: object) -> object:
    return os.fspath(folder) if isinstance(folder, os.PathLike) else folder


# A folder, or the URI of one in an object store.
Folder = Annotated[str, Field(min_length=1), BeforeValidator(_path_to_text)]


def plain_type(annotation: Any) -> type:
    """Returns the type of a parameter's values, without what its annotation adds.

    Args:
        annotation: A type, possibly inside `Annotated` or a union with None; or a
            `Literal`.

    Returns:
        The type, for example `int` for `int | None`.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return plain_type(arguments[0])
    if origin is Literal:
        return type(arguments[0])
    if origin in (Union, types.UnionType):
        (only,) = (each for each in arguments if each is not type(None))
        return plain_type(only)
    return origin or annotation


class _Parameters(BaseModel):
    # Without hide_input_in_errors, tracebacks would show passwords in addresses.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def of_execution(cls, exec_properties: Mapping[str, Any]) -> Self:
        """Creates the parameters from the values that TFX passes to an executor.

        Args:
            exec_properties: All parameters of the execution, by name.

        Returns:
            The parameters of this class.
        """
        return cls(**{name: exec_properties.get(name) for name in cls.model_fields})

    @classmethod
    def values_in(cls, settings: _Parameters) -> dict[str, Any]:
        """Returns the values of this class's parameters.

        Args:
            settings: An object that has these parameters, and possibly others.

        Returns:
            The values by name.
        """
        return {name: getattr(settings, name) for name in cls.model_fields}


class DataParameters(_Parameters):
    """Data set: parameters of ImageExampleGen."""

    dataset: str = Field(
        default="fashion_mnist:3.0.1",
        description="Image classification data set: its name in tensorflow-datasets, "
        "NAME or NAME:VERSION; without a version, the newest.",
    )
    images: Folder | None = Field(
        default=None,
        description="Your own images, in place of a data set: a folder with a folder "
        "for each class, or a CSV file (docs/data.md).",
        json_schema_extra={"metavar": "FOLDER|CSV"},
    )
    image_column: str = Field(
        default="image", min_length=1, description="Column of a CSV with the files."
    )
    label_column: str = Field(
        default="label", min_length=1, description="Column of a CSV with the classes."
    )
    split_column: str | None = Field(
        default=None,
        min_length=1,
        description="Column of a CSV with train, test or validation; a fifth of the "
        "images is the test split if not given.",
    )
    image_size: Annotated[str, Field(pattern=r"^(auto|[1-9]\d{0,3}x[1-9]\d{0,3})$")] = (
        Field(
            default="auto",
            description="Height and width of the network's images, in pixels; auto "
            "takes them from the data.",
            json_schema_extra={"metavar": "auto|HxW"},
        )
    )
    color: Literal["auto", "grey", "rgb"] = Field(
        default="auto", description="Colours of the network's images."
    )
    resize: Resize | None = Field(
        default=None,
        description="How an image of another size is made to fit; none refuses it. "
        "letterbox if not given; none for Fashion-MNIST.",
    )
    data_dir: Folder | None = Field(
        default=None,
        description="Folder in which tensorflow-datasets prepares the data set; data/ "
        "in the output folder if not given.",
        json_schema_extra=IS_FOLDER,
    )
    data_mirror: Folder | None = Field(
        default=None,
        description="Folder that holds the data set's original files; nothing is "
        "downloaded then.",
        json_schema_extra=IS_FOLDER,
    )
    max_examples: int | None = Field(
        default=None,
        gt=0,
        lt=2**63,
        description="Use only the first N images of each split, for a quick trial; "
        "all if not given.",
    )


class TrainingParameters(_Parameters):
    """Training: parameters of the Trainer."""

    epochs: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="Passes over the train split.",
        json_schema_extra=ON_FORM,
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=65_536,
        description="Images in a batch.",
        json_schema_extra=ON_FORM,
    )
    learning_rate: float = Field(
        default=0.001,
        gt=0,
        allow_inf_nan=False,
        description="Step size of Adam.",
        json_schema_extra=ON_FORM,
    )
    seed: int = Field(
        default=1,
        ge=0,
        lt=2**32,
        description="Seed of the initial weights and of the order of the images.",
        json_schema_extra=ON_FORM,
    )
    network: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] = Field(
        default="components.trainer.model:build_model",
        description="Function that builds the network, from the shape of an image and "
        "the number of classes (docs/data.md).",
        json_schema_extra={"metavar": "MODULE:FUNCTION"},
    )
    precision: Precision = Field(
        default=FLOAT32,
        description="Number format in which training computes; mixed_bfloat16 needs "
        "hardware that computes in bfloat16.",
    )


class EvaluationParameters(_Parameters):
    """Evaluation: parameters of the Evaluator."""

    min_accuracy: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Lowest test accuracy with which a model is pushed. If not given: "
        "0.88 for Fashion-MNIST; else better than always guessing the commonest "
        "class.",
        json_schema_extra=ON_FORM,
    )
    max_regression: float = Field(
        default=0.01,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="How much lower the test accuracy may be than that of the latest "
        "blessed model.",
    )


class InfraValidationParameters(_Parameters):
    """Infra validation: parameters of InfraValidator."""

    max_latency_ms: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Longest time, in milliseconds, in which the loaded model may "
        "answer 99 % of the requests with one image; not checked if not given.",
    )
    max_memory_mb: int = Field(
        default=2048,
        ge=512,
        le=2**20,
        description="Memory, in MiB, with which the model must load and answer; the "
        "default is what the server in deploy/ has.",
    )


class PushParameters(_Parameters):
    """Publishing: parameters of the Pusher."""

    keep_versions: int = Field(
        default=5,
        ge=2,
        le=1_000,
        description="Number of the newest pushed versions to keep.",
    )
