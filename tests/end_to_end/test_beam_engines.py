"""The Beam stages on real engines, compared with Beam's direct runner.

They work on all of Fashion-MNIST; with ENGINES=short, on a part.
"""

import os
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import tfx  # noqa: F401  (completes tfx-bsl for TFDV, so it comes first)

# isort: split
import tensorflow_data_validation as tfdv
from PIL import Image

from pipeline.beam import beam_args
from pipeline.metadata.records import State
from pipeline.scoring.image_scores import score_images
from pipeline.scoring.image_shards import find_shards
from pipeline.settings import Settings
from tests.support.launching import launch_all
from tests.support.reading import evaluation_of
from tests.support.servers.downloads import UnavailableError
from tests.support.servers.flink import flink_cluster
from tests.support.servers.spark import spark_cluster

CLUSTERS = {"flink": flink_cluster, "spark": spark_cluster}
MAX_EXAMPLES = 10_000 if os.environ.get("ENGINES") == "short" else None


@pytest.fixture(scope="module")
def direct(tmp_path_factory):
    """Settings of a run with the direct runner, and the run."""
    settings = Settings(
        output=tmp_path_factory.mktemp("direct") / "output",
        epochs=1,
        max_examples=MAX_EXAMPLES,
        # A floor that no model meets: a later one is not compared with this one.
        min_accuracy=1.0,
    )
    _, run = launch_all(settings, "direct")
    return settings, run


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("flink", marks=pytest.mark.flink),
        pytest.param("spark", marks=pytest.mark.spark),
    ],
)
def engine(request, tmp_path_factory):
    """Name of an engine, and options of Beam that lead to a cluster of it."""
    folder = tmp_path_factory.mktemp(request.param)
    try:
        with CLUSTERS[request.param](folder) as options:
            yield request.param, options
    except UnavailableError as error:
        pytest.skip(str(error))


def test_every_stage_makes_on_an_engine_what_the_direct_runner_makes(
    direct, engine, tmp_path, monkeypatch
):
    settings, direct = direct
    runner, options = engine
    # Beam leaves a folder of each job that it sends to an engine. A command's temporary
    # folder goes with it (pipeline/running/local_run.py).
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    on_engine = settings.model_copy(
        update={"beam_runner": runner, "beam_args": tuple(options)}
    )
    _, distributed = launch_all(on_engine, f"on {runner}", before="Trainer")
    for node_id in ("ImageExampleGen", "StatisticsGen", "Transform"):
        assert distributed.node(node_id).state is State.RAN
    for split in ("train", "test"):
        assert examples(distributed, split) == examples(direct, split)
        found, expected = statistics(distributed, split), statistics(direct, split)
        assert serialized(found) == serialized(expected)
        assert serialized(tfdv.infer_schema(found)) == serialized(
            tfdv.infer_schema(expected)
        )
    assert transformed_schema(distributed) == transformed_schema(direct)

    # The same examples and the same model, judged on the engine.
    judged_there = settings.model_copy(
        update={
            "beam_args": tuple(
                f"Evaluator:{option}" for option in beam_args(runner, options)
            )
        }
    )
    _, judged = launch_all(judged_there, f"judged on {runner}")
    assert judged.node("Trainer").state is State.CACHED
    assert judged.node("Evaluator").state is State.RAN
    found, expected = evaluation_of(judged), evaluation_of(direct)
    # A sum of numbers of 7 digits, which each engine adds in an order of its own.
    assert found.loss == pytest.approx(expected.loss, rel=1e-6)
    assert found == expected.model_copy(update={"loss": found.loss})


def test_an_engine_prepares_image_files_as_the_direct_runner_does(
    engine, tmp_path, monkeypatch
):
    runner, options = engine
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    images = tmp_path / "images"
    for number in range(60):
        pixels = Image.effect_noise((40 + number, 90 - number), 10 + number)
        name = ("grey", "rgb")[number % 2]
        kind = ("png", "jpg", "gif")[number % 3]
        path = images / name / f"{number}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels.convert("L" if name == "grey" else "RGB").save(path)
    settings = Settings(output=tmp_path / "output", images=images)
    _, direct = launch_all(settings, "direct", before="Trainer")
    _, distributed = launch_all(
        settings.model_copy(
            update={"beam_runner": runner, "beam_args": tuple(options)}
        ),
        f"on {runner}",
        before="Trainer",
    )
    assert distributed.node("ImageExampleGen").state is State.RAN
    for split in ("train", "test"):
        assert examples(distributed, split) == examples(direct, split)
        assert serialized(statistics(distributed, split)) == serialized(
            statistics(direct, split)
        )


def test_score_writes_on_an_engine_what_the_direct_runner_writes(
    direct, engine, tmp_path, monkeypatch
):
    settings, run = direct
    runner, options = engine
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    images = Path(run.output("ImageExampleGen", "examples").uri, "Split-test")

    def score(runner, options):
        result = tmp_path / f"{runner}.parquet"
        scores = score_images(
            settings,
            find_shards([str(images)]),
            result,
            run="direct",
            model_dir=None,
            invert="no",
            thresholds={},
            beam_args=beam_args(runner, options),
        )
        return scores, pq.read_table(result)

    expected, rows = score("direct", ())
    found, rows_there = score(runner, options)
    assert (found.rows, found.failed) == (expected.rows, 0)
    assert found.drift.verdict == expected.drift.verdict == "ok"
    assert rows_there.schema == rows.schema
    for name in rows.schema.names:
        there, here = rows_there[name].to_pylist(), rows[name].to_pylist()
        assert there == (
            pytest.approx(here, abs=1e-6) if name.startswith("probability") else here
        )


def examples(run, split):
    """The bytes of the files of a split, by their names."""
    folder = Path(run.output("ImageExampleGen", "examples").uri, f"Split-{split}")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def statistics(run, split):
    """The statistics of a split, but for what TFDV leaves to chance.

    It lists the features in the order in which it happens to merge its parts; and of
    numbers that were added up in another order the last of 16 digits may differ.
    """
    folder = run.output("StatisticsGen", "statistics").uri
    found = tfdv.load_stats_binary(f"{folder}/Split-{split}/FeatureStats.pb")
    (dataset,) = found.datasets
    ordered = sorted(dataset.features, key=lambda feature: list(feature.path.step))
    for feature in ordered:
        if feature.HasField("num_stats"):
            numbers = feature.num_stats
            numbers.mean, numbers.std_dev = (
                float(f"{number:.14g}") for number in (numbers.mean, numbers.std_dev)
            )
    del dataset.features[:]
    dataset.features.extend(ordered)
    return found


def serialized(message):
    return message.SerializeToString(deterministic=True)


def transformed_schema(run):
    folder = run.output("Transform", "transform_graph").uri
    return Path(folder, "transformed_metadata", "schema.pbtxt").read_bytes()
