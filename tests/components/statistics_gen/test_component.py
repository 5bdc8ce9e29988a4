"""StatisticsGen's statistics, and what of its code the cache compares."""

import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv
from tfx.components.statistics_gen import executor

from components.statistics_gen import component
from pipeline.metadata.connection import open_store
from pipeline.metadata.run_reader import load_run
from pipeline.pipeline import create_pipeline
from pipeline.settings import Settings
from tests.support.launching import launch_all


def statistics_of(settings, run_id, split):
    launch_all(settings, run_id, before="ExampleValidator")
    run = load_run(open_store(settings.metadata_address), run_id)
    folder = run.output("StatisticsGen", "statistics").uri
    found = tfdv.load_stats_binary(f"{folder}/Split-{split}/FeatureStats.pb")
    (dataset,) = found.datasets
    for feature in dataset.features:
        if feature.HasField("num_stats"):
            # Their last digits depend on the batches.
            feature.num_stats.mean = round(feature.num_stats.mean, 12)
            feature.num_stats.std_dev = round(feature.num_stats.std_dev, 12)
    return dataset


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_statistics_are_those_of_tfx(settings, monkeypatch, split):
    batched = statistics_of(settings, "batched", split)
    monkeypatch.setattr(component.Executor, "Do", executor.Executor.Do)
    uncached = settings.model_copy(update={"cache": False})
    assert batched.num_examples > 0
    assert batched == statistics_of(uncached, "usual", split)


def test_a_change_of_the_reading_is_not_taken_from_the_cache(monkeypatch):
    asked = []
    monkeypatch.setattr(
        component, "code_digest", lambda *names: asked.append(names) or "digest"
    )
    nodes = {node.id: node for node in create_pipeline(Settings()).components}
    assert nodes["StatisticsGen"].exec_properties["code_digest"] == "digest"
    assert asked[0][0] == "components.statistics_gen"
