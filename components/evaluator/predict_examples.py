"""Selects predictions on test images for people to look at."""

import base64
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.evaluator.batches import CALL_IMAGES
from components.evaluator.example_predictions import (
    ExamplePrediction,
    ExamplePredictions,
    ReliabilityBin,
)
from components.evaluator.judged_model import load_judged_model
from components.served_model.call_size import call_size
from components.served_model.signatures import SERVING_DEFAULT
from components.tfrecords import read_records

# Enough images to find typical mistakes, and few enough for a short run.
_EXAMINED = 1000
_WRONG = 10
# Right predictions of each class, and wrong ones of each pair of classes. With many
# classes there are fewer, so that a page stays small.
_OF_CLASS, _OF_PAIR = 3, 2
_MOST = 100
_BINS = 10


def predict_examples(
    model_dir: str,
    split_uri: str,
    indices: Sequence[int],
    description: DataDescription,
) -> ExamplePredictions:
    """Classifies the first images of a split, and selects those to show.

    Args:
        model_dir: Folder of the SavedModel.
        split_uri: Folder of the split's gzipped TFRecord files.
        indices: Indices of images to show in any case, from 0. Indices past the
            examined images are ignored.
        description: The classes, and the images that the network takes.

    Returns:
        The predictions. They are the same in every call.
    """
    chosen: dict[int, ExamplePrediction] = {}
    classes = len(description.class_names)
    right = _FirstOfEach(min(_OF_CLASS, max(1, _MOST // classes)))
    mistakes = _FirstOfEach(_OF_PAIR)
    wrong: list[ExamplePrediction] = []
    reliability = np.zeros((_BINS, 3))
    examined = 0
    # Keeps only what is shown, because a thousand images may need much memory.
    for prediction in _predictions(model_dir, split_uri, description):
        examined += 1
        if prediction.index in indices:
            chosen[prediction.index] = prediction
        elif prediction.right:
            right.add(prediction)
        confidence = min(prediction.probability, 1.0)
        place = min(int(confidence * _BINS), _BINS - 1)
        reliability[place] += 1, confidence, prediction.right
        if not prediction.right:
            mistakes.add(prediction)
            wrong.append(prediction)
            wrong.sort(key=lambda each: (-each.probability, each.index))
            del wrong[_WRONG:]
    return ExamplePredictions(
        examined=examined,
        chosen=[chosen[index] for index in indices if index in chosen],
        right=[
            each
            for name in description.class_names
            for each in right.by_pair.get((name, name), ())
        ],
        wrong=wrong,
        mistakes=[each for pair in mistakes.by_pair.values() for each in pair][:_MOST],
        reliability=[
            ReliabilityBin(
                count=int(count),
                confidence=round(confidence / count, 6),
                accuracy=round(hits / count, 6),
            )
            for count, confidence, hits in reliability.tolist()
            if count
        ],
    )


class _FirstOfEach:
    """Keeps the first predictions of each pair of true and predicted class."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.by_pair: dict[tuple[str, str], list[ExamplePrediction]] = {}

    def add(self, prediction: ExamplePrediction) -> None:
        pair = prediction.true_class_name, prediction.class_name
        kept = self.by_pair.setdefault(pair, [])
        if len(kept) < self._most:
            kept.append(prediction)


def _predictions(
    model_dir: str, split_uri: str, description: DataDescription
) -> Iterator[ExamplePrediction]:
    """Classifies the examined images, in calls of limited memory."""
    size = call_size(description, CALL_IMAGES)
    model = load_judged_model(model_dir, size)
    predict = model.signatures[SERVING_DEFAULT]
    files = tf.io.gfile.glob(f"{split_uri}/*")
    records = read_records(files).take(_EXAMINED)
    index = 0
    for batch in records.batch(size).as_numpy_iterator():
        answers = predict(tf.constant(batch))
        for record, name, probabilities in zip(
            batch,
            answers["class_name"].numpy(),
            answers["probabilities"].numpy(),
            strict=True,
        ):
            yield _prediction(index, record, name.decode(), probabilities.tolist())
            index += 1


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
