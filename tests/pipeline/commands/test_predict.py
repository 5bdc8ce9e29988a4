import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from PIL import ExifTags, Image, ImageOps

from components.served_model.background import Background
from components.served_model.model_lineage import ModelLineage
from pipeline.commands.predict import predict
from pipeline.exit_codes import INCOMPLETE
from pipeline.metadata.connection import open_store
from pipeline.serving.labelled_images import LabelledImage
from tests.support.fashion import CLASS_NAMES, DESCRIPTION
from tests.support.metadata_store import write_examples, write_model
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
        trained = output / "trained" / pipeline / "Format-Serving"
        trained.parent.mkdir(parents=True)
        trained.symlink_to(model.folder)
        write_model(store, pipeline, str(run_id), str(trained.parent))
    write_examples(store, "discs", "untrained", str(examples))
    return output


def ask(output, *options, code=0):
    arguments = [*map(str, options), "--output", str(output), "--format", "json"]
    result = CliRunner().invoke(predict, arguments)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


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
    rows = ask(output)
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
    rows = ask(output, *(each.format(settings=settings) for each in options))
    assert classes_of(rows) == {*CLASS_NAMES}
    assert rows[0]["true_class_name"] == CLASS_NAMES[0]


def test_a_server_is_asked_for_the_newest_run_s_model(output, resizing):
    with tf_serving_stand_in(resizing.folder, "discs", 1) as server:
        rows = ask(output, "--server", server.grpc, "--index", 7)
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
    rows = ask(output, "--signature", signature, *files)
    assert [row["image"] for row in rows] == ["a.png", "b.webp", "c.gif"]
    # A model without lineage doesn't say to which size it resizes.
    assert [row["notes"] for row in rows] == [[], [], []]
    assert classes_of(rows) == {*DISCS}


def test_without_runs_a_server_is_asked_for_fashion_mnist(exported, tmp_path):
    Image.new("L", (28, 28)).save(tmp_path / "bag.png")
    with tf_serving_stand_in(exported.folder, "fashion_mnist", 7) as server:
        image = tmp_path / "bag.png"
        rows = ask(tmp_path, "--server", server.rest, "--image", image)
    assert classes_of(rows) == {*CLASS_NAMES}


