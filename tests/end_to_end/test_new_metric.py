"""A metric is added in one place, and shown wherever metrics are."""

import pytest
from rich.console import Console

from components.evaluator import config
from components.evaluator.evaluation_results import EvaluationResults
from components.infra_validator.infra_validation import InfraValidation
from pipeline.metadata.connection import open_store
from pipeline.metadata.difference import compare_runs
from pipeline.metadata.run_reader import load_run
from pipeline.report.run_page import write_run_page
from pipeline.report.summary import print_summary
from pipeline.running.launcher import PipelineLauncher
from tests.support.launching import launch_all

pytestmark = pytest.mark.slow

NEW = {"top_2": {"metric": "SparseTopKCategoricalAccuracy", "k": 2}}


def test_a_metric_is_named_once_and_shown_everywhere(two_runs, monkeypatch, capsys):
    settings, before = two_runs.settings, two_runs.first
    launch_all(settings, "after", before="Evaluator")
    # An edit of the list would change the code's digest. Here it stays the same.
    uncached = settings.model_copy(update={"cache": False})
    with monkeypatch.context() as patch:
        patch.setattr(config, "INFORMATIVE_METRICS", config.INFORMATIVE_METRICS | NEW)
        PipelineLauncher(uncached, "after").launch("Evaluator")
    store = open_store(settings.metadata_address)
    after = load_run(store, "after")

    results = EvaluationResults.read(after.output("Evaluator", "evaluation").uri)
    top_2 = results.other_metrics["top_2"]
    assert results.accuracy <= top_2 <= 1
    print_summary(Console(), after, results, InfraValidation())
    assert f"top_2: {top_2:.4f}" in capsys.readouterr().out
    page = write_run_page(store, settings, after).read_text()
    assert f"<dt>top_2</dt><dd>{top_2:.4f}</dd>" in page
    (difference,) = (
        each for each in compare_runs([before, after], [{}, {}]) if each.name == "top_2"
    )
    assert difference.values == [None, pytest.approx(top_2)]
