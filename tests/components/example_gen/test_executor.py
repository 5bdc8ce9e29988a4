import json

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import standard_artifacts

from components import features
from components.data_description import DataDescription
from components.errors import InputError
from components.example_gen.executor import Executor
from components.parameters import DataParameters
from components.progress import listen_to_progress
from pipeline.beam import DIRECT_ARGS
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)
from tests.support.fashion import CLASS_NAMES, DESCRIPTION, IMAGE_SHAPE


@pytest.fixture
def generate(tmp_path):
    def generate_examples(dataset, **values):
        artifact = standard_artifacts.Examples()
        artifact.uri = str(tmp_path / "examples")
        context = BaseBeamExecutor.Context(
            beam_pipeline_args=list(DIRECT_ARGS),
            tmp_dir=str(tmp_path),
            unique_id="1",
        )
        parameters = DataParameters(
            dataset=dataset, data_dir=tmp_path / "data", resize="none", **values
        )
        Executor(context).Do(
            {}, {"examples": [artifact]}, DataParameters.values_in(parameters)
        )
        return artifact

    return generate_examples


def _read(artifact, split):
    files = tf.io.gfile.glob(f"{artifact.uri}/Split-{split}/*")
    records = tf.data.TFRecordDataset(files, compression_type="GZIP")
    return [
        tf.train.Example.FromString(record).features.feature
        for record in records.as_numpy_iterator()
    ]


def test_every_example_of_every_split_is_written(generate):
    artifact = generate("tiny_fashion:1.0.0")
    assert json.loads(artifact.split_names) == ["train", "test"]
    assert len(_read(artifact, "train")) == 200
    assert len(_read(artifact, "test")) == 50


def test_it_says_how_many_images_are_written(generate):
    told = []
    with listen_to_progress(lambda *each: told.append(each)):
        generate("tiny_fashion:1.0.0")
    written = [each for each in told if each[0] == "writing examples"]
    assert written[0] == ("writing examples", 0, 250)
    assert written[-1] == ("writing examples", 250, 250)


def test_an_example_holds_the_image_and_what_can_be_seen_of_it(generate):
    example = _read(generate("tiny_fashion:1.0.0"), "test")[0]
    pixels = tf.io.decode_image(example[features.IMAGE].bytes_list.value[0])
    scaled = pixels.numpy() / 255
    label = example[features.LABEL].int64_list.value[0]
    assert (
        example[features.CLASS_NAME].bytes_list.value[0].decode()
        == (CLASS_NAMES[label])
    )
    assert pixels.shape == IMAGE_SHAPE
    for key, expected in zip(
        (features.HEIGHT, features.WIDTH, features.CHANNELS),
        IMAGE_SHAPE,
        strict=True,
    ):
        assert example[key].int64_list.value[0] == expected
    assert example[features.BRIGHTNESS].float_list.value[0] == pytest.approx(
        scaled.mean(), abs=1e-5
    )
    assert example[features.CONTRAST].float_list.value[0] == pytest.approx(
        scaled.std(), abs=1e-5
    )


def test_the_number_of_examples_can_be_limited(generate):
    artifact = generate("tiny_fashion:1.0.0", max_examples=20)
    assert len(_read(artifact, "train")) == 20


def test_a_limit_may_exceed_the_smaller_split(generate):
    artifact = generate("tiny_fashion:1.0.0", max_examples=100)
    assert len(_read(artifact, "train")) == 100
    assert len(_read(artifact, "test")) == 50


def test_the_set_is_described_beside_its_examples(generate):
    artifact = generate("tiny_fashion:1.0.0")
    assert DataDescription.read(artifact.uri) == DESCRIPTION.model_copy(
        update={"name": "tiny_fashion", "version": "1.0.0"}
    )


def test_the_source_is_recorded_on_the_artifact(generate):
    artifact = generate("tiny_fashion:1.0.0")
    assert artifact.get_string_custom_property("dataset_name") == "tiny_fashion"
    assert artifact.get_string_custom_property("dataset_version") == "1.0.0"
    assert artifact.get_string_custom_property("dataset_checksums") == "{}"


def test_a_set_that_is_not_for_image_classification_is_refused(generate):
    with pytest.raises(InputError, match="must have an image and a label"):
        generate("unlabelled_fashion:1.0.0")


def test_a_set_in_files_of_another_kind_is_refused(generate, tmp_path):
    builder = tfds.builder("tiny_fashion:1.0.0", data_dir=tmp_path / "data")
    builder.download_and_prepare()
    info = tmp_path / "data" / "tiny_fashion" / "1.0.0" / "dataset_info.json"
    info.write_text(info.read_text().replace('"tfrecord"', '"array_record"'))
    with pytest.raises(InputError, match="must be in tfrecord files"):
        generate("tiny_fashion:1.0.0")
