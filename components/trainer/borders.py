"""Measures the backgrounds of the images on which a model is trained."""

import tensorflow as tf

from components import features
from components.data_description import DataDescription
from components.served_model.background import Background, measure_border
from components.tfrecords import read_records
from components.transform.decoding import decode_image

# Enough to know what nearly all have. Large photos take some 0.1 s each.
_MEASURED = 300


def measure_background(
    split_uri: str, description: DataDescription
) -> Background | None:
    """Measures the borders of the first images of a split, before they are resized.

    Args:
        split_uri: Folder of the split's gzipped TFRecord files. Their order is mixed.
        description: The classes, and the images that the network takes.

    Returns:
        How dark or bright the backgrounds are; None if the network takes colours. The
        negative of a colour is another colour, so such an image isn't to be inverted.
    """
    if description.channels != 1:
        return None
    files = tf.io.gfile.glob(f"{split_uri}/*")
    if not files:
        return None
    images = read_records(files).take(_MEASURED).map(_decode).as_numpy_iterator()
    borders = [measure_border(pixels) for pixels in images]
    return Background.of_borders([each for each in borders if each is not None])


@tf.autograph.experimental.do_not_convert
def _decode(record: tf.Tensor) -> tf.Tensor:
    spec = {features.IMAGE: tf.io.FixedLenFeature([], tf.string)}
    example = tf.io.parse_single_example(record, spec)
    return decode_image(example[features.IMAGE], channels=1)
