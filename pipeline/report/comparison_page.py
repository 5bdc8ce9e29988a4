"""Renders the page that compares runs, and writes it into the output folder."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from pipeline.metadata.difference import Difference
from pipeline.metadata.records import Run
from pipeline.report.comparison_figures import draw_comparison
from pipeline.report.content import gather_content
from pipeline.report.page import (
    INDEX_FILE,
    link_to,
    picture,
    render,
    write_page,
)
from pipeline.settings import Settings


def write_comparison_page(
    settings: Settings, runs: Sequence[Run], differences: Sequence[Difference]
) -> Path:
    """Writes a page with the differences and the training curves of several runs.

    Args:
        settings: Settings with the output folder.
        runs: The runs.
        differences: How they differ.

    Returns:
        Path of the page, in `reports/` in the output folder.

    Raises:
        InputError: If the folder can't be written.
    """
    names = _names(runs)
    contents = [gather_content(run, runs) for run in runs]
    histories = {
        name: content.history or {}
        for name, content in zip(names, contents, strict=True)
    }
    index = settings.reports_dir / INDEX_FILE
    page = render(
        "comparison.html.j2",
        {"All runs": INDEX_FILE} if link_to(index) else {},
        runs=runs,
        names=names,
        pages=[link_to(settings.page_file(run.run_id)) for run in runs],
        # In their own order; Jinja's filter of the same name would sort the sections.
        sections=[
            (section, list(group))
            for section, group in groupby(differences, lambda each: each.section)
        ],
        curves=[
            picture(each)
            for each in draw_comparison(histories, contents[0].validation_split)
        ],
    )
    name = "-".join(settings.page_file(run.run_id).stem for run in runs)
    # Names of files are limited to 255 bytes.
    path = settings.reports_dir / f"compare-{name[:200]}.html"
    write_page(path, page)
    return path


def _names(runs: Sequence[Run]) -> list[str]:
    """Returns a name for each run; the id where another run has the same name."""
    different = {run.run_id: run for run in runs}.values()
    named = Counter(run.facts.name for run in different if run.facts.name)
    return [
        run.facts.name if named[run.facts.name] == 1 else run.run_id for run in runs
    ]
