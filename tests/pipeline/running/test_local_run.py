import os
import tempfile

import pytest

from components.errors import InputError
from pipeline.running.launcher import NodeFailedError
from pipeline.running.local_run import run_locally
from tests.support import synthetic_sets  # noqa: F401  (registers the sets)


@pytest.mark.slow
def test_a_failed_run_leaves_its_page(settings, capsys):
    blank = settings.model_copy(update={"dataset": "blank_fashion:1.0.0"})
    with pytest.raises(NodeFailedError, match="AnomalyGate failed"):
        run_locally(blank, debug=True)
    (page,) = settings.reports_dir.glob("2*.html")
    assert "Failed at AnomalyGate" in page.read_text()
    assert f"Report: {page}" in capsys.readouterr().out


@pytest.mark.slow
def test_what_can_not_be_drawn_or_written_spoils_nothing(two_runs, capsys):
    for folder in (two_runs.settings.reports_dir, two_runs.settings.pictures_dir):
        folder.touch()
    assert run_locally(two_runs.settings, debug=True).blessed
    printed = capsys.readouterr().out
    assert "The report could not be written" in printed
    assert "The picture could not be drawn" in printed


@pytest.mark.parametrize("former", [None, "elsewhere"], ids=["unset", "set"])
def test_a_run_leaves_the_folder_for_temporary_files_as_it_was(
    settings, tmp_path, monkeypatch, former
):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("TMPDIR", raising=False)
    if former:
        monkeypatch.setenv("TMPDIR", str(tmp_path / former))
    unknown = settings.model_copy(update={"dataset": "unknown:1.0.0"})
    with pytest.raises(InputError, match="one that TFDS has"):
        run_locally(unknown, debug=True)
    assert os.environ.get("TMPDIR") == (former and str(tmp_path / former))
    assert tempfile.tempdir is None
    assert not settings.scratch_dir.exists()
