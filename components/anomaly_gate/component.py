"""Stops the run if ExampleValidator found anomalies.

TFX's validator only records anomalies, and the run continues. This node fails if there
are any, so that no model is trained on wrong data.
"""

import os

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base import base_node
from tfx.dsl.io import fileio
from tfx.types import artifact, artifact_utils, channel, standard_artifacts

from components.code_digest import code_digest
from components.errors import InputError
from components.internals import ANOMALIES_FILE


class DataBlessing(artifact.Artifact):
    """Says that every split of the examples agrees with the schema."""

    TYPE_NAME = "DataBlessing"
    PROPERTIES = {
        "split_names": artifact.Property(type=artifact.PropertyType.STRING),
    }


@component
def AnomalyGate(
    code_digest: Parameter[str],
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    blessing: OutputArtifact[DataBlessing],
) -> None:
    """Blesses the data, or fails and says what is wrong with it.

    Args:
        code_digest: Digest of this package.
        anomalies: What ExampleValidator found, with a file for each split.
        blessing: Written only when there are no anomalies.

    Raises:
        InputError: If any split has an anomaly.
    """
    found = [
        description
        for split in artifact_utils.decode_split_names(anomalies.split_names)
        for description in describe_anomalies(
            split,
            _read_anomalies(artifact_utils.get_split_uri([anomalies], split)),
        )
    ]
    if found:
        lines = "\n".join(f"- {each}" for each in found)
        raise InputError(
            f"The examples disagree with the schema, so nothing is trained:\n{lines}\n"
            f"Correct the data, or the schema if the data is right."
        )
    fileio.makedirs(blessing.uri)
    blessing.split_names = anomalies.split_names


def describe_anomalies(split: str, anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """Describes each anomaly with its split and feature.

    Args:
        split: Name of the split.
        anomalies: What the validator found in the split.

    Returns:
        A description for each anomaly, by feature name; empty if there is none.
    """
    descriptions = [
        f"split {split!r}, feature {name!r}: {_join(info.reason) or info.description}"
        for name, info in sorted(anomalies.anomaly_info.items())
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        info = anomalies.dataset_anomaly_info
        descriptions.append(
            f"split {split!r}, all features: {_join(info.reason) or info.description}"
        )
    return descriptions


def create_anomaly_gate(anomalies: channel.BaseChannel) -> base_node.BaseNode:
    """Creates the node that checks an ExampleValidator's anomalies."""
    return AnomalyGate(anomalies=anomalies, code_digest=code_digest(__package__))


def _join(reasons: list[anomalies_pb2.AnomalyInfo.Reason]) -> str:
    return ", ".join(reason.description.rstrip(". ") for reason in reasons)


def _read_anomalies(split_uri: str) -> anomalies_pb2.Anomalies:
    with fileio.open(os.path.join(split_uri, ANOMALIES_FILE), "rb") as file:
        return anomalies_pb2.Anomalies.FromString(file.read())
