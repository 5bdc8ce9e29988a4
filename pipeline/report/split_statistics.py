"""Reads the files that StatisticsGen and ExampleValidator wrote."""

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

from pipeline.internals.tfx_files import ANOMALIES_FILE, STATISTICS_FILE

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Numbers:
    """Statistics of a numeric feature.

    Attributes:
        mean: Mean of the values.
        deviation: Standard deviation.
        minimum: Smallest value.
        maximum: Largest value.
        edges: Edges of the histogram's bins, all of the same width; one more than
            `counts`.
        counts: Number of values in each bin.
    """

    mean: float
    deviation: float
    minimum: float
    maximum: float
    edges: Sequence[float]
    counts: Sequence[float]


@dataclass(frozen=True)
class SplitStatistics:
    """Statistics of a split.

    Attributes:
        examples: Number of examples.
        numbers: Numeric features by name.
        values: For each text feature, how often each value occurs.
        missing: For each feature, how many examples lack it.
    """

    examples: int
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)


def read_statistics(uri: str) -> dict[str, SplitStatistics]:
    """Reads the statistics of all splits.

    Args:
        uri: Folder of an ExampleStatistics artifact.

    Returns:
        Statistics by the name of the split; `train` comes before `test`.

    Raises:
        OSError: If a file is missing.
        ValueError: If a file holds no statistics.
    """
    statistics = {}
    for split, folder in _split_folders(uri):
        path = folder / STATISTICS_FILE
        lists = _parse(path, statistics_pb2.DatasetFeatureStatisticsList)
        if not lists.datasets:
            raise ValueError(f"{folder.name}/{path.name} is empty")
        statistics[split] = summarize_statistics(lists.datasets[0])
    return statistics


def read_anomalies(uri: str) -> list[tuple[str, str, str]]:
    """Reads the anomalies: where the data disagrees with the schema.

    Args:
        uri: Folder of an ExampleAnomalies artifact.

    Returns:
        Split, feature and description of each anomaly.

    Raises:
        OSError: If a file is missing.
        ValueError: If a file is damaged.
    """
    found = []
    for split, folder in _split_folders(uri):
        anomalies = _parse(folder / ANOMALIES_FILE, anomalies_pb2.Anomalies)
        for feature, info in sorted(anomalies.anomaly_info.items()):
            found.append((split, feature, info.description))
        if anomalies.HasField("dataset_anomaly_info"):
            info = anomalies.dataset_anomaly_info
            found.append((split, "all features", info.description))
    return found


def _parse(path: Path, message: type[M]) -> M:
    try:
        return message.FromString(path.read_bytes())
    except DecodeError as error:
        raise ValueError(f"{path.parent.name}/{path.name} is damaged") from error


def _split_folders(uri: str) -> list[tuple[str, Path]]:
    folders = sorted(Path(uri).glob("Split-*"), reverse=True)  # train before test
    if not folders:
        raise FileNotFoundError(errno.ENOENT, "No splits", uri)
    return [(folder.name.removeprefix("Split-"), folder) for folder in folders]


def summarize_statistics(
    dataset: statistics_pb2.DatasetFeatureStatistics,
) -> SplitStatistics:
    """Takes out of TFDV's statistics what people look at.

    Args:
        dataset: Statistics of a split.

    Returns:
        Its numbers, texts and missing values.
    """
    numbers, values, missing = {}, {}, {}
    for feature in dataset.features:
        name = ".".join(feature.path.step) or feature.name
        kind = feature.WhichOneof("stats")
        missing[name] = getattr(feature, kind).common_stats.num_missing
        if kind == "num_stats":
            numbers[name] = _numbers(feature.num_stats)
        elif kind == "string_stats" and _is_text(feature.string_stats):
            values[name] = {
                each.value: round(each.frequency)
                for each in feature.string_stats.top_values
            }
    return SplitStatistics(dataset.num_examples, numbers, values, missing)


def _numbers(stats: statistics_pb2.NumericStatistics) -> Numbers:
    buckets = [
        bucket
        for histogram in stats.histograms
        if histogram.type == statistics_pb2.Histogram.STANDARD
        for bucket in histogram.buckets
    ]
    return Numbers(
        stats.mean,
        stats.std_dev,
        stats.min,
        stats.max,
        [bucket.low_value for bucket in buckets]
        + [bucket.high_value for bucket in buckets[-1:]],
        [bucket.sample_count for bucket in buckets],
    )


def _is_text(stats: statistics_pb2.StringStatistics) -> bool:
    # TFDV counts encoded images as texts too, and gives a placeholder for each.
    return stats.unique < stats.common_stats.num_non_missing
