"""Measures `--images` on folders of PNG files and of photos.

The PNG files are those of Fashion-MNIST, which the pipeline also gets from TFDS. The
photos are JPEG files, with which a plain Keras script trains the same network.
"""

import itertools
import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.fashion_arrays import read_fashion_arrays
from benchmarks.measure import ROUNDS, Figures, in_turns, row, time_python
from benchmarks.result_file import record
from components.evaluator.evaluation_results import EvaluationResults

PNG_SEEDS = (1, 2, 3)
ACCURACY_GOAL = 0.005
PNG_TIME_GOAL = 1.3
PNG_MEMORY_GOAL = 1.1

PHOTO_COUNTS = {"train": 8_000, "test": 2_000}
PHOTO_SIDE, NETWORK_SIDE = 512, 64
PHOTO_EPOCHS = 3
PHOTO_TIME_GOAL = 1.0
PHOTO_MEMORY_GOAL = 1.2


def main() -> None:
    """Runs the benchmark and records its two results."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        arrays = read_fashion_arrays(str(folder / "data"))
        write_pngs(arrays, folder / "pngs")
        _compare_pngs(folder)
        write_photos(arrays, folder / "photos")
        del arrays
        _compare_photos(folder)


def write_pngs(arrays: dict[str, Any], folder: Path) -> None:
    """Writes Fashion-MNIST as PNG files into folders for splits and classes.

    Args:
        arrays: What `read_fashion_arrays` returns.
        folder: Where to write.
    """
    for split, number, image, name in _images(arrays):
        file = folder / split / name / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)


def write_photos(arrays: dict[str, Any], folder: Path) -> None:
    """Writes enlarged, coloured and noisy images of Fashion-MNIST as JPEG files.

    Args:
        arrays: What `read_fashion_arrays` returns.
        folder: Where to write; in it are folders for splits and classes.
    """
    chosen = (
        (folder / split / name / f"{number}.jpg", image, number)
        for split, number, image, name in _images(arrays)
        if number < PHOTO_COUNTS[split]
    )
    with ProcessPoolExecutor() as processes:
        for _ in processes.map(_write_photo, *zip(*chosen, strict=True), chunksize=64):
            pass


def _images(arrays: dict[str, Any]) -> Any:
    # A slash can't be part of a folder's name.
    names = [name.replace("/", "-") for name in arrays["class_names"]]
    for split in ("train", "test"):
        pairs = zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)
        for number, (image, label) in enumerate(pairs):
            yield split, number, image[:, :, 0], names[label]


def _write_photo(file: Path, image: np.ndarray, seed: int) -> None:
    random = np.random.default_rng(seed)
    size = (PHOTO_SIDE, PHOTO_SIDE)
    large = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
    tint = random.uniform(0.4, 1, 3)
    noise = random.integers(0, 24, (*size, 3))
    pixels = np.asarray(large)[:, :, np.newaxis] * tint + noise
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, quality=90)


def _compare_pngs(folder: Path) -> None:
    outputs = (folder / f"png-output-{number}" for number in itertools.count())
    cases = {"TFDS": (), "PNG files": ("--images", folder / "pngs", "--resize", "none")}

    def run(name: str, seed: int) -> Figures:
        return _run_pipeline(
            next(outputs), "--data-dir", folder / "data", *cases[name], "--seed", seed
        )

    measured: dict[str, list[Figures]] = {name: [] for name in cases}
    for seed in PNG_SEEDS:
        # One round for a seed, so that the accuracies can be compared.
        figures = in_turns({name: partial(run, name, seed) for name in cases}, rounds=1)
        for name in cases:
            measured[name].append(figures[name])
    accuracies = {
        name: [figures["accuracy"] for figures in each]
        for name, each in measured.items()
    }
    difference = max(
        abs(png - tfds)
        for png, tfds in zip(accuracies["PNG files"], accuracies["TFDS"], strict=True)
    )
    time_ratio = _ratio(measured, "PNG files", "TFDS", "seconds")
    memory_ratio = _ratio(measured, "PNG files", "TFDS", "peak_bytes")
    record(
        "png_folders",
        row(
            "Fashion-MNIST from 70,000 PNG files with `--images`, three seeds",
            "the same from TFDS",
            f"accuracy within {ACCURACY_GOAL}; {PNG_TIME_GOAL} times the time; "
            f"{PNG_MEMORY_GOAL} times the memory",
            f"within {difference:.4f}; {time_ratio:.2f} times the time; "
            f"{memory_ratio:.2f} times the memory",
            difference <= ACCURACY_GOAL
            and time_ratio <= PNG_TIME_GOAL
            and memory_ratio <= PNG_MEMORY_GOAL,
            accuracies=accuracies,
            rounds=len(PNG_SEEDS),
        ),
    )


def _compare_photos(folder: Path) -> None:
    outputs = (folder / f"photo-output-{number}" for number in itertools.count())
    medians = in_turns(
        {
            "pipeline": lambda: _run_pipeline(
                next(outputs),
                "--images", folder / "photos", "--epochs", PHOTO_EPOCHS,
                "--image-size", f"{NETWORK_SIDE}x{NETWORK_SIDE}", "--color", "rgb",
                "--min-accuracy", 0,
            ),
            "plain script": lambda: _run_plain_script(folder / "photos"),
        },
    )  # fmt: skip
    measured = {name: [figures] for name, figures in medians.items()}
    time_ratio = _ratio(measured, "pipeline", "plain script", "seconds")
    memory_ratio = _ratio(measured, "pipeline", "plain script", "peak_bytes")
    record(
        "photo_folders",
        row(
            f"{sum(PHOTO_COUNTS.values()):,} JPEG photos of {PHOTO_SIDE} x "
            f"{PHOTO_SIDE} to {NETWORK_SIDE} x {NETWORK_SIDE} with `--images`, "
            f"{PHOTO_EPOCHS} epochs",
            "a plain Keras script with `image_dataset_from_directory`",
            f"at most {PHOTO_TIME_GOAL} times its time, {PHOTO_MEMORY_GOAL} times its "
            f"memory",
            f"{time_ratio:.2f} times its time, {memory_ratio:.2f} times its memory",
            time_ratio <= PHOTO_TIME_GOAL and memory_ratio <= PHOTO_MEMORY_GOAL,
            pipeline_accuracy=round(medians["pipeline"]["accuracy"], 4),
            plain_accuracy=medians["plain script"]["accuracy"],
            rounds=ROUNDS,
        ),
    )


def _run_pipeline(output: Path, *options: object) -> Figures:
    timing = time_python("local_runner.py", "--output", output, *options)
    (evaluation,) = output.glob("artifacts/Evaluator/evaluation/*")
    return {
        "seconds": timing.seconds,
        "peak_bytes": timing.peak_bytes,
        "accuracy": EvaluationResults.read(str(evaluation)).accuracy,
    }


def _run_plain_script(folder: Path) -> Figures:
    timing = time_python(
        "benchmarks/plain_image_folder.py", folder,
        "--side", NETWORK_SIDE, "--epochs", PHOTO_EPOCHS,
    )  # fmt: skip
    answer = json.loads(timing.output.splitlines()[-1])
    return {
        "seconds": timing.seconds,
        "peak_bytes": timing.peak_bytes,
        "accuracy": answer["accuracy"],
    }


def _ratio(
    measured: dict[str, list[Figures]], case: str, other: str, figure: str
) -> float:
    values = {
        name: median(figures[figure] for figures in measured[name])
        for name in (case, other)
    }
    return values[case] / values[other]


if __name__ == "__main__":
    main()
