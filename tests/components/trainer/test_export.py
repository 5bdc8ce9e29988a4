import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

from components import features
from components.schema.component import load_schema
from components.trainer.export import export_model
from components.trainer.model import build_model
from components.transform.preprocessing import preprocessing_fn

SIGNATURES = ("serving_default", "predict_images", "predict_png")


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(1).integers(0, 256, (1000, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def transform(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("transform"))
    spec = schema_utils.schema_as_feature_spec(load_schema()).feature_spec
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    with tft_beam.Context(
        temp_dir=str(tmp_path_factory.mktemp("beam")), force_tf_compat_v1=False
    ):
        graph = ([], metadata) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = graph | tft_beam.WriteTransformFn(folder)
    metadata_io.write_metadata(metadata, f"{folder}/metadata")
    return tft.TFTransformOutput(folder)


@pytest.fixture(scope="module")
def exported(transform, tmp_path_factory):
    model = build_model(0.001)
    folder = str(tmp_path_factory.mktemp("model"))
    export_model(model, transform, folder)
    return model, tf.saved_model.load(folder).signatures


def _request(signature, pixels):
    png = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in pixels]
    if signature == "predict_images":
        return {"images": tf.constant(pixels)}
    if signature == "predict_png":
        return {"png": tf.constant(png)}
    examples = []
    for encoded in png:
        example = tf.train.Example()
        example.features.feature[features.IMAGE].bytes_list.value.append(encoded)
        examples.append(example.SerializeToString())
    return {"examples": tf.constant(examples)}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_every_signature_gives_the_models_own_probabilities(
    exported, pixels, signature
):
    model, signatures = exported
    expected = model(pixels[..., np.newaxis].astype("float32") / 255).numpy()
    answers = signatures[signature](**_request(signature, pixels))
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-5)
    np.testing.assert_array_equal(answers["class_id"], expected.argmax(axis=1))
    assert [name.decode() for name in answers["class_name"].numpy()] == [
        features.CLASS_NAMES[index] for index in expected.argmax(axis=1)
    ]


def test_a_png_of_another_size_is_refused(exported):
    _, signatures = exported
    large = tf.io.encode_png(np.zeros((32, 32, 1), np.uint8))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"\[32,32,1\].*\[28,28,1\]"
    ):
        signatures["predict_png"](png=large[tf.newaxis])
