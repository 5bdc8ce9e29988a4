import threading
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet
import tensorflow as tf

from components import features
from components.processors import count_pieces
from pipeline.scoring import image_calls
from pipeline.scoring.image_calls import CALL_IMAGES
from pipeline.scoring.image_shards import Shard
from pipeline.scoring.shard_scorer import Scoring, ShardScorer
from pipeline.serving.labelled_images import encode_pixels
from tests.support.fashion import DESCRIPTION

IMAGES_IN_CALL = 4
# Seconds after which calls that wait for each other fail.
PATIENCE = 30


def write_records(path, count):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(count):
            pixels = np.full((28, 28), number, np.uint8)
            example = tf.train.Example()
            image = encode_pixels(pixels, "").encoded
            example.features.feature[features.IMAGE].bytes_list.value.append(image)
            writer.write(example.SerializeToString())


def test_a_call_more_than_cores_is_in_hand_and_the_rows_keep_their_order(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(image_calls, "CALL_IMAGES", IMAGES_IN_CALL)
    in_hand = count_pieces(CALL_IMAGES) + 1
    count = 2 * in_hand * IMAGES_IN_CALL
    write_records(tmp_path / "images.tfrecord", count)
    # It lets nobody pass until that many wait.
    together = threading.Barrier(in_hand, timeout=PATIENCE)

    def predict(_, pixels):
        together.wait()
        probabilities = np.zeros((len(pixels), len(DESCRIPTION.class_names)))
        names = np.array([b"%d" % image[0, 0] for image in pixels], object)
        return np.zeros(len(pixels)), names, probabilities

    model = SimpleNamespace(client=SimpleNamespace(predict_arrays=predict))
    scorer = ShardScorer(Scoring("", DESCRIPTION, "1", "no", str(tmp_path)))
    shard = Shard(0, records=str(tmp_path / "images.tfrecord"))
    (part,) = scorer.run_inference([shard], model)
    rows = pyarrow.parquet.read_table(part)
    assert rows["class"].to_pylist() == [str(number) for number in range(count)]
