import io
import json
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner
from PIL import Image

from pipeline.commands.predict import predict
from pipeline.metadata.connection import open_store
from tests.support.fashion import CLASS_NAMES
from tests.support.metadata_store import write_examples
from tests.support.servers.tf_serving import tf_serving_stand_in

DISCS = ("blue", "green", "red")
SIZES = {"fashion_mnist": (28, 28), "discs": (50, 30)}
MODES = {"fashion_mnist": "L", "discs": "RGB"}
NAMES = {"fashion_mnist": CLASS_NAMES, "discs": DISCS}


def write_test_images(folder, pipeline):
    """Writes a test split with an image of each class."""
    path = folder / "Split-test" / "images.gz"
    path.parent.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for number, name in enumerate(NAMES[pipeline] * 3):
            file = io.BytesIO()
            Image.new(MODES[pipeline], SIZES[pipeline], number).save(file, "PNG")
            example = tf.train.Example()
            feature = example.features.feature
            feature["image"].bytes_list.value.append(file.getvalue())
            feature["class_name"].bytes_list.value.append(name.encode())
            writer.write(example.SerializeToString())


@pytest.fixture(scope="module")
def output(tmp_path_factory, exported, resizing):
    """Output folder with a run of Fashion-MNIST, and a newer one of discs."""
    output = tmp_path_factory.mktemp("two pipelines") / "output"
    output.mkdir()
    store = open_store(str(output / "metadata.sqlite"))
    for run_id, (pipeline, model) in enumerate(
        (("fashion_mnist", exported), ("discs", resizing))
    ):
        served = output / "serving" / pipeline / "1"
        served.parent.mkdir(parents=True)
        served.symlink_to(model.folder)
        examples = output / "examples" / pipeline
        write_test_images(examples, pipeline)
        write_examples(store, pipeline, str(run_id), str(examples))
    return output


def ask(output, *options):
    arguments = [*map(str, options), "--output", str(output), "--format", "json"]
    result = CliRunner().invoke(predict, arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_without_a_pushed_model_it_says_what_to_do(tmp_path):
    result = CliRunner().invoke(predict, ["--output", str(tmp_path / "absent")])
    assert result.exit_code == 1
    assert "run the pipeline first" in result.output
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--index", "-1"],
        ["--signature", "classify"],
        ["--model-version", "newest"],
        ["--timeout", "0"],
        ["--image", "absent.png"],
    ],
)
def test_a_wrong_option_is_refused(options, tmp_path):
    result = CliRunner().invoke(predict, [*options, "--output", str(tmp_path)])
    assert result.exit_code == 2


def classes_of(rows):
    return {name for row in rows for name in row["probabilities"]}


def test_the_model_and_the_test_images_are_the_newest_run_s(output):
    rows, _ = ask(output)
    assert [row["image"] for row in rows] == ["test image 0", "test image 5"]
    assert [row["true_class_name"] for row in rows] == ["blue", "red"]
    assert classes_of(rows) == {*DISCS}


@pytest.mark.parametrize(
    "options",
    [
        ["--dataset", "fashion_mnist"],
        ["--pipeline-name", "fashion_mnist"],
        ["--images", "elsewhere/Fashion MNIST.csv"],
        ["--config", "{settings}"],
    ],
    ids=lambda options: options[0],
)
def test_another_set_or_pipeline_can_be_named(output, tmp_path, options):
    settings = tmp_path / "settings.yaml"
    settings.write_text("dataset: fashion_mnist:3.0.1\nepochs: 3\n")
    rows, _ = ask(output, *(each.format(settings=settings) for each in options))
    assert classes_of(rows) == {*CLASS_NAMES}
    assert rows[0]["true_class_name"] == CLASS_NAMES[0]


def test_a_server_is_asked_for_the_newest_run_s_model(output, resizing):
    with tf_serving_stand_in(resizing.folder, "discs", 1) as server:
        rows, _ = ask(output, "--server", server.grpc, "--index", 7)
    assert rows[0]["true_class_name"] == "green"
    assert classes_of(rows) == {*DISCS}


@pytest.mark.parametrize("signature", ["predict_png", "predict_images"])
def test_files_of_any_size_are_sent_as_they_are_to_a_model_that_resizes(
    output, tmp_path, signature
):
    files = []
    for name, size in (("a.png", (90, 40)), ("b.webp", (8, 8)), ("c.gif", (30, 30))):
        Image.new("RGB", size, "red").save(tmp_path / name)
        files += ["--image", tmp_path / name]
    rows, notes = ask(output, "--signature", signature, *files)
    assert [row["image"] for row in rows] == ["a.png", "b.webp", "c.gif"]
    assert notes == ""
    assert classes_of(rows) == {*DISCS}


def test_without_runs_a_server_is_asked_for_fashion_mnist(exported, tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "bag.png")
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as server:
        image = tmp_path / "bag.png"
        rows, _ = ask(tmp_path, "--server", server.rest, "--image", image)
    assert classes_of(rows) == {*CLASS_NAMES}


def test_the_picture_and_the_table_are_for_people(output):
    result = CliRunner().invoke(predict, ["--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "next guess" in result.stdout
    assert Path(output, "pictures", "predictions.png").exists()


def test_an_image_file_is_sent_to_a_server(exported, tmp_path):
    Image.new("RGB", (64, 48), "white").save(tmp_path / "bag.jpg")
    output = tmp_path / "output"
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as server:
        for address in (server.rest, server.grpc):
            result = CliRunner().invoke(
                predict,
                [
                    *("--server", address, "--image", str(tmp_path / "bag.jpg")),
                    *("--output", str(output), "--format", "json"),
                ],
            )
            assert result.exit_code == 0, result.output
            assert "bag.jpg was converted from RGB 64x48 to L 28x28" in result.stderr
            (row,) = json.loads(result.stdout)
            assert row["image"] == "bag.jpg"
            assert sum(row["probabilities"].values()) == pytest.approx(1)
            assert row["probabilities"][row["class_name"]] == row["probability"]
            assert row["true_class_name"] is None
    assert not output.exists()


def test_a_server_that_is_down_ends_with_a_sentence(tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "bag.png")
    result = CliRunner().invoke(
        predict,
        ["--server", "http://127.0.0.1:1", "--image", str(tmp_path / "bag.png")],
    )
    assert result.exit_code == 1
    assert result.output == (
        "Error: No server answers at http://127.0.0.1:1; start TensorFlow Serving, "
        "or name another --server.\n"
    )