def test_the_picture_and_the_table_are_for_people(output):
    result = CliRunner().invoke(predict, ["--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "next guess" in result.stdout
    (picture,) = Path(output, "pictures").glob("predictions-*.png")
    before = picture.read_bytes()
    assert str(picture) in result.stdout
    assert CliRunner().invoke(predict, ["--output", str(output)]).exit_code == 0
    assert len(list(picture.parent.iterdir())) == 2
    assert picture.read_bytes() == before


def test_answers_are_printed_though_the_picture_can_not_be_drawn(output, monkeypatch):
    def fail(predictions, folder):
        raise PermissionError("the folder is read-only")

    monkeypatch.setattr("pipeline.serving.predictions.draw_into_new_file", fail)
    result = CliRunner().invoke(predict, ["--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "next guess" in result.stdout
    assert "Picture:" not in result.stdout
    assert "could not be drawn: the folder is read-only" in result.stderr


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
            (row,) = json.loads(result.stdout)
            assert row["notes"] == [
                "colour made grey",
                "resized from 64x48 to 28x28 (letterbox)",
            ]
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


def refused(output, *options, code):
    arguments = [*map(str, options), "--output", str(output)]
    result = CliRunner().invoke(predict, arguments)
    assert result.exit_code == code, result.output
    return result.output.strip().splitlines()[-1]


@pytest.mark.parametrize("named", [["--run", "0"], ["--model", "{exported}"]], ids=str)
def test_any_run_s_or_folder_s_model_can_be_asked(output, exported, tmp_path, named):
    Image.new("L", (28, 28), 9).save(tmp_path / "bag.png")
    options = [each.format(exported=exported.folder) for each in named]
    # Nothing is pushed in this folder.
    (row,) = ask(output, tmp_path / "bag.png", *options)
    assert {*row["probabilities"]} == {*CLASS_NAMES}
    assert row["model_version"] is None


def test_a_run_of_another_store_can_be_asked(output, tmp_path):
    store = shutil.copy(output / "metadata.sqlite", tmp_path / "elsewhere.sqlite")
    Image.new("L", (28, 28), 9).save(tmp_path / "bag.png")
    options = ["--metadata", store, "--run", "0"]
    (row,) = ask(tmp_path / "empty", tmp_path / "bag.png", *options)
    assert {*row["probabilities"]} == {*CLASS_NAMES}


def test_a_run_or_folder_without_a_model_is_named(output):
    line = refused(output, "--run", "untrained", code=1)
    assert "untrained has none; choose another" in line
    line = refused(output, "--run", "nobody", code=1)
    assert "A run must be one that ML Metadata knows; received 'nobody'" in line
    folder = output / "serving" / "discs"
    line = refused(output, "--model", folder, code=1)
    assert f"name one of the versions in it, for example {folder}/1." in line


def test_a_damaged_model_is_named(output, exported, tmp_path):
    model = shutil.copytree(exported.folder, tmp_path / "model")
    (model / "saved_model.pb").write_bytes(b"damaged")
    line = refused(output, "--model", model, code=1)
    assert f"{model} is damaged or of another kind" in line


def test_a_model_without_a_record_of_its_images_asks_for_files(output, exported):
    line = refused(output, "--model", exported.folder, code=1)
    assert "name image files instead" in line


EXIF = Image.Exif()
EXIF[ExifTags.Base.Orientation] = 6
RANDOM = np.random.default_rng(1)
NOISE = Image.fromarray(RANDOM.integers(0, 256, (60, 40, 3), np.uint8))
CLEAR = Image.fromarray(RANDOM.integers(0, 256, (28, 28, 4), np.uint8))
DEEP = Image.fromarray(np.arange(784, dtype=np.uint16).reshape(28, 28) * 83)
GREY = "colour made grey"
INVERTED = "inverted (its background is bright, that of the training images is dark)"


def resized(size):
    return f"resized from {size} to 28x28 (letterbox)"


def on_ground(ground, thing):
    image = Image.new("L", (100, 100), ground)
    image.paste(thing, (20, 40, 80, 80))
    return image


# For each file: the image, how it is saved, and what is said about it.
KINDS = {
    "photo.jpg": (NOISE, {}, [GREY, resized("40x60")]),
    "deep.png": (DEEP, {}, ["16 bits a pixel cut to 8"]),
    "palette.png": (NOISE.quantize(32), {}, [GREY, resized("40x60")]),
    "grey palette.png": (DEEP.point(lambda level: level / 256).convert("P"), {}, []),
    "clear.png": (CLEAR, {}, ["transparency ignored", GREY]),
    "still.gif": (NOISE.convert("L"), {}, [resized("40x60")]),
    "moving.gif": (
        NOISE,
        {"save_all": True, "append_images": [ImageOps.mirror(NOISE)]},
        ["first of 2 frames", GREY, resized("40x60")],
    ),
    "turned.jpg": (
        NOISE.convert("L"),
        {"exif": EXIF},
        ["turned as its Exif data say", resized("60x40")],
    ),
    "bits.bmp": (NOISE.convert("1"), {}, [resized("40x60")]),
    "cmyk.jpg": (NOISE.convert("CMYK"), {}, [GREY, resized("40x60")]),
    "on white.png": (on_ground(250, 30), {}, [INVERTED, resized("100x100")]),
    "on black.png": (on_ground(5, 220), {}, [resized("100x100")]),
    "on grey.png": (on_ground(128, 220), {}, [resized("100x100")]),
    "one pixel.png": (Image.new("L", (1, 1), 255), {}, [resized("1x1")]),
    "large.jpg": (
        Image.new("RGB", (4000, 3000), (9, 9, 9)), {}, [GREY, resized("4000x3000")],
    ),
    "as in training.png": (on_ground(0, 200).resize((28, 28)), {}, []),
}  # fmt: skip
BROKEN = {
    "empty.png": (b"", "has no bytes"),
    "text.jpg": (
        b"no image",
        "can't be decoded (it is no PNG, JPEG, GIF, BMP or WebP file)",
    ),
    "cut.png": (None, "can't be decoded (image file is truncated"),
}


@pytest.fixture(scope="module")
def recorded_model(exported, tmp_path_factory):
    """A model that knows of training images on black."""
    model = tmp_path_factory.mktemp("recorded") / "model"
    shutil.copytree(exported.folder, model)
    ModelLineage(
        pipeline="fashion_mnist",
        run_id="1",
        model_uri="m",
        examples_uri="e",
        dataset="d",
        code_digest="0",
        data=DESCRIPTION,
        background=Background(images=300, dark=1.0, bright=0.0),
    ).write(str(model))
    return model


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """A folder with a file of each kind, and some that are no images."""
    folder = tmp_path_factory.mktemp("kinds")
    for name, (image, options, _) in KINDS.items():
        image.save(folder / name, **options)
    for name, (content, _) in BROKEN.items():
        cut = (folder / "palette.png").read_bytes()[:-400]
        (folder / name).write_bytes(cut if content is None else content)
    return folder


@pytest.mark.parametrize("signature", ["predict_png", "predict_images"])
def test_every_kind_of_image_gets_its_answer_or_the_reason(
    recorded_model, kinds, tmp_path, signature
):
    options = ("--model", recorded_model, "--signature", signature)
    rows = {
        row["image"]: row for row in ask(tmp_path, kinds, *options, code=INCOMPLETE)
    }
    assert {*rows} == {*KINDS, *BROKEN}
    for name, (_, _, notes) in KINDS.items():
        assert (name, rows[name]["notes"]) == (name, notes)
        assert rows[name]["error"] is None
        assert rows[name]["file"] == str(kinds / name)
        assert sum(rows[name]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    for name, (_, reason) in BROKEN.items():
        assert rows[name]["error"].startswith(reason)
        assert rows[name]["class_name"] is None
        assert {*rows[name]} == {*rows["photo.jpg"]}


def test_all_kinds_fit_a_model_that_resizes_too(resizing, kinds, tmp_path):
    rows = ask(tmp_path, kinds, "--model", resizing.folder, code=INCOMPLETE)
    failed = {row["image"]: row["error"] for row in rows if row["error"]}
    assert {*failed} == {*BROKEN}


def test_inverting_can_be_forbidden_and_asked_for(recorded_model, kinds, tmp_path):
    def notes(name, invert):
        options = ("--model", recorded_model, "--invert", invert)
        return ask(tmp_path, kinds / name, *options)[0]["notes"]

    assert notes("on white.png", "no") == [resized("100x100")]
    assert notes("on black.png", "yes") == ["inverted (as asked)", resized("100x100")]


def test_a_photo_on_white_gets_the_answer_of_the_same_on_black(
    recorded_model, tmp_path
):
    black = on_ground(5, 220)
    black.save(tmp_path / "black.png")
    ImageOps.invert(black).save(tmp_path / "white.png")
    options = ("--model", recorded_model)
    first, second = ask(tmp_path, tmp_path / "*.png", *options)
    assert first["probabilities"] == pytest.approx(second["probabilities"])


def test_a_served_model_inverts_as_the_pushed_one_that_is_known(
    recorded_model, kinds, tmp_path
):
    versions = tmp_path / "serving" / "fashion_mnist"
    versions.mkdir(parents=True)
    (versions / "7").symlink_to(recorded_model)
    with tf_serving_stand_in(str(recorded_model), "fashion_mnist", 7) as server:
        options = ("--server", server.rest, "--model-version", 7)
        (row,) = ask(tmp_path, kinds / "on white.png", *options)
    assert INVERTED in row["notes"]


def test_csv_has_a_row_for_each_image(recorded_model, kinds, tmp_path):
    files = [str(kinds / name) for name in ("photo.jpg", "empty.png")]
    arguments = [*files, "--model", str(recorded_model), "--format", "csv"]
    result = CliRunner().invoke(predict, [*arguments, "--output", str(tmp_path)])
    assert result.exit_code == INCOMPLETE
    first, second = csv.DictReader(io.StringIO(result.stdout))
    assert first["image"] == "photo.jpg"
    assert first["notes"] == f"{GREY}; {resized('40x60')}"
    assert first["probability"] == first[f"probability of {first['class_name']}"]
    assert (second["error"], second["class_name"]) == ("has no bytes", "")
    assert result.stderr == (
        "Error: 1 of 2 images could not be classified; empty.png has no bytes.\n"
    )
    assert not (tmp_path / "pictures").exists()


def test_without_an_image_that_can_be_read_no_model_is_needed(kinds, tmp_path):
    rows = ask(tmp_path, kinds / "empty.png", tmp_path / "absent", code=INCOMPLETE)
    assert [row["error"] for row in rows] == ["has no bytes", "is not there"]


def test_one_image_that_the_model_refuses_does_not_end_the_others(
    exported, kinds, tmp_path, monkeypatch
):
    # As if Pillow could read a file that TensorFlow can't.
    def refuse(image, *rest):
        return replace(image, encoded=b"x") if image.title == "photo.jpg" else image

    monkeypatch.setattr("pipeline.serving.classification.try_to_fit", refuse)
    monkeypatch.setattr(LabelledImage, "pixel_count", 1)
    files = [kinds / name for name in ("as in training.png", "photo.jpg")]
    first, second = ask(tmp_path, *files, "--model", exported.folder, code=INCOMPLETE)
    assert first["error"] is None
    assert "An image must be PNG or JPEG bytes" in second["error"]


def test_the_picture_has_images_also_after_many_that_can_not_be_read(
    exported, tmp_path
):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.png").touch()
        Image.new("L", (28, 28), number).save(folder / f"good {number}.png")
    arguments = [str(folder), "--model", exported.folder, "--output", str(tmp_path)]
    result = CliRunner().invoke(predict, arguments)
    assert result.exit_code == INCOMPLETE, result.output
    assert result.stderr == (
        "Error: 30 of 60 images could not be classified; 00.png has no bytes, for "
        "example.\n"
    )
    assert len(list((tmp_path / "pictures").iterdir())) == 1
