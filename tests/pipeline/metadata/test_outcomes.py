import pytest

from pipeline.metadata.outcomes import differing_parameters, outcome_of, standings
from pipeline.metadata.records import Artifact, NodeRun, Run, State


def run(run_id, accuracy=None, blessed=None, version=None, pipeline="p", **parameters):
    nodes = [NodeRun("Trainer", 1, State.RAN, 1.0, "", {}, parameters=parameters)]
    if accuracy is not None:
        outputs = {
            "evaluation": [Artifact(1, "e", {"accuracy": accuracy})],
            "blessing": [Artifact(2, "b", {"blessed": int(blessed)})],
        }
        nodes.append(NodeRun("Evaluator", 2, State.RAN, 1.0, "", outputs))
    properties = {"pushed": int(version is not None), "pushed_version": version}
    outputs = {"pushed_model": [Artifact(3, "m", properties)]}
    nodes.append(NodeRun("Pusher", 3, State.RAN, 1.0, "", outputs))
    return Run(run_id, nodes, pipeline=pipeline)


def test_runs_that_stand_out_are_named_for_each_pipeline():
    runs = [
        run("refused", 0.7, False),
        run("again", 0.9, True, "9"),
        run("first", 0.9, True, "8"),
        run("other", 0.4, True, "7", pipeline="q"),
        run("failed", pipeline="q"),
    ]
    assert standings(runs, {}) == {
        "refused": [],
        "again": ["served", "baseline"],
        "first": ["best"],
        "other": ["served", "baseline", "best"],
        "failed": [],
    }
    assert standings([], {}) == {}
    # A release names an older version; one that no run has doesn't count.
    assert standings(runs, {"p": "8", "q": None})["first"] == ["served", "best"]
    assert standings(runs, {"p": "8"})["again"] == ["baseline"]
    assert standings(runs, {"p": "6"}) == standings(runs, {})


def test_the_baseline_is_what_the_evaluator_blessed_though_it_is_not_served():
    slow = run("slow", 0.95, True)
    outputs = {"blessing": [Artifact(4, "i", {"blessed": 0})]}
    nodes = [*slow.nodes, NodeRun("InfraValidator", 4, State.RAN, 1.0, "", outputs)]
    runs = [Run("slow", nodes, pipeline="p"), run("served", 0.9, True, "9")]
    assert outcome_of(runs[0]).verdict == "refused"
    assert standings(runs, {}) == {"slow": ["baseline", "best"], "served": ["served"]}


def test_a_release_of_one_pipeline_leaves_what_others_serve():
    runs = [
        run("new", 0.9, True, "9"),
        run("old", 0.8, True, "8"),
        run("other new", 0.9, True, "8", pipeline="q"),
        run("other old", 0.8, True, "7", pipeline="q"),
    ]

    def served(released):
        found = standings(runs, released)
        return [run_id for run_id in found if "served" in found[run_id]]

    assert served({"p": "8"}) == ["old", "other new"]
    assert served({"p": "8", "q": "7"}) == ["old", "other old"]


def test_only_what_differs_is_compared():
    runs = [run("a", epochs=1, seed=3), run("b", epochs=2, seed=3), Run("c", [])]
    assert differing_parameters(runs) == {"epochs": {"a": 1, "b": 2, "c": None}}
    assert differing_parameters(runs[:1]) == {}
    assert differing_parameters([]) == {}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.FAILED, "failed"),
        (State.CANCELLED, "cancelled"),
        (State.KILLED, "killed"),
        (State.RUNNING, "running"),
        (State.RAN, "unfinished"),
    ],
)
def test_a_run_is_in_the_state_of_the_node_that_stopped_it(state, expected):
    nodes = [
        NodeRun("A", 1, State.CACHED, 1.0, "", {}),
        NodeRun("B", 2, state, 1.0, "", {}),
    ]
    assert outcome_of(Run("r", nodes)).state.value == expected
