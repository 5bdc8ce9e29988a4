import pytest

from components.served_model.call_size import call_size
from tests.support.fashion import DESCRIPTION


@pytest.mark.parametrize(
    ("side", "channels", "most", "size"),
    [(28, 1, 100, 100), (28, 1, 256, 256), (512, 3, 100, 5), (4096, 3, 100, 1)],
)
def test_the_larger_the_images_the_fewer_are_in_a_call(side, channels, most, size):
    description = DESCRIPTION.model_copy(
        update={"height": side, "width": side, "channels": channels}
    )
    assert call_size(description, most) == size
