"""An untrained model, exported as the Trainer does."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from components.data_description import DataDescription
from components.trainer.export import export_model
from components.trainer.model import build_model
from components.transform.preprocessing import DESCRIPTION_KEY, preprocessing_fn
from tests.support.fashion import DESCRIPTION, SCHEMA


@dataclass(frozen=True)
class ExportedModel:
    """A Keras model and the folder of the SavedModel that was exported of it."""

    keras_model: keras.Model
    folder: str


def export_untrained_model(
    folder: Path,
    description: DataDescription = DESCRIPTION,
    network: Callable[..., keras.Model] = build_model,
) -> ExportedModel:
    """Builds a model, and exports it with the transform's graph.

    Args:
        folder: Empty folder.
        description: The classes, and the images that the model takes.
        network: Builds the model from the shape of an image and the number of classes.
    """
    keras_model = network(description.image_shape, len(description.class_names))
    exported = str(folder / "model")
    transform = _transform_output(folder, description)
    export_model(keras_model, transform, description, exported)
    return ExportedModel(keras_model, exported)


def _transform_output(
    folder: Path, description: DataDescription
) -> tft.TFTransformOutput:
    output = str(folder / "transform")
    # The features of all sets have the same names and types.
    schema = text_format.Parse(SCHEMA.read_text(), schema_pb2.Schema())
    spec = schema_utils.schema_as_feature_spec(schema).feature_spec
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    preprocess = functools.partial(
        preprocessing_fn, custom_config={DESCRIPTION_KEY: description.model_dump()}
    )
    with tft_beam.Context(temp_dir=str(folder / "beam"), force_tf_compat_v1=False):
        graph = ([], metadata) | tft_beam.AnalyzeDataset(preprocess)
        _ = graph | tft_beam.WriteTransformFn(output)
    metadata_io.write_metadata(metadata, f"{output}/metadata")
    return tft.TFTransformOutput(output)
