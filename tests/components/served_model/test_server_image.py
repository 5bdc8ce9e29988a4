from pathlib import Path

import pytest
import yaml

from components.served_model.server_image import SERVER_IMAGE

SERVING = Path(__file__).parents[3] / "deploy" / "serving"


@pytest.mark.parametrize("file", ["compose.yaml", "base/deployment.yaml"])
def test_the_image_that_validates_is_the_one_that_serves(file):
    manifest = yaml.safe_load((SERVING / file).read_text())
    assert set(_images(manifest)) == {SERVER_IMAGE}


def _images(node):
    if isinstance(node, dict):
        if isinstance(node.get("image"), str):
            yield node["image"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _images(each)
