"""Classifies some of the test images, for people to look at."""

import base64
from collections.abc import Sequence

import tensorflow as tf

from components import features
from components.evaluator.example_predictions import (
    ExamplePrediction,
    ExamplePredictions,
)
from components.tfrecords import read_records

# Enough to find the kinds of mistakes, and so few that a large set takes no longer.
_EXAMINED = 1000
_WRONG = 10


def predict_examples(
    model_dir: str, split_uri: str, indices: Sequence[int]
) -> ExamplePredictions:
    """Classifies the first images of a split and chooses which ones to show.

    Args:
        model_dir: Folder of the SavedModel.
        split_uri: Folder of the split's gzipped TFRecord files.
        indices: Places of images to show in any case; those that the split's first
            images don't have are left out.

    Returns:
        The predictions, the same each time.
    """
    files = tf.io.gfile.glob(f"{split_uri}/*")
    records = list(read_records(files).take(_EXAMINED).as_numpy_iterator())
    model = tf.saved_model.load(model_dir)
    answers = model.signatures["serving_default"](examples=tf.constant(records))
    predictions = [
        _prediction(index, record, name.decode(), probabilities.tolist())
        for index, (record, name, probabilities) in enumerate(
            zip(
                records,
                answers["class_name"].numpy(),
                answers["probabilities"].numpy(),
                strict=True,
            )
        )
    ]
    first_right: dict[str, ExamplePrediction] = {}
    for prediction in predictions:
        if prediction.right and prediction.index not in indices:
            first_right.setdefault(prediction.class_name, prediction)
    wrong = [each for each in predictions if not each.right]
    wrong.sort(key=lambda each: (-each.probability, each.index))
    return ExamplePredictions(
        examined=len(predictions),
        chosen=[predictions[index] for index in indices if index < len(predictions)],
        right=[
            first_right[name] for name in features.CLASS_NAMES if name in first_right
        ],
        wrong=wrong[:_WRONG],
    )


def _prediction(
    index: int, record: bytes, class_name: str, probabilities: list[float]
) -> ExamplePrediction:
    feature = tf.train.Example.FromString(record).features.feature
    return ExamplePrediction(
        index=index,
        image=base64.b64encode(feature[features.IMAGE].bytes_list.value[0]),
        true_class_name=feature[features.CLASS_NAME].bytes_list.value[0].decode(),
        class_name=class_name,
        probabilities=tuple(round(each, 6) for each in probabilities),
    )
