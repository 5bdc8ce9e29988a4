import io
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipeline
from components.errors import InputError
from pipeline import Settings, load_model, predict, run, runs
from pipeline.api import RunFailedError
from pipeline.metadata.connection import open_store
from tests.support.fashion import CLASS_NAMES
from tests.support.metadata_store import write_model

ROOT = Path(__file__).parents[2]


def test_importing_the_package_imports_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import pipeline; "
        "print(*sorted(set(sys.modules) - before))"
    )
    output = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    imported = {*output.split()} - {*sys.stdlib_module_names}
    assert {each for each in imported if "." not in each} == {"pipeline"}
    assert not any(each.startswith("pipeline.") for each in imported)


def test_the_names_are_imported_without_tensorflow():
    code = (
        f"import sys; from pipeline import {', '.join(pipeline.__all__)}; "
        "print(*({'tensorflow', 'tfx', 'ml_metadata', 'matplotlib'} & {*sys.modules}))"
    )
    output = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert output.split() == []


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        _ = pipeline.train


@pytest.fixture(scope="module")
def model(exported):
    return load_model(exported.folder)


def test_a_model_is_loaded_from_its_folder(model, exported, monkeypatch):
    monkeypatch.chdir(Path(exported.folder).parent)
    assert repr(model) == "<model in model>"
    assert "28 x 28 pixels, grey" in model._repr_html_()


def test_a_model_is_loaded_by_its_run(exported, tmp_path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "Format-Serving").symlink_to(exported.folder)
    store = open_store(str(tmp_path / "metadata.sqlite"))
    write_model(store, "fashion_mnist", "run-1", str(tmp_path / "trained"))
    (summary,) = runs(tmp_path)
    for source in (None, "run", summary):
        model = load_model(source, tmp_path)
        assert model.place == str(tmp_path / "trained" / "Format-Serving")
    for other in ("other", "sweep/other"):
        with pytest.raises(InputError, match=f"received '{other}'"):
            load_model(other, tmp_path)


def test_a_model_is_found_in_the_home_folder(exported, monkeypatch):
    folder = Path(exported.folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert load_model(f"~/{folder.name}").place == exported.folder


@pytest.mark.parametrize("place", ["file:///nowhere/1", "~/nowhere", "./nowhere"])
def test_a_place_is_no_run(place):
    with pytest.raises(InputError, match=r"must be the folder of a SavedModel"):
        load_model(place)


def test_without_runs_it_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="run the pipeline first"):
        runs(tmp_path)


def test_files_and_arrays_are_classified(model, tmp_path):
    pixels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    Image.fromarray(pixels).save(tmp_path / "bag.png")
    (tmp_path / "empty.png").touch()
    answers = predict(model, [tmp_path, pixels, np.stack([pixels] * 3, -1)])
    assert len(answers) == 4
    file, broken, grey, colour = answers
    assert (file.image.title, broken.title) == ("bag.png", "empty.png")
    assert broken.reason == "has no bytes"
    assert grey.image.title == "image 1"
    assert file.answer.probabilities == pytest.approx(grey.answer.probabilities)
    assert file.answer.probabilities == pytest.approx(colour.answer.probabilities)
    assert {*answers.rows[0]["probabilities"]} == {*CLASS_NAMES}
    assert answers.rows[1]["error"] == "has no bytes"
    lines = repr(answers).splitlines()
    assert lines[0] == f"bag.png: {file.class_name}, {file.probability:.1%}"
    assert lines[1] == "empty.png: has no bytes"


def test_answers_come_in_the_order_of_the_images(model, tmp_path):
    pixels = np.zeros((28, 28), np.uint8)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "bag.png")
    first, second = (tmp_path / name / "bag.png" for name in ("a", "b"))
    answers = predict(model, [second, pixels, first, str(second)])
    titles = [answer.image.title for answer in answers]
    assert titles == ["b/bag.png", "image 1", "a/bag.png", "b/bag.png"]


@pytest.mark.parametrize("one", ["file", "array"])
def test_a_single_image_may_stand_alone(model, tmp_path, one):
    pixels = np.zeros((28, 28, 1), np.uint8)
    Image.fromarray(pixels[..., 0]).save(tmp_path / "bag.png")
    (answer,) = predict(model, pixels if one == "array" else str(tmp_path / "*.png"))
    assert answer.class_name in CLASS_NAMES


