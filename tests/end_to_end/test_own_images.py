"""Other images than Fashion-MNIST, by the commands that people type."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.data_description import DataDescription
from components.evaluator.evaluation_results import EvaluationResults
from components.served_model.model_lineage import ModelLineage
from pipeline.exit_codes import FAILED, PUSHED
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import load_runs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COLORS = {"blue": (40, 60, 220), "green": (40, 200, 60), "red": (220, 50, 40)}
NETWORK = """
import keras
from keras import layers


def build_model(image_shape, class_count):
    return keras.Sequential(
        [
            keras.Input(shape=image_shape),
            layers.AveragePooling2D(4),
            layers.Flatten(),
            layers.Dense(class_count, activation="softmax"),
        ]
    )
"""
BUILDER = """
import numpy as np
import sys
import tensorflow_datasets as tfds


class UserStripes(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("2.1.0")

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "picture": tfds.features.Image(shape=(None, None, 1)),
                    "kind": tfds.features.ClassLabel(names=["across", "down"]),
                }
            ),
            supervised_keys=("picture", "kind"),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        random = np.random.default_rng(3)
        for number in range(300):
            side = 24 + 2 * (number % 5)
            pixels = random.integers(0, 60, (side, side, 1), np.uint8)
            pixels[::4] += 150
            kind = number % 2
            yield number, {
                "picture": pixels.transpose(1, 0, 2) if kind else pixels,
                "kind": kind,
            }


