import json

import pytest

from components.errors import InputError
from pipeline.metadata.connection import open_store
from pipeline.metadata.diagrams import to_dot, to_mermaid
from pipeline.metadata.lineage_graph import LineageGraph
from pipeline.metadata.records import Artifact, NodeRun, Run, State
from pipeline.metadata.run_reader import load_run, load_runs


def node(node_id, state, inputs, outputs):
    by_key = [
        {f"key{artifact.id}": [artifact] for artifact in artifacts}
        for artifacts in (outputs, inputs)
    ]
    return NodeRun(node_id, 1, state, 1.0, "", *by_key)


DATA = Artifact(1, "/artifacts/data/1", {}, "Examples")
MODEL = Artifact(2, "/artifacts/model/2", {}, "Model")
PUSHED = Artifact(
    3,
    "/artifacts/pushed/3",
    {"pushed": 1, "pushed_version": "2", "pushed_destination": "/serving/2"},
    "PushedModel",
)
RUNS = [
    Run("second", [node("Trainer", State.CACHED, [DATA], [MODEL])]),
    Run(
        "first",
        [
            node("ExampleGen", State.RAN, [], [DATA]),
            node("Trainer", State.RAN, [DATA], [MODEL]),
            node("Pusher", State.RAN, [MODEL], [PUSHED]),
        ],
    ),
]


@pytest.fixture
def graph():
    return LineageGraph(RUNS)


def test_what_was_cached_was_made_by_the_run_before(graph):
    assert graph.step(MODEL).run_id == "first"
    assert graph.ancestors(PUSHED) == [DATA, MODEL]
    assert graph.descendants(DATA) == [MODEL, PUSHED]


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        ("1", DATA),
        ("2", PUSHED),  # a version, before it is an artifact's identifier
        ("/serving/2", PUSHED),
        ("/serving/2/variables/variables.index", PUSHED),
        ("/artifacts/model/2", MODEL),
        ("/artifacts/model/2/Format-Serving/", MODEL),
    ],
)
def test_an_artifact_has_many_names(graph, name, artifact):
    assert graph.find(name) == artifact


def test_a_path_may_lie_in_the_output_folder(graph):
    assert graph.find("model/2/Format-Serving", "/artifacts") == MODEL
    with pytest.raises(InputError, match="choose "):
        graph.find("model/2/Format-Serving")


@pytest.mark.parametrize(
    "name",
    [
        "4",
        "/artifacts",
        "/artifacts/model/22",
        "",
        "x",
        # Python converts no number of so many digits.
        pytest.param("9" * 5000, id="5,000 digits"),
        pytest.param("/" + "x" * 5000, id="a long name"),
    ],
)
def test_other_names_are_unknown(graph, name):
    with pytest.raises(InputError, match="choose "):
        graph.find(name)


def test_a_copy_of_a_version_tells_its_model(graph, tmp_path):
    lineage = tmp_path / "copy" / "assets.extra" / "lineage.json"
    lineage.parent.mkdir(parents=True)
    lineage.write_text(json.dumps({"model_uri": MODEL.uri}))
    assert graph.find(str(tmp_path / "copy")) == MODEL
    lineage.write_text("no JSON")
    with pytest.raises(InputError):
        graph.find(str(tmp_path / "copy"))


def test_object_store_uris_are_found_from_below():
    far = Artifact(1, "s3://bucket/model/1", {}, "Model")
    graph = LineageGraph([Run("run", [node("Trainer", State.RAN, [], [far])])])
    assert graph.find("s3://bucket/model/1/Format-Serving") == far
    with pytest.raises(InputError):
        graph.find("s3://bucket/model/12")


def test_diagrams_quote_what_their_language_would_take_for_its_own():
    odd = Artifact(1, "/1", {"dataset_name": 'a "b" #c \\'}, "Examples")
    graph = LineageGraph([Run("run", [node("ExampleGen", State.RAN, [], [odd])])])
    assert r"a \"b\" #c \\" in to_dot(graph, [odd], odd)
    assert "a #quot;b#quot; #35;c" in to_mermaid(graph, [odd], odd)


def test_runs_are_the_same_loaded_together_or_alone(seven_runs):
    store = open_store(str(seven_runs))
    runs = load_runs(store)
    assert [run.run_id for run in runs] == [
        f"run-{each:04}" for each in range(6, -1, -1)
    ]
    assert all(run == load_run(store, run.run_id) for run in runs)
    assert len(runs[0].nodes) == 11
    graph = LineageGraph(runs)
    assert len(graph.versions()) == 6
    (examples,) = runs[0].node("Trainer").inputs["examples"]
    assert graph.step(examples).run_id == "run-0000"
