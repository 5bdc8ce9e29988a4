"""The commands that the README and docs/data.md give for images of one's own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.errors import InputError
from pipeline.pipeline import create_pipeline
from pipeline.settings import Settings
from pipeline.settings_file import read_settings_file

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def commands(page, heading):
    """Returns the commands in a section, those in its tables too, without comments."""
    section = (ROOT / page).read_text().partition(f"\n## {heading}\n")[2]
    section = section.partition("\n## ")[0]
    blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"\| `(python .*?)` \|", section)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture
def folder(tmp_path):
    """A folder with the images and the CSV file that the pages speak of."""
    random = np.random.default_rng(1)
    rows = ["image,label,file,kind,part"]
    for kind in ("circle", "square"):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for number in range(20):
            name = f"photos/{kind}/{number}.png"
            pixels = random.integers(0, 255, (24, 24), np.uint8)
            Image.fromarray(pixels).save(tmp_path / name)
            part = "test" if number % 4 == 0 else "train"
            rows.append(f"{name},{kind},{name},{kind},{part}")
    (tmp_path / "photos.csv").write_text("\n".join(rows))
    return tmp_path


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("README.md", "Your own images"),
        ("docs/data.md", "CSV files"),
        ("docs/data.md", "What is checked before anything is trained"),
        ("docs/data.md", "Settings and a schema of your own"),
    ],
)
def test_every_command_is_taken(page, heading, folder):
    found = commands(page, heading)
    assert found
    for python, *words in found:
        assert python == "python"
        if words[0] == "local_runner.py":
            # tests/end_to_end/test_own_images.py trains.
            words = [str(ROOT / words[0]), *words[1:], "--show-settings"]
        finished = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert finished.returncode == 0, (words, finished.stderr)


def test_the_pipeline_takes_the_settings_and_the_schema_of_init(folder, monkeypatch):
    monkeypatch.chdir(folder)
    subprocess.run(
        [sys.executable, "-m", "pipeline", "init", "--images", "photos"],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    settings = Settings(**read_settings_file(folder / "photos.yaml"))
    pipeline = create_pipeline(settings)
    assert pipeline.pipeline_info.pipeline_name == "photos"
    assert {"CuratedSchema", "ImageExampleGen"} <= {
        node.id for node in pipeline.components
    }
    (folder / "photos.schema.pbtxt").write_text("no schema {")
    with pytest.raises(InputError, match="The schema must be a readable"):
        create_pipeline(settings)
