"""Every setting of a run, in one frozen object that rejects what it doesn't know."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from components.trainer.precision import FLOAT32, Precision
from pipeline.beam import beam_args

# Settings that a runner may replace for one run, without compiling anew.
RUNTIME_PARAMETERS = ("epochs", "batch_size", "learning_rate", "seed", "min_accuracy")

# The test images that are shown, by their place in the split: of Fashion-MNIST,
# the first one and the next of another kind of garment.
EXAMPLE_INDICES = (0, 5)


def _text(folder: object) -> object:
    return os.fspath(folder) if isinstance(folder, os.PathLike) else folder


# A folder, or the URI of one in an object store.
Folder = Annotated[str, Field(min_length=1), BeforeValidator(_text)]


class Settings(BaseModel):
    """What can be set, with what it is when it isn't.

    On 2 cores, the defaults take a few minutes and reach a test accuracy of about
    0.90 (README.md has the figures).
    """

    # Pydantic's own errors, in tracebacks, would show passwords in addresses.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    pipeline_name: str = "fashion_mnist"
    output: Folder = "output"
    metadata: Annotated[str, Field(min_length=1)] | None = None
    dataset: str = "fashion_mnist:3.0.1"
    data_dir: Folder | None = None
    data_mirror: Folder | None = None
    max_examples: Annotated[int, Field(gt=0, lt=2**63)] | None = None

    epochs: Annotated[int, Field(ge=1, le=100_000)] = 10
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = 64
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.001
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    precision: Precision = FLOAT32

    min_accuracy: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.88
    max_regression: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01

    keep_versions: Annotated[int, Field(ge=2, le=1_000)] = 5

    cache: bool = True
    beam_runner: Literal["direct", "flink", "spark", "dataflow"] = "direct"
    beam_pipeline_args: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _engine_has_what_it_needs(self) -> "Settings":
        beam_args(self.beam_runner, self.beam_pipeline_args)
        return self

    @property
    def root(self) -> str:
        """Folder or URI of all that a run writes."""
        return _absolute(self.output)

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


def faults(error: ValidationError) -> str:
    """Says what was wrong with values from a file or a package, on one line.

    Passwords in addresses are left out: whoever puts one where it doesn't belong should
    not find it in a log.
    """
    return "; ".join(map(_fault, error.errors()))


def _fault(error: ErrorDetails) -> str:
    where = ".".join(map(str, error["loc"]))
    # Up to the last @, since a password may hold one.
    received = re.sub("://.*@", "://", repr(error["input"]))
    return f"{where}: {error['msg'].lower()}, received {received}"


def _absolute(folder: str) -> str:
    if "://" in folder:
        return folder.rstrip("/")
    return str(Path(folder).expanduser().absolute())
