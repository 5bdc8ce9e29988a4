"""The images in a run's page, in each format that examples may have."""

import io

import pytest
from PIL import Image

from pipeline.report.page import _data_uri


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "webp"])
def test_an_image_is_embedded_with_its_own_type(kind):
    file = io.BytesIO()
    Image.new("RGB", (3, 3)).save(file, kind)
    assert _data_uri(file.getvalue()).startswith(f"data:image/{kind};base64,")
