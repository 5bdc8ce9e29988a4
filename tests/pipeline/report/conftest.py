"""A browser, and the pages of real runs for it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from pipeline.__main__ import main
from tests.support.tools import require

# What Chromium does by itself, it must not do here: requests are counted.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    chromium = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def answer(recorded_runs):
    """Asks a command about the recorded runs, and returns what it prints."""

    def ask(*arguments):
        result = CliRunner().invoke(main, [*arguments, *recorded_runs.options])
        assert result.exit_code == 0, result.output
        return result.output

    return ask


@pytest.fixture(scope="session")
def write_report(recorded_runs, answer):
    """Writes a run's page, and returns its path."""

    def write(run_id):
        path = Path(json.loads(answer("report", run_id, "--format", "json"))["report"])
        assert path.parent == recorded_runs.settings.reports_dir
        return path

    return write


@pytest.fixture(scope="session")
def comparison(recorded_runs, answer):
    """The page that compares three runs."""
    answer("compare", "first", "refused", "cached", "--page")
    (path,) = recorded_runs.settings.reports_dir.glob("compare-*.html")
    return path


@pytest.fixture(scope="session")
def lineage(answer, tmp_path_factory):
    """The page of an artifact's lineage."""
    path = tmp_path_factory.mktemp("lineage") / "lineage.html"
    path.write_text(answer("lineage", "1", "--format", "html"))
    return path
