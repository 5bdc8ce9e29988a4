"""Every setting of a run, in one frozen object that rejects what it doesn't know."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# In-process Beam. Beam's DirectRunner would first try to download another engine.
# TFX packs itself for remote workers unless told where they have it; here they have
# it already, and the option is otherwise unused.
LOCAL_BEAM_ARGS = ("--runner=FnApiRunner", "--sdk_container_image=local")


# The test images that are shown, by their place in the split: of Fashion-MNIST,
# the first one and the next of another kind of garment.
EXAMPLE_INDICES = (0, 5)


class Settings(BaseModel):
    """What can be set, with what it is when it isn't.

    On 2 cores, the defaults take a few minutes and reach a test accuracy of about
    0.90 (README.md has the figures).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pipeline_name: str = "fashion_mnist"
    output: Path = Path("output")
    dataset: str = "fashion_mnist:3.0.1"
    data_dir: Path | None = None
    data_mirror: Path | None = None
    max_examples: Annotated[int, Field(gt=0)] | None = None

    epochs: Annotated[int, Field(ge=1)] = 10
    batch_size: Annotated[int, Field(ge=1)] = 64
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.001
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1

    min_accuracy: Annotated[float, Field(ge=0, le=1)] = 0.88
    max_regression: Annotated[float, Field(ge=0, le=1)] = 0.01

    cache: bool = True
    beam_pipeline_args: tuple[str, ...] = LOCAL_BEAM_ARGS

    @property
    def pipeline_root(self) -> Path:
        """Folder of the artifacts."""
        return self.output.absolute() / "artifacts"

    @property
    def metadata_path(self) -> Path:
        """SQLite file of ML Metadata."""
        return self.output.absolute() / "metadata.sqlite"

    @property
    def serving_dir(self) -> Path:
        """Folder that TF Serving watches, a subfolder for each version."""
        return self.output.absolute() / "serving" / self.pipeline_name

    @property
    def prepared_data_dir(self) -> Path:
        """Folder in which TFDS prepares the data set."""
        return (self.data_dir or self.output / "data").absolute()

    @property
    def logs_dir(self) -> Path:
        """Folder of the runs' log files."""
        return self.output.absolute() / "logs"

    @property
    def pictures_dir(self) -> Path:
        """Folder of the runs' pictures."""
        return self.output.absolute() / "pictures"
