"""Defines data sets that consist of Fashion-MNIST and perturbed copies of its images.

`python -m benchmarks.scaled_fashion FACTOR DATA_DIR` prepares one of them in the folder
in which Fashion-MNIST is prepared.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from pipeline.settings import Settings

FACTORS = (1, 2, 4, 8)
_MAX_SHIFT = 2
_NOISE = 8


class ScaledFashion(tfds.core.GeneratorBasedBuilder):
    """Fashion-MNIST, made larger by the factor in the configuration, for example `x4`.

    The first copy of an image is the image itself. The other copies have the same
    label. They are shifted, half of them are mirrored, and noise is added, all with a
    fixed seed.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [tfds.core.BuilderConfig(name=f"x{n}") for n in FACTORS]

    def _info(self) -> tfds.core.DatasetInfo:
        real = self._real_set()
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=real.info.features["image"].shape
                    ),
                    "label": tfds.features.ClassLabel(
                        names=real.info.features["label"].names
                    ),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _real_set(self) -> tfds.core.DatasetBuilder:
        return tfds.builder("fashion_mnist:3.0.1", data_dir=self._data_dir_root)

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[Any]]:
        real = self._real_set()
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
    # Only the garment gets noise. The background stays black, so that the copies can be
    # compressed as much as the real images.
    noisy = np.where(image > 0, image + noise, image)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def scaled_settings(common: Settings, factor: int, output: str) -> Settings:
    """Makes the settings of a run on one of the sets.

    Args:
        common: Settings of a run on Fashion-MNIST. The set lies where Fashion-MNIST is
            prepared.
        factor: Size of the set, as a multiple of Fashion-MNIST.
        output: Output folder of the run.

    Returns:
        The settings; the perturbed images are measured as the real ones are.
    """
    known = common.completed
    return common.model_copy(
        update={
            "dataset": f"scaled_fashion/x{factor}:1.0.0",
            "output": output,
            "data_dir": common.prepared_data_dir,
            "curated_schema": known.curated_schema,
            "resize": known.resize,
        }
    )


def main(factor: str, data_dir: str) -> None:
    """Prepares a data set with TFDS.

    Args:
        factor: Size of the set, as a multiple of Fashion-MNIST.
        data_dir: Folder of all prepared sets.
    """
    builder = ScaledFashion(config=f"x{factor}", data_dir=data_dir)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            compute_stats=tfds.download.ComputeStatsMode.SKIP
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
