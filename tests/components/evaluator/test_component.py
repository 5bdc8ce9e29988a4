import pytest
import tensorflow as tf
from tfx.utils import path_utils

from components.evaluator import judged_model
from components.evaluator.component import _unusable
from components.served_model.model_lineage import ModelLineage
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import load_run
from pipeline.running.launcher import PipelineLauncher
from tests.support.launching import launch_all

pytestmark = pytest.mark.slow


def test_a_model_is_loaded_once_and_then_forgotten(two_runs, monkeypatch):
    settings = two_runs.settings
    launch_all(settings, "loading", before="Evaluator")
    loaded = []
    load = tf.saved_model.load
    monkeypatch.setattr(
        tf.saved_model, "load", lambda folder: loaded.append(folder) or load(folder)
    )
    uncached = settings.model_copy(update={"cache": False})
    PipelineLauncher(uncached, "loading").launch("Evaluator")

    run = load_run(open_store(settings.metadata_address), "loading")
    model = run.output("Trainer", "model").uri
    assert len([each for each in loaded if each.startswith(f"{model}/")]) == 1
    assert len(loaded) == len(set(loaded))
    assert judged_model._load.cache_info().currsize == 0


def test_a_baseline_that_takes_one_size_alone_is_left_out(two_runs):
    model = two_runs.first.output("Trainer", "model")
    description = ModelLineage.read(path_utils.serving_model_dir(model.uri)).data
    assert description.resize == "none"
    assert _unusable(model, description) is None
    wider = description.model_copy(update={"width": 32})
    resized = description.model_copy(update={"resize": "letterbox"})
    for other in (wider, resized):
        assert "images of its own size" in _unusable(model, other)
