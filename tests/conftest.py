"""What tests share.

What needs TensorFlow is imported by the fixtures alone: importing it takes seconds,
which the tests of plain functions need not wait for.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

pytest_plugins = ["tests.support.left_out", "tests.support.leftovers"]


@pytest.fixture
def settings(tmp_path):
    """Settings for a run on the synthetic set, which follows Fashion-MNIST's schema."""
    from pipeline.settings import Settings
    from tests.support.fashion import SCHEMA

    return Settings(
        output=tmp_path / "output",
        dataset="tiny_fashion:1.0.0",
        curated_schema=str(SCHEMA),
        resize="none",
        epochs=8,
        batch_size=16,
        min_accuracy=0.5,
    )


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """An untrained model, exported as the Trainer does."""
    from tests.support.untrained_model import export_untrained_model

    return export_untrained_model(tmp_path_factory.mktemp("untrained"))


@pytest.fixture(scope="session")
def resizing(tmp_path_factory):
    """An untrained model of three classes, which takes colour images of any size."""
    from tests.support.fashion import DESCRIPTION
    from tests.support.untrained_model import export_untrained_model

    description = DESCRIPTION.model_copy(
        update={
            "name": "discs",
            "version": "",
            "class_names": ("blue", "green", "red"),
            "height": 20,
            "width": 24,
            "channels": 3,
            "resize": "letterbox",
        }
    )
    return export_untrained_model(tmp_path_factory.mktemp("resizing"), description)


@pytest.fixture(scope="session")
def random_pixels():
    """1,000 images of noise, uint8 of shape (1000, 28, 28)."""
    import numpy as np

    return np.random.default_rng(1).integers(0, 256, (1000, 28, 28), dtype=np.uint8)
