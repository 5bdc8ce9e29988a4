"""What tests share.

What needs TensorFlow is imported by the fixtures alone: importing it takes seconds,
which the tests of plain functions need not wait for.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.metadata.records import Run, State
    from pipeline.settings import Settings

# A shell starts jobs in the background with Ctrl-C ignored. Programs that tests start
# would inherit that, and some tests press Ctrl-C there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# TFX's Beam executors take the command line for flags of absl, so `pytest -v` fails.
sys.argv = sys.argv[:1]

pytest_plugins = ["tests.support.left_out", "tests.support.leftovers"]


@pytest.fixture
def settings(tmp_path):
    """Settings for a run on the synthetic set, which follows Fashion-MNIST's schema."""
    return _synthetic_settings(tmp_path / "output")


@dataclass(frozen=True)
class TwoRuns:
    """A run on the synthetic set, and the same again.

    Attributes:
        settings: The settings of both.
        states: How each node ended, by its name: of the first run, and of the second.
        first: The first run.
    """

    settings: Settings
    states: tuple[dict[str, State], ...]
    first: Run


@pytest.fixture
def two_runs(_two_runs):
    """Two runs, whose files are there as the second one left them."""
    runs, kept = _two_runs
    # At the same place, since ML Metadata holds the places of all artifacts.
    shutil.rmtree(runs.settings.root)
    shutil.copytree(kept, runs.settings.root)
    return runs


@pytest.fixture(scope="session")
def _two_runs(tmp_path_factory):
    from tests.support.launching import launch_all

    folder = tmp_path_factory.mktemp("two-runs")
    settings = _synthetic_settings(folder / "output")
    first_states, first = launch_all(settings, "first")
    second_states, _ = launch_all(settings, "second")
    kept = shutil.copytree(settings.root, folder / "kept")
    return TwoRuns(settings, (first_states, second_states), first), kept


def _synthetic_settings(output: Path) -> Settings:
    from pipeline.settings import Settings
    from tests.support.fashion import SCHEMA

    return Settings(
        output=output,
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
