import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from components.served_model.signatures import INPUT_NAMES
from components.trainer.warmup import WARMUP_FILE


def test_the_model_answers_every_warmup_request(exported):
    model = tf.saved_model.load(exported.folder)
    records = tf.data.TFRecordDataset(f"{exported.folder}/{WARMUP_FILE}")
    warmed = set()
    for record in records.as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(value))
            for name, value in request.inputs.items()
        }
        (size,) = {value.shape[0] for value in inputs.values()}
        answers = model.signatures[request.model_spec.signature_name](**inputs)
        assert answers["probabilities"].shape == (size, 10)
        warmed.add((request.model_spec.signature_name, size))
    assert warmed == {(name, size) for name in INPUT_NAMES for size in (1, 32)}
