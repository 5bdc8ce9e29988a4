"""The commands that explain runs, on stores that real runs wrote."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.__main__ import main

pytestmark = pytest.mark.slow


def invoke(recorded_runs, *arguments):
    result = CliRunner().invoke(main, [*arguments, *recorded_runs.options])
    assert result.exit_code == 0, result.output
    return result.output


def answer(recorded_runs, *arguments):
    return json.loads(invoke(recorded_runs, *arguments, "--format", "json"))


def test_runs_lists_each_with_how_it_went(recorded_runs):
    rows = answer(recorded_runs, "runs")
    assert [row["run"] for row in rows] == ["failed", "refused", "cached", "first"]
    failed, refused, cached, first = rows
    assert (failed["state"], failed["verdict"], failed["version"]) == (
        "failed",
        None,
        None,
    )
    assert failed["accuracy"] is failed["epochs"] is None
    assert (refused["state"], refused["verdict"]) == ("completed", "refused")
    assert refused["version"] is None
    assert (refused["epochs"], first["epochs"]) == (1, 8)
    assert first["verdict"] == cached["verdict"] == "blessed"
    assert first["accuracy"] == cached["accuracy"] > 0.5
    (version,) = Path(recorded_runs.settings.serving_dir).iterdir()
    assert first["version"] == cached["version"] == version.name
    assert all(row["seconds"] > 0 for row in rows)
    table = invoke(recorded_runs, "runs")
    for word in ("refused", "failed", version.name, f"{first['accuracy']:.4f}"):
        assert word in table
    assert len(answer(recorded_runs, "runs", "--limit", "2")) == 2


def test_show_has_each_node_with_what_it_read_and_made(recorded_runs):
    runs = {
        run_id: {
            node["node"]: node
            for node in answer(recorded_runs, "show", run_id)["nodes"]
        }
        for run_id in ("first", "cached", "refused")
    }
    assert {len(nodes) for nodes in runs.values()} == {11}
    (model,) = runs["first"]["Trainer"]["outputs"]["model"]
    assert runs["first"]["Trainer"]["state"] == "ran"
    assert runs["first"]["Pusher"]["inputs"]["model"] == [model]
    assert runs["cached"]["Trainer"]["state"] == "cached"
    assert runs["cached"]["Trainer"]["outputs"]["model"] == [model]
    assert runs["cached"]["Trainer"]["parameters"]["epochs"] == 8
    assert runs["cached"]["Pusher"]["state"] == "ran"
    # The first run's model was the one to beat for the third.
    assert runs["refused"]["Evaluator"]["inputs"]["baseline_model"] == [model]
    assert "cached" in invoke(recorded_runs, "show", "cached")


def test_show_tells_why_a_node_failed(recorded_runs):
    run = answer(recorded_runs, "show")
    assert run["run"] == "failed"
    gate = run["nodes"][-1]
    assert (gate["node"], gate["state"]) == ("AnomalyGate", "failed")
    assert "disagree with the schema" in gate["error"]
    assert "disagree with the schema" in invoke(recorded_runs, "show", "failed")


def test_diff_names_what_differs(recorded_runs):
    differences = {
        (each["section"], each["name"]): tuple(each["values"])
        for each in answer(recorded_runs, "diff", "first", "refused")
    }
    assert differences["parameters", "Trainer.epochs"] == (8, 1)
    assert differences["parameters", "Evaluator.min_accuracy"] == (0.5, 0.99)
    assert differences["metrics", "verdict"] == ("blessed", "refused")
    assert not {section for section, _ in differences} & {"code", "data", "machine"}
    assert any(section == "classes" for section, _ in differences)
    assert differences["metrics", "accuracy"][0] > differences["metrics", "accuracy"][1]
    data = answer(recorded_runs, "diff", "first", "failed")
    assert ["tiny_fashion", "blank_fashion"] in [
        each["values"] for each in data if each["section"] == "data"
    ]
    assert "Trainer.epochs" in invoke(recorded_runs, "diff", "first", "refused")
    same = invoke(recorded_runs, "diff", "first", "first")
    assert "shows no difference" in same


def test_lineage_leads_from_a_served_version_back_to_the_data(recorded_runs):
    (version,) = Path(recorded_runs.settings.serving_dir).iterdir()
    lineage = answer(recorded_runs, "lineage", version.name)
    by_type = {artifact["type"]: artifact for artifact in lineage["artifacts"]}
    assert by_type["Examples"]["properties"]["dataset_name"] == "tiny_fashion"
    assert by_type["Model"]["made_by"]["run"] == "first"
    assert by_type["Model"]["made_by"]["parameters"]["epochs"] == 8
    assert len(by_type["Model"]["made_by"]["code_digest"]) == 16
    edges = {(edge["from"], edge["to"]) for edge in lineage["edges"]}
    assert (by_type["Examples"]["id"], by_type["Model"]["id"]) in edges
    assert (by_type["Model"]["id"], by_type["PushedModel"]["id"]) in edges
    # Also from a file of the served version, and from the artifact's folder.
    below = answer(recorded_runs, "lineage", str(version / "variables"))
    assert below == lineage
    uri = by_type["PushedModel"]["uri"]
    assert answer(recorded_runs, "lineage", uri) == lineage


def test_lineage_leads_from_the_data_forward(recorded_runs):
    (version,) = Path(recorded_runs.settings.serving_dir).iterdir()
    artifacts = answer(recorded_runs, "lineage", version.name)["artifacts"]
    (examples,) = (each for each in artifacts if each["type"] == "Examples")
    forward = answer(recorded_runs, "lineage", str(examples["id"]))["artifacts"]
    models = [each for each in forward if each["type"] == "Model"]
    assert {each["made_by"]["run"] for each in models} == {"first", "refused"}
    tree = invoke(recorded_runs, "lineage", str(examples["id"]))
    assert "made from nothing else" in tree
    assert f"version {version.name}" in tree


@pytest.mark.parametrize(
    ("language", "beginning"), [("mermaid", "flowchart"), ("dot", "digraph")]
)
def test_lineage_is_drawn_in_other_languages(recorded_runs, language, beginning):
    text = invoke(recorded_runs, "lineage", "1", "--format", language)
    assert text.startswith(beginning)
    assert "->" in text


def test_gc_keeps_what_kept_runs_and_the_served_version_need(recorded_runs):
    assert answer(recorded_runs, "gc") == []
    assert "every artifact is needed" in invoke(recorded_runs, "gc")
    garbage = answer(recorded_runs, "gc", "--keep", "1")
    # The newest run failed; the first one's model is served and the baseline.
    assert {each["run"] for each in garbage} <= {"refused", "cached"}
    assert "Model" in {each["type"] for each in garbage}
    assert all(Path(each["uri"]).is_dir() for each in garbage)
    assert not any(each["removed"] for each in garbage)
