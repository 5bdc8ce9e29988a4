"""Defines all settings of a run in one immutable class, which rejects unknown names."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.known_sets import KnownSet, known_set
from components.parameters import (
    IS_FOLDER,
    ON_FORM,
    DataParameters,
    EvaluationParameters,
    Folder,
    InfraValidationParameters,
    PushParameters,
    TrainingParameters,
)
from components.schema.text import read_schema
from components.set_name import set_name
from pipeline.beam import beam_args

# The two images whose predictions a run shows, by their index in the test split. In
# Fashion-MNIST, they show different kinds of garments.
EXAMPLE_INDICES = (0, 5)


# Pydantic lists the fields of the last base class first.
class Settings(
    PushParameters,
    InfraValidationParameters,
    EvaluationParameters,
    TrainingParameters,
    DataParameters,
):
    """Run: settings that belong to no single component.

    The base classes hold the settings of single components. With the defaults, a run
    takes a few minutes on 2 cores and reaches a test accuracy of about 0.91 (README.md
    has the figures).
    """

    output: Folder = Field(
        default="output",
        description="Folder for everything that the run writes.",
        json_schema_extra=IS_FOLDER,
    )
    metadata: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Address of ML Metadata: a SQLite file, "
        "postgresql://USER:PASSWORD@HOST/DATABASE, mysql:// in the same form, or "
        "grpc://HOST:PORT; metadata.sqlite in the output folder if not given.",
        json_schema_extra={"metavar": "ADDRESS"},
    )
    pipeline_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")] | None = (
        Field(
            default=None,
            description="Name of the pipeline, and of the model that it serves; the "
            "data set's name if not given.",
        )
    )
    curated_schema: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="File with the schema that the images must follow, as "
        "`fashion-mnist init` writes it; if not given, Fashion-MNIST's, or one that is "
        "inferred in the run.",
        json_schema_extra={"metavar": "FILE"},
    )
    infra_validation: Literal["process", "docker"] = Field(
        default="process",
        description="Where the model is loaded before it is pushed: by TensorFlow "
        "Serving's loader in a process, or by the real server in a container of Docker "
        "(docs/reliability.md).",
    )
    cache: bool = Field(
        default=True,
        description="Reuse the results of stages whose inputs, parameters and code are "
        "unchanged.",
    )
    beam_runner: Literal["direct", "flink", "spark", "dataflow"] = Field(
        default="direct",
        description="Engine of the Beam stages (docs/scaling.md).",
    )
    beam_args: tuple[str, ...] = Field(
        default=(),
        description="Option of Beam, for all stages or only for NODE; may be given "
        "several times.",
        json_schema_extra={"metavar": "[NODE:]--NAME=VALUE"},
    )

    @property
    def name(self) -> str:
        """Name of the pipeline, and of the model that it serves."""
        return self.pipeline_name or set_name(self.dataset, self.images)

    @property
    def completed(self) -> "Settings":
        """The same, with the defaults that depend on the data set, and full paths."""
        known = self._known_set
        return self.model_copy(
            update={
                "data_dir": self.prepared_data_dir,
                "data_mirror": self.data_mirror_dir,
                "images": _absolute(self.images) if self.images else None,
                # ML Metadata must not name a set that isn't used.
                "dataset": "" if self.images else self.dataset,
                "resize": self.resize or known.resize,
                "min_accuracy": known.min_accuracy
                if self.min_accuracy is None
                else self.min_accuracy,
                "curated_schema": self.schema_text,
            }
        )

    @property
    def on_form(self) -> dict[str, object]:
        """What Kubeflow's form asks for: those of `ON_FORM_SETTINGS` that have a value.

        A form has no way to leave a setting out.
        """
        completed = self.completed
        return {
            name: value
            for name in ON_FORM_SETTINGS
            if (value := getattr(completed, name)) is not None
        }

    @property
    def schema_text(self) -> str | None:
        """The curated schema in protobuf text format; None to infer one in the run."""
        given = self.curated_schema
        # A package for Kubeflow holds the schema itself, because its steps don't have
        # the file. No path has several lines.
        if given and "\n" in given:
            return given
        known = self._known_set.schema
        path = Path(_absolute(given)) if given else known
        return read_schema(path) if path else None

    @property
    def _known_set(self) -> KnownSet:
        return known_set(None if self.images else self.dataset)

    @model_validator(mode="after")
    def _check_infra_validation(self) -> "Settings":
        if self.infra_validation == "docker" and self.max_latency_ms is not None:
            raise ValueError(
                f"max_latency_ms is measured only with infra_validation: process; "
                f"received {self.max_latency_ms:g} with docker; leave one out"
            )
        return self

    @model_validator(mode="after")
    def _check_beam_args(self) -> "Settings":
        beam_args(self.beam_runner, self.beam_args)
        return self

    @property
    def root(self) -> str:
        """Folder or URI of everything that a run writes."""
        return _absolute(self.output)

    @property
    def is_local(self) -> bool:
        """Whether the output is a folder on this machine, not in an object store."""
        return "://" not in self.output

    @property
    def pipeline_root(self) -> str:
        """Folder or URI of the artifacts."""
        return f"{self.root}/artifacts"

    @property
    def metadata_address(self) -> str:
        """Address of ML Metadata: a SQLite file, or the URI of a server."""
        if self.metadata:
            return _absolute(self.metadata)
        return f"{self.root}/metadata.sqlite"

    @property
    def serving_dir(self) -> str:
        """Folder or URI that TF Serving watches, with a subfolder for each version."""
        return f"{self.root}/serving/{self.name}"

    @property
    def prepared_data_dir(self) -> str:
        """Folder or URI in which TFDS prepares the data set."""
        return _absolute(self.data_dir) if self.data_dir else f"{self.root}/data"

    @property
    def data_mirror_dir(self) -> str | None:
        """Folder or URI of the data set's original files, if given."""
        return _absolute(self.data_mirror) if self.data_mirror else None

    @property
    def logs_dir(self) -> Path:
        """Folder of the runs' log files."""
        return Path(self.root, "logs")

    def log_file(self, run_id: str) -> Path:
        """Returns the path of a run's log file, whether it exists or not."""
        return self.logs_dir / f"{_file_stem(run_id)}.log"

    def command_log(self, command: str) -> Path:
        """Returns the log file of a command that makes no run.

        It is none where no run has written its log, or this user can't write one.
        """
        path = self.logs_dir / f"{command}.log"
        place = path if path.exists() else self.logs_dir
        can_write = self.is_local and os.access(place, os.W_OK)
        return path if can_write else Path(os.devnull)

    @property
    def scratch_dir(self) -> Path:
        """Folder for temporary files, which is removed at the end of a run."""
        # The output may be a folder that has a `tmp` of its user's.
        return Path(self.root, ".temporary-files-of-a-run")

    @property
    def reports_dir(self) -> Path:
        """Folder of the runs' pages."""
        return Path(self.root, "reports")

    def page_file(self, run_id: str) -> Path:
        """Returns the path of a run's page, whether it exists or not."""
        return self.reports_dir / f"{_file_stem(run_id)}.html"

    @property
    def training_statistics_dir(self) -> Path:
        """Folder for statistics of training images, with which scored ones compare."""
        return Path(self.root, "training-statistics")

    @property
    def pictures_dir(self) -> Path:
        """Folder of the runs' pictures."""
        return Path(self.root, "pictures")


ON_FORM_SETTINGS = tuple(
    name
    for name, field in Settings.model_fields.items()
    if field.json_schema_extra == ON_FORM
)
"""Settings that Kubeflow Pipelines asks for when a user starts a run."""


def _file_stem(run_id: str) -> str:
    # The ids of version 0.2 and before are times, with colons.
    return run_id.replace(":", "-")


def _absolute(folder: str) -> str:
    if "://" in folder:
        return folder.rstrip("/")
    # The name of no user stays as it is, where `Path.expanduser` raises an error.
    return str(Path(os.path.expanduser(folder)).absolute())  # noqa: PTH111
