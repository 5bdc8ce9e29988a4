"""Describes a data set: its classes, and the images that its network takes.

ExampleGen writes the description beside the examples. The Trainer copies it into the
model. So the classes and the shape of the images come with the data everywhere, also
for older runs.
"""

from __future__ import annotations

from typing import Literal

from etils import epath
from pydantic import BaseModel, ConfigDict

Resize = Literal["none", "letterbox", "stretch", "crop"]
"""How an image of another size is made to fit; `none` refuses it."""

DEFAULT_RESIZE: Resize = "letterbox"
"""What is done where neither the settings nor the set say it."""

DESCRIPTION_FILE = "description.json"
PROBLEMS_FILE = "problems.txt"
"""Beside the description of examples: a line for each image that was left out."""


class DataDescription(BaseModel):
    """The classes of a data set, and the images that its network takes.

    Attributes:
        name: Name of the set.
        version: Its version; empty for image files.
        class_names: Class names in the order of their labels.
        height: Height of the network's images, in pixels.
        width: Their width, in pixels.
        channels: 1 for grey images, 3 for images in colour.
        resize: How images of other sizes are made to fit.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    class_names: tuple[str, ...]
    height: int
    width: int
    channels: Literal[1, 3]
    resize: Resize

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the network's images."""
        return self.height, self.width, self.channels

    @property
    def client_shape(self) -> tuple[int | None, ...]:
        """Shape of an image's pixels in a request; grey images have no channel axis.

        Height and width are None if the model resizes images.
        """
        strict = self.resize == "none"
        size = (self.height, self.width) if strict else (None, None)
        return size if self.channels == 1 else (*size, self.channels)

    def write(self, folder: str) -> None:
        """Writes the description.

        Args:
            folder: Folder or URI, for example of an Examples artifact.
        """
        path = epath.Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        path.joinpath(DESCRIPTION_FILE).write_text(self.model_dump_json(indent=2))

    @classmethod
    def read(cls, folder: str) -> DataDescription:
        """Reads the description of examples or of a model.

        Args:
            folder: Folder or URI to which it was written.

        Returns:
            The description.
        """
        path = epath.Path(folder, DESCRIPTION_FILE)
        return cls.model_validate_json(path.read_text())
