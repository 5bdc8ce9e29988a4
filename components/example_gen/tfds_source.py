"""Opens a set of tensorflow-datasets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tensorflow as tf
import tensorflow_datasets as tfds

from components import features
from components.data_description import DEFAULT_RESIZE, DataDescription
from components.errors import InputError
from components.example_gen.dataset import image_and_label_keys, prepare_dataset
from components.example_gen.shards import measure_images
from components.example_gen.source import Source
from components.image_files.checks import SPLITS, TEST_PART
from components.image_size import choose_size
from components.parameters import DataParameters
from components.set_name import set_name
from components.source_files.registration import pin_version, source_checksums
from components.tfrecords import batch_images

# Images from which an automatic size and the colours are taken, if TFDS names none.
_SAMPLED = 1000


@dataclass(frozen=True)
class TfdsRecords:
    """A part of a file that TFDS prepared.

    Attributes:
        prepared_dir: Folder of the prepared set.
        source: TFRecord file of the set.
        skip: Number of examples to skip at the start of the file.
        take: Number of examples to read after those.
        image_bytes: About how many bytes an example has.
        side: `train` or `test` to read only the images that belong to that split by
            their content; None to read all.
    """

    prepared_dir: str
    source: str
    skip: int
    take: int
    image_bytes: float
    side: str | None = None

    @property
    def count(self) -> int:
        """About how many images there are; see `Records.count`."""
        in_test = round(self.take / TEST_PART)
        return {None: self.take, "test": in_test}.get(self.side, self.take - in_test)

    def batches(self) -> tf.data.Dataset:
        """Reads the examples; see `Records.batches`."""
        builder = tfds.builder_from_directory(self.prepared_dir)
        image_key, label_key = image_and_label_keys(builder)
        spec = {
            key: builder.info.features.tf_example_spec[key]
            for key in (image_key, label_key)
        }

        @tf.autograph.experimental.do_not_convert
        def parse(records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            batch = tf.io.parse_example(records, spec)
            return batch[image_key], batch[label_key]

        batches = (
            tf.data.TFRecordDataset(self.source)
            .skip(self.skip)
            .take(self.take)
            # Without this, a file that was cut between two records would look complete.
            .apply(tf.data.experimental.assert_cardinality(self.take))
            # Parsing whole batches takes a third of the time of parsing examples.
            .batch(batch_images(self.image_bytes))
            .map(parse)
        )
        return batches.map(self._keep_side) if self.side else batches

    def _keep_side(
        self, images: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        # FarmHash's fingerprint, which is the same in all versions and on all machines.
        is_test = tf.strings.to_hash_bucket_fast(images, TEST_PART) == 0
        keep = is_test if self.side == "test" else ~is_test
        return tf.boolean_mask(images, keep), tf.boolean_mask(labels, keep)


def open_tfds_set(parameters: DataParameters) -> Source:
    """Prepares a set with TFDS.

    Args:
        parameters: `dataset` names the set; `data_dir` must be given.

    Returns:
        The source.

    Raises:
        InputError: If the set isn't available, isn't for image classification, or has a
            split without examples.
    """
    data_dir = str(parameters.data_dir)
    dataset = pin_version(parameters.dataset, data_dir)
    builder = prepare_dataset(dataset, data_dir, parameters.data_mirror)
    _check_splits(builder)
    _check_file_format(builder)
    limit = parameters.max_examples
    splits = {
        name: list(_records(builder, name, limit))
        for name in SPLITS
        if name in builder.info.splits
    }
    if "test" not in splits:
        splits = {
            **splits,
            "train": list(_records(builder, "train", limit, "train")),
            "test": list(_records(builder, "train", limit, "test")),
        }
    height, width, channels = _network_shape(builder, splits["train"], parameters)
    _, label_key = image_and_label_keys(builder)
    return Source(
        description=DataDescription(
            name=set_name(dataset, None),
            version=str(builder.version),
            class_names=tuple(builder.info.features[label_key].names),
            height=height,
            width=width,
            channels=1 if channels == 1 else 3,
            resize=parameters.resize or DEFAULT_RESIZE,
        ),
        splits=splits,
        checksums=source_checksums(dataset),
    )


def _records(
    builder: tfds.core.DatasetBuilder,
    split: str,
    limit: int | None,
    side: str | None = None,
) -> Iterator[TfdsRecords]:
    """Divides a split into the files that TFDS made."""
    info = builder.info.splits[split]
    # TFDS refuses slices that are longer than the split.
    slice_ = f"{split}[:{min(info.num_examples, limit)}]" if limit else split
    for instruction in builder.info.splits[slice_].file_instructions:
        yield TfdsRecords(
            prepared_dir=str(builder.data_dir),
            source=str(instruction.filename),
            skip=instruction.skip,
            take=instruction.take,
            image_bytes=info.num_bytes / info.num_examples,
            side=side,
        )


def _network_shape(
    builder: tfds.core.DatasetBuilder,
    records: list[TfdsRecords],
    parameters: DataParameters,
) -> tuple[int, int, int]:
    image_key, _ = image_and_label_keys(builder)
    height, width, channels = builder.info.features[image_key].shape
    sizes = [(height, width)]
    if None in (height, width, channels):
        sampled = _sample_shapes(records)
        sizes = [(height, width) for height, width, _ in sampled]
        channels = channels or max(depth for _, _, depth in sampled)
    if parameters.color != "auto":
        channels = 1 if parameters.color == "grey" else 3
    return *choose_size(parameters.image_size, sizes), channels


def _sample_shapes(records: list[TfdsRecords]) -> list[tuple[int, int, int]]:
    """Measures height, width and channels of the first images."""
    shapes: list[tuple[int, int, int]] = []
    for part in records:
        for images, _ in part.batches():
            measures = measure_images(images[: _SAMPLED - len(shapes)], None)
            columns = (
                measures[name].numpy().tolist()
                for name in (features.HEIGHT, features.WIDTH, features.CHANNELS)
            )
            shapes += zip(*columns, strict=True)
            if len(shapes) == _SAMPLED:
                return shapes
    if not shapes:
        raise InputError(
            "The train split must have images; none is left after --max-examples and "
            "after a fifth became the test split; allow more."
        )
    return shapes


def _check_splits(builder: tfds.core.DatasetBuilder) -> None:
    if "train" not in builder.info.splits:
        raise InputError(
            f"A data set needs the split train: {builder.info.full_name!r} has "
            f"{', '.join(builder.info.splits) or 'none'}; choose another data set."
        )
    for name, info in builder.info.splits.items():
        if name in SPLITS and not info.num_examples:
            raise InputError(
                f"Every split of a data set must have examples: split {name!r} of "
                f"{builder.info.full_name!r} has none; choose another data set or "
                f"version."
            )


def _check_file_format(builder: tfds.core.DatasetBuilder) -> None:
    expected = tfds.core.FileFormat.TFRECORD
    received = builder.info.file_format
    if received != expected:
        raise InputError(
            f"A prepared data set must be in {expected.value} files; "
            f"{builder.data_dir} holds {received.value} files; choose another "
            f"--data-dir, so that the set is prepared there."
        )
