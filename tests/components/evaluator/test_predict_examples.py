import pytest
import tensorflow as tf

from components import features
from components.evaluator.example_predictions import (
    PREDICTIONS_FILE,
    ExamplePredictions,
)
from components.evaluator.predict_examples import predict_examples
from tests.support.fashion import CLASS_NAMES, DESCRIPTION

COUNT = 30
CLASSES = len(CLASS_NAMES)


class Stub(tf.Module):
    """Takes each third image for the next class, surer the larger its label is."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def predict(self, examples):
        spec = {features.LABEL: tf.io.FixedLenFeature([], tf.int64)}
        label = tf.io.parse_example(examples, spec)[features.LABEL]
        place = tf.range(tf.size(label, tf.int64), dtype=tf.int64)
        answer = tf.where(place % 3 == 0, (label + 1) % CLASSES, label)
        sure = 0.5 + tf.cast(label, tf.float32) / 100
        return {
            "class_name": tf.gather(tf.constant(CLASS_NAMES), answer),
            "probabilities": tf.one_hot(answer, CLASSES) * sure[:, None],
        }


class Limited(tf.Module):
    """Refuses more images in one call than a limit; takes each tenth class wrong."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def predict(self, examples):
        spec = {features.LABEL: tf.io.FixedLenFeature([], tf.int64)}
        tf.debugging.assert_less_equal(tf.size(examples), self.limit)
        label = tf.io.parse_example(examples, spec)[features.LABEL]
        answer = label % (CLASSES - 1)
        return {
            "class_name": tf.gather(tf.constant(CLASS_NAMES), answer),
            "probabilities": tf.one_hot(answer, CLASSES),
        }


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    return write_split(tmp_path_factory.mktemp("split"), COUNT)


def write_split(folder, count):
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with tf.io.TFRecordWriter(str(folder / "examples.gz"), options) as writer:
        for index in range(count):
            name = CLASS_NAMES[index % CLASSES].encode()
            values = {
                features.IMAGE: tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[b"image %d" % index])
                ),
                features.LABEL: tf.train.Feature(
                    int64_list=tf.train.Int64List(value=[index % CLASSES])
                ),
                features.CLASS_NAME: tf.train.Feature(
                    bytes_list=tf.train.BytesList(value=[name])
                ),
            }
            example = tf.train.Example(features=tf.train.Features(feature=values))
            writer.write(example.SerializeToString())
    return str(folder)


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    stub, folder = Stub(), str(tmp_path_factory.mktemp("model"))
    tf.saved_model.save(stub, folder, signatures={"serving_default": stub.predict})
    return folder


@pytest.mark.parametrize(
    ("shape", "limit"),
    [((28, 28, 1), 100), ((512, 512, 3), 5), ((4096, 4096, 3), 1)],
    ids=str,
)
def test_the_larger_the_images_the_fewer_are_in_a_call(tmp_path, shape, limit):
    height, width, channels = shape
    description = DESCRIPTION.model_copy(
        update={"height": height, "width": width, "channels": channels}
    )
    (tmp_path / "split").mkdir()
    split = write_split(tmp_path / "split", 250)
    model_dir = str(tmp_path / "model")
    model = Limited(limit)
    tf.saved_model.save(model, model_dir, signatures={"serving_default": model.predict})
    predictions = predict_examples(model_dir, split, [0, 249], description)
    assert predictions.examined == 250
    assert [each.index for each in predictions.chosen] == [0, 249]
    # The surest first; among the same, in the order of the split.
    assert [each.index for each in predictions.wrong] == list(range(9, 100, 10))


def test_what_is_shown_is_chosen_the_same_way_each_time(model_dir, split, tmp_path):
    predictions = predict_examples(model_dir, split, [4, 0, COUNT], DESCRIPTION)
    assert predictions.examined == COUNT
    # In the order asked for; one past the end is left out.
    assert [each.index for each in predictions.chosen] == [4, 0]
    assert [each.right for each in predictions.chosen] == [True, False]
    assert predictions.chosen[0].image == b"image 4"
    # The first three of each class that aren't shown already, by class.
    assert [each.index for each in predictions.right] == [
        *(10, 20, 1, 11, 2, 22, 13, 23, 14, 5, 25, 16, 26, 7, 17, 8, 28, 19, 29),
    ]
    # Every third image is taken for the next class: one of each pair is among 30.
    pairs = [(each.true_class_name, each.class_name) for each in predictions.mistakes]
    assert len(set(pairs)) == len(pairs) == CLASSES
    # Confidences from 0.50 to 0.59; a third is wrong.
    (each,) = predictions.reliability
    assert each.count == COUNT
    assert each.confidence == pytest.approx(0.545)
    assert each.accuracy == pytest.approx(2 / 3)
    assert not any(each.right for each in predictions.wrong)
    sure = [each.probability for each in predictions.wrong]
    assert sure == sorted(sure, reverse=True)
    assert predictions.wrong[0].true_class_name == CLASS_NAMES[-1]
    (tmp_path / PREDICTIONS_FILE).write_text(predictions.model_dump_json())
    assert ExamplePredictions.read(str(tmp_path)) == predictions
    assert predict_examples(model_dir, split, [4, 0, COUNT], DESCRIPTION) == predictions
