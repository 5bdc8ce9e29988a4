"""The pages, opened in headless Chromium. The runs behind them are real."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from components.evaluator.evaluation_results import EvaluationResults
from pipeline.__main__ import main
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.run_reader import load_run
from tests.support.fashion import CLASS_NAMES
from tests.support.tools import require

pytestmark = [pytest.mark.slow, pytest.mark.tools]

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
PHONE = {"width": 375, "height": 800}


# The first of all fixtures: without a browser, no pipeline has to run before.
@pytest.fixture(scope="session", autouse=True)
def browser():
    chromium = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Opens a file, and fails at the end if it complained or asked for another."""
    context = browser.new_context(viewport=PHONE)
    problems = []

    def open_page(path):
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        requests = []
        page.goto(Path(path).as_uri())
        problems.extend(
            url
            for url in requests
            if url != Path(path).as_uri() and not url.startswith("data:")
        )
        return page

    yield open_page
    context.close()
    assert problems == []


def write_report(recorded_runs, run_id):
    result = CliRunner().invoke(
        main, ["report", run_id, "--format", "json", *recorded_runs.options]
    )
    assert result.exit_code == 0, result.output
    path = Path(json.loads(result.output)["report"])
    assert path.parent == recorded_runs.settings.reports_dir
    return path


def nameless_pictures(page):
    return page.evaluate(
        """() => [...document.querySelectorAll('img, svg, [role=img]')]
            .filter(each => !(each.getAttribute('alt') || each.ariaLabel || '').trim())
            .map(each => each.outerHTML.slice(0, 100))"""
    )


def headings(page):
    return page.locator("h2").all_inner_texts()


def test_a_good_run_shows_everything(recorded_runs, opened):
    page = opened(write_report(recorded_runs, "first"))
    assert headings(page) == [
        "In the server",
        "Predictions",
        "Training",
        "Classes",
        "Data",
        "Stages",
        "Lineage",
        "Parameters",
    ]
    store = open_existing_store(recorded_runs.settings.metadata_address)
    run = load_run(store, "first")
    results = EvaluationResults.read(run.output("Evaluator", "evaluation").uri)
    text = page.locator("body").inner_text()
    assert "Blessed, published as version" in text
    assert f"{results.accuracy:.4f}" in text
    assert "no blessed model to compare it with" in text
    assert "No anomalies" in text
    assert "200 train, 50 test images" in text
    assert "Missing from this page" not in text
    # The two examples, and right and wrong ones.
    assert page.locator(".gallery.chosen figure").count() == 2
    wrong = results.examples - round(results.accuracy * results.examples)
    assert page.locator("figure.wrong").count() == wrong
    assert page.locator("figure.right").count() > 2
    cells = page.locator(".confusion tbody td").all_inner_texts()
    assert len(cells) == len(CLASS_NAMES) ** 2
    assert sum(int(cell) for cell in cells if cell.isdecimal()) == results.examples
    # Accuracy, loss, brightness, contrast and the lineage.
    assert page.locator("svg").count() == 5
    assert nameless_pictures(page) == []


def test_the_page_fits_a_phone_and_follows_the_colour_scheme(recorded_runs, opened):
    page = opened(write_report(recorded_runs, "first"))
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]
    # On paper it is light, whatever the screen is.
    page.emulate_media(color_scheme="dark", media="print")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_a_cached_run_shows_what_it_took_from_the_cache(recorded_runs, opened):
    page = opened(write_report(recorded_runs, "cached"))
    text = page.locator("body").inner_text()
    assert "below the blessed baseline's" in text
    assert "Trainer in run first" in text
    assert page.locator("td.cached").count() >= 7
    assert page.locator("figure").count() > 4


def test_a_refused_run_says_why(recorded_runs, opened):
    page = opened(write_report(recorded_runs, "refused"))
    assert page.locator(".verdict").inner_text() == "Refused"
    assert "below the floor of 0.9900" in page.locator("body").inner_text()
    assert nameless_pictures(page) == []


def test_a_failed_run_shows_the_error_and_what_there_is(recorded_runs, opened):
    page = opened(write_report(recorded_runs, "failed"))
    assert page.locator(".verdict").inner_text() == "Failed at AnomalyGate"
    assert "disagree with the schema" in page.locator(".error").inner_text()
    assert headings(page) == [
        "AnomalyGate failed",
        "Data",
        "Stages",
        "Lineage",
        "Parameters",
    ]
    # Each split has no brightness and no contrast.
    assert "4 anomalies" in page.locator("body").inner_text()
    assert nameless_pictures(page) == []


def test_the_lineage_of_an_artifact_is_a_page_too(recorded_runs, opened, tmp_path):
    result = CliRunner().invoke(
        main, ["lineage", "1", "--format", "html", *recorded_runs.options]
    )
    assert result.exit_code == 0, result.output
    (tmp_path / "lineage.html").write_text(result.output)
    page = opened(tmp_path / "lineage.html")
    assert page.locator("svg").count() == 1
    assert page.locator("tbody tr").count() > 5
    assert nameless_pictures(page) == []
