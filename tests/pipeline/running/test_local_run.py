from pathlib import Path

import pytest

from pipeline.running.launcher import NodeFailedError
from pipeline.running.local_run import run_locally
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)

pytestmark = pytest.mark.slow


def test_a_failed_run_leaves_its_page(settings, capsys):
    blank = settings.model_copy(update={"dataset": "blank_fashion:1.0.0"})
    with pytest.raises(NodeFailedError, match="AnomalyGate failed"):
        run_locally(blank, debug=True)
    (page,) = settings.reports_dir.glob("*.html")
    assert "Failed at AnomalyGate" in page.read_text()
    assert f"Report: {page}" in capsys.readouterr().out


def test_a_page_that_can_not_be_written_spoils_nothing(settings, capsys):
    Path(settings.root).mkdir()
    settings.reports_dir.touch()
    assert run_locally(settings, debug=True).blessed
    assert "The report could not be written" in capsys.readouterr().out