UserStripes(data_dir=sys.argv[1]).download_and_prepare()
"""


@pytest.fixture(scope="module", autouse=True)
def _code_stays_as_it_is():
    """No line of code is changed for any of these images."""
    before = changed_files()
    yield
    assert changed_files() == before


def changed_files():
    return subprocess.check_output(
        ["git", "status", "--porcelain"], cwd=ROOT, text=True
    )


def command(*arguments, folder=ROOT, **variables):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )


def train(*arguments, **kwargs):
    """Runs the pipeline, and returns what it printed."""
    finished = command(
        ROOT / "local_runner.py",
        "--epochs",
        6,
        "--batch-size",
        16,
        *arguments,
        **kwargs,
    )
    assert finished.returncode == PUSHED, finished.stdout + finished.stderr
    return finished.stdout


def results_of(output, pipeline):
    """Returns what the newest run of a pipeline measured, and the run."""
    store = open_store(str(output / "metadata.sqlite"))
    run = next(
        run
        for run in load_runs(store)
        if f"/{pipeline}/" in str(run.output("Pusher", "pushed_model").properties)
    )
    return EvaluationResults.read(run.output("Evaluator", "evaluation").uri), run


def served(output, pipeline):
    """Returns the newest pushed version of a pipeline."""
    return max((output / "serving" / pipeline).iterdir(), key=lambda each: each.name)


def predict(output, *arguments):
    finished = command("-m", "pipeline", "predict", "--output", output, *arguments,
                       "--format", "json")  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def draw(color, size, random):
    """Draws a disc of a colour on noise."""
    height, width = size
    rows, columns = np.ogrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (
        min(size) / 3
    ) ** 2
    pixels = random.integers(90, 160, (height, width, 3), np.uint8)
    pixels[inside] = color
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("own images")


@pytest.fixture(scope="module")
def output(folder):
    return folder / "output"


@pytest.fixture(scope="module")
def color_images(folder):
    """Three classes of mixed sizes and formats, and a file that is no image."""
    random = np.random.default_rng(1)
    images = folder / "Colour discs"
    for name, color in COLORS.items():
        (images / name).mkdir(parents=True)
        for number in range(120):
            size = 40 + 5 * (number % 4), 50 + 4 * (number % 3)
            suffix = ("png", "jpg", "bmp", "webp")[number % 4]
            draw(color, size, random).save(images / name / f"{number}.{suffix}")
    (images / "red" / "broken.png").write_text("no image")
    return images


@pytest.fixture(scope="module")
def color_run(color_images, folder, output):
    (folder / "my_network.py").write_text(NETWORK)
    return train(
        "--images", color_images, "--output", output,
        "--network", "my_network:build_model",
        PYTHONPATH=str(folder),
    )  # fmt: skip


@pytest.fixture(scope="module")
def csv_run(folder, output, color_run):
    """A second set in the same output folder: two grey classes in a CSV file."""
    random = np.random.default_rng(2)
    with (folder / "grey.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "kind", "part"])
        for number in range(240):
            kind = ("dark", "light")[number % 2]
            low = 150 if number % 2 else 20
            pixels = random.integers(low, low + 60, (28, 28), np.uint8)
            path = folder / "grey" / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(path)
            part = ("train", "train", "train", "val", "test")[number // 2 % 5]
            table.writerow([f"grey/{number}.png", kind, part])
    return train(
        "--images", folder / "grey.csv", "--output", output,
        "--image-column", "file", "--label-column", "kind", "--split-column", "part",
    )  # fmt: skip


def test_a_folder_of_colour_images_is_trained_judged_and_pushed(output, color_run):
    results, run = results_of(output, "colour_discs")
    assert results.class_names == tuple(COLORS)
    assert results.accuracy >= 0.9
    # The settings have no floor: better than guessing the commonest class.
    assert 1 / 3 < results.floor < 0.6
    description = DataDescription.read(run.output("ImageExampleGen", "examples").uri)
    assert description.image_shape == (45, 54, 3)
    assert description.resize == "letterbox"
    lineage = ModelLineage.read(str(served(output, "colour_discs")))
    assert lineage.data == description
    assert lineage.dataset == "colour_discs"


def test_the_run_says_what_it_trains_on_and_what_it_left_out(color_run):
    assert "colour_discs: 3 classes, 45 x 54 pixels, colour" in color_run
    assert "no curated schema" in color_run
    assert "broken.png" in color_run


def test_predict_takes_images_of_any_size_by_every_signature(output, folder, color_run):
    random = np.random.default_rng(5)
    files = []
    for name, color, size in (
        ("large.png", COLORS["red"], (200, 300)),
        ("small.jpg", COLORS["green"], (30, 24)),
        ("other.webp", COLORS["blue"], (64, 64)),
    ):
        draw(color, size, random).save(folder / name)
        files += ["--image", folder / name]
    for signature in ("predict_png", "predict_images", "serving_default"):
        answers = predict(
            output, "--pipeline-name", "colour_discs", "--signature", signature, *files
        )
        assert [each["class_name"] for each in answers] == ["red", "green", "blue"]
        assert {*answers[0]["probabilities"]} == {*COLORS}


def test_a_csv_file_in_the_same_output_has_its_own_baseline_and_folder(output, csv_run):
    results, _ = results_of(output, "grey")
    assert results.class_names == ("dark", "light")
    assert results.accuracy == 1
    assert results.baseline_accuracy is None
    # The test split is for the Evaluator alone: 48 of 240 images each.
    assert results.examples == 48
    assert served(output, "grey").is_dir()
    assert served(output, "colour_discs").is_dir()
    (right, _) = predict(output)
    assert right["class_name"] == right["true_class_name"]
    assert {*right["probabilities"]} == {"dark", "light"}


def test_a_second_run_of_a_folder_reuses_what_has_not_changed(
    output, folder, color_images, csv_run
):
    arguments = (
        "--images", color_images, "--output", output,
        "--network", "my_network:build_model",
    )  # fmt: skip
    again = train(*arguments, PYTHONPATH=str(folder))
    assert "ImageExampleGen: cached" in again
    assert "Trainer: cached" in again
    results, _ = results_of(output, "colour_discs")
    assert results.baseline_accuracy == results.accuracy
    (color_images / "red" / "broken.png").unlink()
    assert "ImageExampleGen: ran" in train(*arguments, PYTHONPATH=str(folder))


def test_the_digits_of_scikit_learn_are_resized(folder):
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = folder / "digits"
    for number, (pixels, label) in enumerate(
        zip(digits.images, digits.target, strict=True)
    ):
        (images / str(label)).mkdir(parents=True, exist_ok=True)
        encoded = Image.fromarray((pixels * 15).astype(np.uint8))
        encoded.save(images / str(label) / f"{number}.png")
    output = folder / "digits output"
    train("--images", images, "--output", output, "--epochs", 8)
    results, run = results_of(output, "digits")
    assert results.accuracy >= 0.95
    description = DataDescription.read(run.output("ImageExampleGen", "examples").uri)
    assert description.image_shape == (32, 32, 1)


def test_a_set_of_a_user_s_own_builder_is_used_as_it_lies_there(folder):
    (folder / "user_stripes.py").write_text(BUILDER)
    data = folder / "tfds"
    prepared = command(folder / "user_stripes.py", data, folder=folder)
    assert prepared.returncode == 0, prepared.stderr
    output = folder / "stripes output"
    printed = train("--dataset", "user_stripes", "--data-dir", data, "--output", output)
    assert "user_stripes 2.1.0: 2 classes, 28 x 28 pixels, grey" in printed
    results, _ = results_of(output, "user_stripes")
    assert results.class_names == ("across", "down")
    assert results.accuracy >= 0.9
    # A fifth of its one split, by the images' content.
    assert 40 <= results.examples <= 80


def test_init_writes_a_schema_that_a_run_takes_and_that_stops_wrong_images(
    folder, color_images
):
    started = command(
        "-m", "pipeline", "init", "--images", color_images, "--name", "discs",
        folder=folder, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    assert (folder / "discs.yaml").exists()
    assert (folder / "discs.schema.pbtxt").exists()
    config = ("--config", folder / "discs.yaml", "--output", folder / "discs output")
    printed = train(*config)
    assert "no curated schema" not in printed
    red = color_images / "red"
    kept = folder / "red"
    red.rename(kept)
    try:
        for change in ("missing", "blank"):
            if change == "blank":
                red.mkdir()
                for number in range(30):
                    gray = Image.new("RGB", (50, 50), (number, number, number))
                    gray.save(red / f"{number}.png")
            stopped = command(ROOT / "local_runner.py", *config)
            assert stopped.returncode == FAILED, (change, stopped.stdout)
            assert "disagree with the schema" in stopped.stderr
    finally:
        for image in red.glob("*"):
            image.unlink()
        if red.exists():
            red.rmdir()
        kept.rename(red)
