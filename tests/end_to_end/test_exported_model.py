"""What is exported and pushed, seen by programs that know nothing of this project."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from components.pusher.versions import list_versions
from components.served_model.model_lineage import ModelLineage
from components.served_model.signatures import INPUT_NAMES, make_inputs
from components.trainer import export, run_fn
from pipeline.serving.labelled_images import read_test_images
from tests.support.launching import launch_all
from tests.support.served_versions import reading

pytestmark = pytest.mark.slow

# Runs in a process of its own, with TensorFlow and nothing of the project.
ASK_THE_SAVED_MODEL = """
import sys
import numpy as np
import tensorflow as tf

model_dir, inputs_file, answers_file = sys.argv[1:]
model = tf.saved_model.load(model_dir)
inputs = np.load(inputs_file, allow_pickle=True)
np.savez(answers_file, **{
    name: model.signatures[name](
        **{input_name: tf.constant(inputs[name].tolist(), dtype)}
    )["probabilities"].numpy()
    for name, input_name, dtype in [
        ("serving_default", "examples", tf.string),
        ("predict_images", "images", tf.uint8),
        ("predict_png", "png", tf.string),
    ]
})
assert not [name for name in sys.modules if name.startswith(("components", "keras"))]
"""


def test_a_process_with_the_saved_model_alone_answers_as_the_trainers_model(
    settings, tmp_path, monkeypatch
):
    trained = []
    export_model = export.export_model

    def export_and_keep(model, *arguments):
        trained.append(model)
        export_model(model, *arguments)

    for module in (export, run_fn):
        monkeypatch.setattr(module, "export_model", export_and_keep)
    _, run = launch_all(settings, "1")
    images = read_test_images(run.output("ImageExampleGen", "examples").uri, range(50))
    encoded = [image.encoded for image in images]
    pixels = np.stack([image.pixels_of(1) for image in images])
    (keras_model,) = trained
    expected = keras_model(pixels[..., np.newaxis] / np.float32(255), training=False)

    inputs = {name: make_inputs(name, encoded) for name in INPUT_NAMES}
    np.savez(tmp_path / "inputs.npz", **inputs)
    (version,) = list_versions(settings.serving_dir)
    subprocess.run(
        [
            *(sys.executable, "-c", ASK_THE_SAVED_MODEL),
            f"{settings.serving_dir}/{version}",
            *(tmp_path / "inputs.npz", tmp_path / "answers.npz"),
        ],
        check=True,
        cwd=tmp_path,
    )
    with np.load(tmp_path / "answers.npz") as answers:
        for name in INPUT_NAMES:
            np.testing.assert_allclose(answers[name], expected, atol=1e-5)


def test_a_reader_of_the_served_folder_never_meets_half_a_version(settings):
    """Eleven runs push; a reader loads whatever integer-named folder appears."""
    models = [
        settings.model_copy(
            update={
                "seed": seed,
                "epochs": 1,
                "min_accuracy": 0.0,
                "max_regression": 1.0,
                "keep_versions": 20,
            }
        )
        for seed in (1, 2, 3)
    ]
    serving_dir = Path(settings.serving_dir)
    pushed = []

    def push(settings):
        _, run = launch_all(settings, str(len(pushed)))
        model = run.output("Pusher", "pushed_model")
        pushed.append(model.properties["pushed_version"])

    with reading(serving_dir) as reader:
        for number in range(10):
            # Models in turn: none is the newest version when its turn comes.
            push(models[number % 3])
        reader.wait_for(pushed)
        push(models[1].model_copy(update={"keep_versions": 2}))
    assert reader.faults == []
    assert len(set(pushed)) == 11
    # The newest two stay, and the newest version of the model blessed last of all.
    kept = [str(version) for version in list_versions(settings.serving_dir)]
    assert kept == pushed[-3:]
    assert [
        ModelLineage.read(f"{serving_dir}/{version}").run_id for version in kept
    ] == [
        "2",
        "0",
        "1",
    ]
