import pytest
import tensorflow as tf

from components.evaluator import judged_model
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
