"""Fashion-MNIST several times over: the real images, and perturbed copies of them.

`python -m benchmarks.scaled_fashion FACTOR DATA_DIR` prepares it beside Fashion-MNIST.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from components import features

FACTORS = (1, 2, 4, 8)
_MAX_SHIFT = 2
_NOISE = 8


class ScaledFashion(tfds.core.GeneratorBasedBuilder):
    """Each split as many times its size as the configuration says, for example `x4`.

    The first copy of an image is the image itself. Each other one is shifted,
    perhaps mirrored, and gets noise, all drawn from a seed; it keeps its label.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [tfds.core.BuilderConfig(name=f"x{n}") for n in FACTORS]

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=features.IMAGE_SHAPE),
                    "label": tfds.features.ClassLabel(names=list(features.CLASS_NAMES)),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[Any]]:
        real = tfds.builder("fashion_mnist:3.0.1", data_dir=self._data_dir_root)
        copies = int(self.builder_config.name.removeprefix("x"))
        return {
            split: self._generate_examples(real, split, copies)
            for split in ("train", "test")
        }

    def _generate_examples(
        self, real: tfds.core.DatasetBuilder, split: str, copies: int
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        random = np.random.default_rng(copies)
        key = 0
        for example in tfds.as_numpy(real.as_dataset(split=split)):
            for copy in range(copies):
                image = _perturb(example["image"], random) if copy else example["image"]
                yield key, {"image": image, "label": example["label"]}
                key += 1


def _perturb(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    shift = tuple(random.integers(-_MAX_SHIFT, _MAX_SHIFT + 1, 2))
    image = np.roll(image, shift, axis=(0, 1))
    if random.random() < 0.5:
        image = image[:, ::-1]
    noise = random.integers(-_NOISE, _NOISE + 1, image.shape)
    # Where there is cloth: a black background stays black, so that the copies
    # compress as the real images do.
    noisy = np.where(image > 0, image + noise, image)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def main(factor: str, data_dir: str) -> None:
    """Prepares the set, so many times its size, with TFDS."""
    builder = ScaledFashion(config=f"x{factor}", data_dir=data_dir)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            compute_stats=tfds.download.ComputeStatsMode.SKIP
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
