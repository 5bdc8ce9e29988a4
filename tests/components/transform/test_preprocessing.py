import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.transform.preprocessing import preprocessing_fn


def test_no_example_has_to_be_read_to_make_the_graph():
    specs = {
        features.IMAGE: tf.TensorSpec([None, 1], tf.string),
        features.LABEL: tf.TensorSpec([None, 1], tf.int64),
    }
    assert list(tft.get_analyze_input_columns(preprocessing_fn, specs)) == []
