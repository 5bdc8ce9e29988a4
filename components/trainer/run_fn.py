"""Connects TFX's Trainer with the training code."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs
from tfx.dsl.io import fileio

from components import features
from components.data_description import DataDescription
from components.parameters import TrainingParameters
from components.precision import check_precision
from components.processors import list_accelerators
from components.trainer import training
from components.trainer.data import Pair, make_batches
from components.trainer.export import export_model

HISTORY_FILE = "history.json"
PARAMETERS, DESCRIPTION = "parameters", "data_description"
VALIDATION_SPLIT = "validation_split"
"""Keys of the custom configuration."""


def run_fn(fn_args: FnArgs) -> None:
    """Trains on the train split, and exports the model.

    Args:
        fn_args: Arguments that TFX passes. `eval_files` are those of the split on which
            each epoch is evaluated. `custom_config` holds the values of
            `TrainingParameters`, the data's description and the name of that split.
    """
    parameters = TrainingParameters.model_validate(fn_args.custom_config[PARAMETERS])
    description = DataDescription.model_validate(fn_args.custom_config[DESCRIPTION])
    check_precision(parameters.precision, bool(list_accelerators()))
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    to_pairs = _make_to_pairs(transform)
    keras.utils.set_random_seed(parameters.seed)
    with tempfile.TemporaryDirectory(dir=_local_dir(fn_args.model_run_dir)) as scratch:
        model, history = training.train(
            make_batches(
                _files(fn_args.train_files),
                to_pairs,
                description.image_shape,
                parameters.batch_size,
                Path(scratch, "train"),
                shuffle_seed=parameters.seed,
            ),
            make_batches(
                _files(fn_args.eval_files),
                to_pairs,
                description.image_shape,
                parameters.batch_size,
                Path(scratch, "validation"),
            ),
            description,
            parameters,
            fn_args.model_run_dir,
            validation_split=fn_args.custom_config[VALIDATION_SPLIT],
        )
    with fileio.open(os.path.join(fn_args.model_run_dir, HISTORY_FILE), "w") as file:
        file.write(json.dumps(history))
    export_model(model, transform, description, fn_args.serving_model_dir)


def _local_dir(uri: str) -> str | None:
    """Returns a local folder as it is, and None for one in an object store."""
    return None if "://" in uri else uri


def _files(patterns: list[str]) -> list[str]:
    return [name for pattern in patterns for name in tf.io.gfile.glob(pattern)]


def _make_to_pairs(
    transform: tft.TFTransformOutput,
) -> Callable[[tf.Tensor], Pair]:
    layer = transform.transform_features_layer()
    spec = {
        key: transform.raw_feature_spec()[key]
        for key in (features.IMAGE, features.LABEL)
    }

    # AutoGraph would find nothing to convert, and searching Transform takes a second.
    @tf.autograph.experimental.do_not_convert
    def to_pairs(serialized: tf.Tensor) -> Pair:
        transformed = layer(tf.io.parse_example(serialized, spec))
        return (
            transformed[features.transformed_name(features.IMAGE)],
            transformed[features.transformed_name(features.LABEL)],
        )

    return to_pairs
