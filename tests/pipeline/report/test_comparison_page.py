from types import SimpleNamespace

import pytest

from pipeline.metadata.records import Run
from pipeline.metadata.run_facts import RunFacts
from pipeline.report import comparison_page
from pipeline.settings import Settings


@pytest.fixture
def page_of(monkeypatch, tmp_path):
    """Writes the page of runs with a curve each, and returns its text."""

    def gather(run, runs):
        history = {"val_accuracy": [0.5, 0.75], "val_loss": [2.0, 1.0]}
        return SimpleNamespace(history=history, validation_split="test")

    def write(runs):
        path = comparison_page.write_comparison_page(
            Settings(output=tmp_path), runs, []
        )
        return path.read_text()

    monkeypatch.setattr(comparison_page, "gather_content", gather)
    return write


def test_runs_of_the_same_name_have_a_curve_each(page_of):
    runs = [
        Run("run-1", [], RunFacts(name="again")),
        Run("run-2", [], RunFacts(name="again")),
        Run("run-3", [], RunFacts(name="other")),
        Run("run-4", []),
    ]
    page = page_of(runs)
    for name in ("run-1", "run-2", "other", "run-4"):
        assert f"0.750 for {name}" in page
    assert "again" not in page


def test_a_run_beside_itself_keeps_its_name(page_of):
    assert "0.750 for again" in page_of([Run("run-1", [], RunFacts(name="again"))] * 2)
