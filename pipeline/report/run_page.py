"""Writes a run's page into the output folder."""

from pathlib import Path

import ml_metadata

from pipeline.metadata.records import Run
from pipeline.metadata.run_reader import load_runs
from pipeline.report.content import gather_content
from pipeline.report.page import render_run, write_page
from pipeline.settings import Settings


def write_run_page(
    store: ml_metadata.MetadataStore, settings: Settings, run: Run
) -> Path:
    """Writes a run's page below `reports/` in the output folder.

    Args:
        store: The store with the run.
        settings: Settings with the output folder.
        run: The run.

    Returns:
        Path of the page.

    Raises:
        InputError: If the folder can't be written.
    """
    path = settings.reports_dir / f"{run.run_id.replace(':', '-')}.html"
    write_page(path, render_run(gather_content(run, load_runs(store))))
    return path
