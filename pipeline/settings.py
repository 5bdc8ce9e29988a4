"""Every setting of a run, in one frozen object that rejects what it doesn't know."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.parameters import (
    IS_FOLDER,
    ON_FORM,
    DataParameters,
    EvaluationParameters,
    Folder,
    PushParameters,
    TrainingParameters,
)
from pipeline.beam import beam_args

# The test images that are shown, by their place in the split: of Fashion-MNIST,
# the first one and the next of another kind of garment.
EXAMPLE_INDICES = (0, 5)


# Pydantic lists the fields of the last class first.
class Settings(
    PushParameters, EvaluationParameters, TrainingParameters, DataParameters
):
    """Run: what is not one component's.

    The classes that this one inherits hold the settings of single components. On 2
    cores, the defaults take a few minutes and reach a test accuracy of about 0.91
    (README.md has the figures).
    """

    output: Folder = Field(
        default="output",
        description="Folder for all that the run writes.",
        json_schema_extra=IS_FOLDER,
    )
    metadata: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="ML Metadata: a SQLite file, "
        "postgresql://USER:PASSWORD@HOST/DATABASE, mysql:// likewise, or "
        "grpc://HOST:PORT; metadata.sqlite in the output folder if not given.",
        json_schema_extra={"metavar": "ADDRESS"},
    )
    pipeline_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")] = Field(
        default="fashion_mnist",
        description="Name of the pipeline, and of the model that it serves.",
    )
    cache: bool = Field(
        default=True,
        description="Reuse the stages whose inputs, parameters and code are unchanged.",
    )
    beam_runner: Literal["direct", "flink", "spark", "dataflow"] = Field(
        default="direct", description="Engine of the Beam stages (docs/scaling.md)."
    )
    beam_args: tuple[str, ...] = Field(
        default=(),
        description="Option of Beam for all stages or one of them; may be given "
        "several times.",
        json_schema_extra={"metavar": "[NODE:]--NAME=VALUE"},
    )

    @model_validator(mode="after")
    def _engine_has_what_it_needs(self) -> "Settings":
        beam_args(self.beam_runner, self.beam_args)
        return self

    @property
    def root(self) -> str:
        """Folder or URI of all that a run writes."""
        return _absolute(self.output)

    @property
    def is_local(self) -> bool:
        """Whether the output is a folder of this machine, not of an object store."""
        return "://" not in self.output

    @property
    def pipeline_root(self) -> str:
        """Folder or URI of the artifacts."""
        return f"{self.root}/artifacts"

    @property
    def metadata_address(self) -> str:
        """Address of ML Metadata: a SQLite file, or the URI of a server."""
        return self.metadata or f"{self.root}/metadata.sqlite"

    @property
    def serving_dir(self) -> str:
        """Folder or URI that TF Serving watches, a subfolder for each version."""
        return f"{self.root}/serving/{self.pipeline_name}"

    @property
    def prepared_data_dir(self) -> str:
        """Folder or URI in which TFDS prepares the data set."""
        return _absolute(self.data_dir) if self.data_dir else f"{self.root}/data"

    @property
    def data_mirror_dir(self) -> str | None:
        """Folder or URI of the data set's original files, if they are at hand."""
        return _absolute(self.data_mirror) if self.data_mirror else None

    @property
    def logs_dir(self) -> Path:
        """Folder of the runs' log files."""
        return Path(self.root, "logs")

    @property
    def scratch_dir(self) -> Path:
        """Folder of what lasts no longer than a run."""
        return Path(self.root, "tmp")

    @property
    def reports_dir(self) -> Path:
        """Folder of the runs' pages."""
        return Path(self.root, "reports")

    @property
    def pictures_dir(self) -> Path:
        """Folder of the runs' pictures."""
        return Path(self.root, "pictures")


ON_FORM_SETTINGS = tuple(
    name
    for name, field in Settings.model_fields.items()
    if field.json_schema_extra == ON_FORM
)
"""Settings that Kubeflow Pipelines asks for when somebody starts a run."""


def _absolute(folder: str) -> str:
    if "://" in folder:
        return folder.rstrip("/")
    return str(Path(folder).expanduser().absolute())