@pytest.mark.parametrize(
    "array",
    [np.zeros((28, 28)), np.zeros((4, 28, 28), np.uint8), np.zeros((0, 9), np.uint8)],
    ids=["floats", "a batch", "nothing"],
)
def test_an_array_that_is_no_image_is_refused(model, array):
    with pytest.raises(InputError, match="must be a uint8 array of shape"):
        predict(model, array)


def test_predictions_show_themselves_with_the_names_as_they_are(model, tmp_path):
    photo = tmp_path / "<b>.png"
    Image.new("RGB", (300, 200), "red").save(photo)
    html = predict(model, photo)._repr_html_()
    assert "&lt;b&gt;.png" in html
    assert "<b>" not in html
    assert "resized from 300x200 to 28x28 (letterbox)" in html
    assert html.count("data:image/png;base64,") == 1


def test_many_predictions_show_the_first_of_them(model):
    answers = predict(model, [np.zeros((28, 28), np.uint8)] * 60)
    html = answers._repr_html_()
    assert html.count("<img") == 50
    assert "10 more" in html
    assert len(answers.rows) == 60


def test_runs_show_themselves(store_address):
    answers = runs(Path(store_address).parent)
    assert len(answers) == 7
    newest, *_ = answers
    assert (newest.run_id, newest.blessed) == ("run-0006", True)
    assert newest.accuracy == pytest.approx(0.876)
    assert newest.version == "1800000006"
    assert repr(newest) == "<run run-0006: completed, blessed, 0.8760>"
    assert newest.report.name == "run-0006.html"
    html = answers._repr_html_()
    assert html.index("run-0006") < html.index("run-0005")
    assert "0.8760" in html
    assert "run-0006" in newest._repr_html_()


def test_a_run_that_fails_says_why_in_the_words_of_the_command(tmp_path, monkeypatch):
    # Only the settings count.
    monkeypatch.setenv("FASHION_MNIST_EPOCHS", "none")
    settings = Settings(output=str(tmp_path / "output"), images=str(tmp_path / "no"))
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    with pytest.raises(RunFailedError, match=r"must be a folder or a \.csv file"):
        run(settings)
    assert output.getvalue().splitlines()[-1].startswith("Error: --images must be")


def write_images(folder):
    """Writes 60 images of each of two classes."""
    random = np.random.default_rng(1)
    for name, level in (("dark", 40), ("light", 150)):
        (folder / name).mkdir(parents=True)
        for number in range(60):
            pixels = random.integers(level, level + 60, (24, 24), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


@pytest.mark.slow
def test_a_run_ends_though_only_its_caller_is_interrupted(tmp_path):
    write_images(tmp_path / "images")
    script = (
        "import pipeline.api\n"
        "from pipeline import Settings, run\n"
        "pipeline.api._GRACE = 5\n"
        f"run(Settings(output={str(tmp_path / 'output')!r}, epochs=10_000,\n"
        f"    images={str(tmp_path / 'images')!r}))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if "ImageExampleGen: ran" in line:
                process.send_signal(signal.SIGINT)
                break
        assert "SIGTERM" in process.stdout.read()
        assert process.wait(60) == -signal.SIGINT
    # In a stage or between two of them.
    assert runs(tmp_path / "output")[0].facts["state"] in ("failed", "unfinished")


@pytest.mark.slow
def test_a_run_is_like_that_of_the_command(tmp_path, capfd):
    write_images(tmp_path / "images")
    settings = Settings(
        output=str(tmp_path / "output"),
        images=str(tmp_path / "images"),
        epochs=2,
        batch_size=16,
        min_accuracy=1.0,
        max_regression=1.0,
    )
    result = run(settings)
    assert "Trainer" in capfd.readouterr().out
    assert result.facts["epochs"] == 2
    assert result.report.is_file()
    # Refused or not, its model can be asked.
    answers = predict(load_model(result))
    assert [each.image.true_class_name for each in answers] != []
    assert runs(tmp_path / "output")[0].run_id == result.run_id
