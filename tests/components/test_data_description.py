import pytest
from pydantic import ValidationError

from components.data_description import DataDescription
from tests.support.fashion import DESCRIPTION


def test_what_is_written_is_read(tmp_path):
    description = DataDescription(
        name="shapes",
        version="",
        class_names=("Größe", "猫", "with, comma"),
        height=45,
        width=54,
        channels=3,
        resize="crop",
    )
    description.write(str(tmp_path / "new" / "folder"))
    assert DataDescription.read(str(tmp_path / "new" / "folder")) == description


@pytest.mark.parametrize(
    ("channels", "resize", "shape"),
    [
        (1, "none", (28, 28)),
        (3, "none", (28, 28, 3)),
        (1, "letterbox", (None, None)),
        (3, "stretch", (None, None, 3)),
    ],
)
def test_clients_send_any_size_if_images_are_resized(channels, resize, shape):
    description = DESCRIPTION.model_copy(
        update={"channels": channels, "resize": resize}
    )
    assert description.client_shape == shape
    assert description.image_shape == (28, 28, channels)


def test_other_colours_and_ways_of_resizing_are_refused():
    for wrong in ({"channels": 4}, {"resize": "tile"}):
        with pytest.raises(ValidationError):
            DataDescription.model_validate(DESCRIPTION.model_dump() | wrong)
