"""An untrained model, exported as the Trainer does."""

from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from components.schema.component import load_schema
from components.trainer.export import export_model
from components.trainer.model import build_model
from components.transform.preprocessing import preprocessing_fn


@dataclass(frozen=True)
class ExportedModel:
    """A Keras model and the folder of the SavedModel that was exported of it."""

    keras_model: keras.Model
    folder: str


def export_untrained_model(folder: Path) -> ExportedModel:
    """Builds a model, and exports it with the transform's graph.

    Args:
        folder: Empty folder.
    """
    keras_model = build_model(0.001)
    exported = str(folder / "model")
    export_model(keras_model, _transform_output(folder), exported)
    return ExportedModel(keras_model, exported)


def _transform_output(folder: Path) -> tft.TFTransformOutput:
    output = str(folder / "transform")
    spec = schema_utils.schema_as_feature_spec(load_schema()).feature_spec
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    with tft_beam.Context(temp_dir=str(folder / "beam"), force_tf_compat_v1=False):
        graph = ([], metadata) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = graph | tft_beam.WriteTransformFn(output)
    metadata_io.write_metadata(metadata, f"{output}/metadata")
    return tft.TFTransformOutput(output)
