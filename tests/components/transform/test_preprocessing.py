import functools

import pytest
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.transform.preprocessing import DESCRIPTION_KEY, preprocessing_fn
from tests.support.fashion import DESCRIPTION


@pytest.mark.parametrize("resize", ["none", "letterbox"])
def test_no_example_has_to_be_read_to_make_the_graph(resize):
    description = DESCRIPTION.model_copy(update={"resize": resize})
    function = functools.partial(
        preprocessing_fn, custom_config={DESCRIPTION_KEY: description.model_dump()}
    )
    specs = {
        features.IMAGE: tf.TensorSpec([None, 1], tf.string),
        features.LABEL: tf.TensorSpec([None, 1], tf.int64),
    }
    assert list(tft.get_analyze_input_columns(function, specs)) == []
