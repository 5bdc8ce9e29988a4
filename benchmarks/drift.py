"""Measures how far clean and disturbed test images are from the training images.

Usage: `python -m benchmarks.drift [OUTPUT]`, with the output folder of a run on
Fashion-MNIST; without it, a short run is made. docs/watching.md shows the result.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image, ImageFilter

from benchmarks.measure import DATA_NODES, run_nodes
from benchmarks.result_file import record
from benchmarks.table import drift_table
from components import features
from pipeline.beam import DIRECT_ARGS
from pipeline.metadata.connection import open_store
from pipeline.metadata.output_place import output_place
from pipeline.scoring.drift import THRESHOLDS, Drift, compare
from pipeline.scoring.image_shards import find_shards
from pipeline.scoring.image_statistics import make_statistics, training_statistics
from pipeline.scoring.scoring_job import score_shards
from pipeline.scoring.shard_scorer import Scoring
from pipeline.serving.chosen_model import load_model_of_run, model_dir_of_run
from pipeline.settings import Settings

SAMPLES, SIZE = 20, 500


def main(output: str | None = None) -> None:
    """Measures, prints, and records the result."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(output=output or scratch, max_examples=6000, epochs=3)
        if output is None:
            run_nodes(settings, "1", *DATA_NODES, "Trainer")
        clean, disturbed = measure_samples(settings)
    names = list(THRESHOLDS)
    worst = {name: max(_distances(each)[name] for each in clean) for name in names}
    figures = {
        "samples": len(clean),
        "images_in_a_sample": SIZE,
        "clean_verdict": " or ".join(sorted({drift.verdict for drift in clean})),
        "largest_clean_distances": worst,
        "disturbed": {
            name: {
                "verdict": drift.verdict,
                "distances": _distances(drift),
            }
            for name, drift in disturbed.items()
        },
    }
    record("drift", figures)
    print(drift_table(figures))


def measure_samples(
    settings: Settings, clean_samples: int = SAMPLES
) -> tuple[list[Drift], dict[str, Drift]]:
    """Compares samples of the test split with the training images.

    Args:
        settings: Settings with the output folder of a run on Fashion-MNIST.
        clean_samples: Number of clean samples.

    Returns:
        The comparisons of clean samples, and those of disturbed ones by disturbance.
    """
    store = open_store(settings.metadata_address)
    place = output_place(settings)
    model = load_model_of_run(store, None, place)
    model_dir = model_dir_of_run(store, None, place)
    assert model.lineage and model.lineage.data  # noqa: S101 (for the type checker)
    images, labels = _read_test_images(model.lineage.examples_uri)
    chance = np.random.default_rng(1)
    samples = [
        images[chance.choice(len(images), SIZE, replace=False)]
        for _ in range(clean_samples)
    ]
    some = images[chance.choice(len(images), SIZE, replace=False)]
    samples += [disturb(some) for disturb in _DISTURBANCES.values()]
    samples.append(images[labels == 0][:SIZE])
    training = training_statistics(model.lineage, model_dir, None, DIRECT_ARGS)
    with tempfile.TemporaryDirectory() as folder:
        for number, sample in enumerate(samples):
            _write(Path(folder, f"{number:03}.tfrecord"), sample)
        shards = find_shards([folder])
        scoring = Scoring(model_dir, model.lineage.data, "1", "no", f"{folder}/parts")
        Path(scoring.folder).mkdir()
        scored = score_shards(shards, scoring, DIRECT_ARGS)
        compared = [
            compare(make_statistics([part], DIRECT_ARGS), training, THRESHOLDS)
            for part in scored.parts
        ]
    names = [*_DISTURBANCES, "one class"]
    of_names = dict(zip(names, compared[clean_samples:], strict=True))
    return compared[:clean_samples], of_names


def _distances(drift: Drift) -> dict[str, float]:
    return {each.name: round(each.distance, 4) for each in drift.features}


def _blur(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1))


def _crop(image: Image.Image) -> Image.Image:
    return image.crop((4, 4, 24, 24)).resize(image.size)


def _each(change: Callable[[Image.Image], Image.Image], images: np.ndarray):
    return np.stack([np.asarray(change(Image.fromarray(image))) for image in images])


_DISTURBANCES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda images: 255 - images,
    "darkened": lambda images: images // 2,
    "blurred": lambda images: _each(_blur, images),
    "cropped": lambda images: _each(_crop, images),
    "rotated": lambda images: np.rot90(images, axes=(1, 2)),
}


def _read_test_images(examples_uri: str) -> tuple[np.ndarray, np.ndarray]:
    files = sorted(tf.io.gfile.glob(f"{examples_uri}/Split-test/*"))
    images, labels = [], []
    for record_bytes in tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator():
        feature = tf.train.Example.FromString(record_bytes).features.feature
        encoded = feature[features.IMAGE].bytes_list.value[0]
        images.append(np.asarray(Image.open(io.BytesIO(encoded))))
        labels.append(feature[features.LABEL].int64_list.value[0])
    return np.stack(images), np.array(labels)


def _write(path: Path, images: np.ndarray | Sequence[np.ndarray]) -> None:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for pixels in images:
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG")
            example = tf.train.Example()
            image = example.features.feature[features.IMAGE]
            image.bytes_list.value.append(file.getvalue())
            writer.write(example.SerializeToString())


if __name__ == "__main__":
    main(*sys.argv[1:])
