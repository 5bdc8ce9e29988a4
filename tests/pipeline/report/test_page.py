"""The pages, opened in headless Chromium. The runs behind them are real."""

from pathlib import Path

import pytest

from components.evaluator.evaluation_results import EvaluationResults
from pipeline.metadata.difference import SECTIONS
from pipeline.metadata.existing_store import open_existing_store
from pipeline.metadata.run_reader import load_run
from tests.support.fashion import CLASS_NAMES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tools,
    # The first of all fixtures: without a browser, no pipeline has to run before.
    pytest.mark.usefixtures("browser"),
]

PHONE = {"width": 375, "height": 800}


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


def nameless_pictures(page):
    return page.evaluate(
        """() => [...document.querySelectorAll('img, svg, [role=img]')]
            .filter(each => !(each.getAttribute('alt') || each.ariaLabel || '').trim())
            .map(each => each.outerHTML.slice(0, 100))"""
    )


def headings(page):
    return page.locator("h2").all_inner_texts()


def test_a_good_run_shows_everything(write_report, recorded_runs, opened):
    page = opened(write_report("first"))
    assert headings(page) == [
        "In the server",
        "Predictions",
        "Training",
        "Classes",
        "Data",
        "Stages",
        "Lineage",
        "Parameters",
        "Go on",
    ]
    store = open_existing_store(recorded_runs.settings.metadata_address)
    run = load_run(store, "first")
    results = EvaluationResults.read(run.output("Evaluator", "evaluation").uri)
    text = page.locator("body").inner_text()
    assert "Blessed, published as version" in text
    assert f"{results.accuracy:.4f}" in text
    assert "no blessed model to compare it with" in text
    assert "No anomalies" in text
    assert f"MODEL_NAME={run.pipeline} OUTPUT=" in text
    assert "200 train, 50 test images" in text
    assert "Missing from this page" not in text
    # The two examples, and right and wrong ones.
    assert page.locator(".gallery.chosen figure").count() == 2
    wrong = results.examples - round(results.accuracy * results.examples)
    galleries = page.locator("section:has(h2:text-is('Predictions'))")
    assert galleries.locator("figure.wrong").count() == wrong
    assert galleries.locator("figure.right").count() > 2
    cells = page.locator(".confusion tbody td").all_inner_texts()
    assert len(cells) == len(CLASS_NAMES) ** 2
    counts = [cell.split()[0] for cell in cells]
    assert sum(int(count) for count in counts if count.isdecimal()) == results.examples
    # The verdict, accuracy, loss, reliability, brightness, contrast and the lineage.
    assert page.locator("svg").count() == 7
    assert page.locator("svg .tip title").count() >= 2 * 2 * results_epochs(page)
    assert nameless_pictures(page) == []


def results_epochs(page):
    return page.locator("table:has(th:text-is('val_loss')) tbody tr").count()


def test_precision_recall_and_f1_are_those_of_the_matrix(
    write_report, recorded_runs, opened
):
    page = opened(write_report("first"))
    store = open_existing_store(recorded_runs.settings.metadata_address)
    evaluation = load_run(store, "first").output("Evaluator", "evaluation")
    matrix = EvaluationResults.read(evaluation.uri).confusion_matrix
    rows = page.locator("table.classes tbody tr")
    assert rows.count() == len(matrix)
    for at, row in enumerate(matrix):
        cells = rows.nth(at).locator("td").all_inner_texts()
        recall = row[at] / sum(row)
        predicted = sum(each[at] for each in matrix)
        assert float(cells[2]) == pytest.approx(recall, abs=1e-4)
        if not predicted:
            assert cells[3:5] == ["", ""]
            continue
        precision = row[at] / predicted
        assert float(cells[3]) == pytest.approx(precision, abs=1e-4)
        if precision + recall:
            f1 = 2 * precision * recall / (precision + recall)
            assert float(cells[4]) == pytest.approx(f1, abs=1e-4)


def test_a_cell_of_the_matrix_leads_to_the_images_of_that_pair(write_report, opened):
    page = opened(write_report("refused"))
    links = page.locator(".confusion td a")
    assert links.count() > 0
    links.first.click()
    pair = page.locator(".pair:target")
    truth, predicted = pair.locator("h4").inner_text().split(" taken for ")
    title = page.locator(".confusion td:has(a)").first.get_attribute("title")
    assert title.startswith(f"{truth} taken for {predicted}: ")
    captions = pair.locator("figcaption").all_inner_texts()
    assert captions
    for caption in captions:
        assert caption.startswith(f"{truth} taken for {predicted}, ")
    assert pair.evaluate("each => each.getBoundingClientRect().top") < PHONE["height"]


def test_the_pages_lead_to_each_other(write_report, opened):
    paths = [write_report(name) for name in ("first", "refused")]
    # The run before the refused one has no page, until it is written too.
    page = opened(paths[1])
    assert page.locator("nav a").all_inner_texts() == ["All runs", "Baseline"]
    write_report("cached")
    page = opened(write_report("refused"))
    words = page.locator("nav a").all_inner_texts()
    assert words == ["All runs", "Run before", "Baseline"]
    page.locator("nav a", has_text="Baseline").click()
    assert page.url == paths[0].as_uri()
    page.locator("nav a", has_text="All runs").click()
    assert page.url.endswith("/index.html")
    page.locator("a", has_text="refused").click()
    assert page.url == paths[1].as_uri()
    # Each class has its distance from the baseline.
    heading = page.locator("table.classes th", has_text="against the baseline")
    assert heading.count() == 1


def test_tables_sort_and_filter(write_report, opened):
    path = write_report("first").with_name("index.html")
    page = opened(path)
    rows = page.locator("table.runs tbody tr")
    assert [row.split()[0] for row in rows.all_inner_texts()] == [
        "failed",
        "refused",
        "cached",
        "first",
    ]
    page.locator("table.runs th:nth-child(6) button").click()
    accuracies = page.locator("table.runs tbody td:nth-child(6)").all_inner_texts()
    known = [float(each) for each in accuracies if each]
    assert known == sorted(known, reverse=True)
    assert accuracies[-1] == ""  # the failed one
    page.locator("table.runs th:nth-child(6) button").click()
    accuracies = page.locator("table.runs tbody td:nth-child(6)").all_inner_texts()
    assert [float(each) for each in accuracies if each] == sorted(known)
    page.locator("input[type=search]").fill("refu")
    shown = [row for row in rows.all() if row.is_visible()]
    assert [row.inner_text().split()[0] for row in shown] == ["refused"]


def test_without_scripts_everything_is_there(write_report, browser):
    path = write_report("first")
    texts = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        for each in (path, path.with_name("index.html")):
            page = context.new_page()
            page.goto(each.as_uri())
            texts.append(" ".join(page.locator("main").inner_text().split()))
        context.close()
    assert texts[0] == texts[2]
    assert texts[1].replace("Show rows with ", "") == texts[3]


def test_a_page_of_the_comparison_has_all_curves(comparison, opened):
    page = opened(comparison)
    assert page.locator("svg").count() == 2
    assert nameless_pictures(page) == []
    text = page.locator("body").inner_text()
    assert "Trainer.epochs" in text
    sections = page.locator("th[scope=rowgroup]").all_text_contents()
    assert sections == [each for each in SECTIONS if each in sections]
    assert {"parameters", "metrics", "classes"} <= {*sections}


def test_the_page_follows_the_colour_scheme(write_report, opened):
    page = opened(write_report("first"))
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]
    # On paper it is light, whatever the screen is.
    page.emulate_media(color_scheme="dark", media="print")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_a_cached_run_shows_what_it_took_from_the_cache(write_report, opened):
    page = opened(write_report("cached"))
    text = page.locator("body").inner_text()
    assert "below the blessed baseline's" in text
    assert "Trainer in run first" in text
    assert page.locator("td.cached").count() >= 7
    assert page.locator("figure").count() > 4


def test_a_refused_run_says_why(write_report, opened):
    page = opened(write_report("refused"))
    assert page.locator(".verdict").inner_text() == "Refused"
    assert "below the floor of 0.9900" in page.locator("body").inner_text()
    assert nameless_pictures(page) == []


def test_a_failed_run_shows_the_error_and_what_there_is(write_report, opened):
    page = opened(write_report("failed"))
    assert page.locator(".verdict").inner_text() == "Failed at AnomalyGate"
    assert "disagree with the schema" in page.locator(".error").inner_text()
    assert headings(page) == [
        "AnomalyGate failed",
        "Data",
        "Stages",
        "Lineage",
        "Parameters",
        "Go on",
    ]
    # Each split has no brightness and no contrast.
    assert "4 anomalies" in page.locator("body").inner_text()
    assert nameless_pictures(page) == []


def test_the_lineage_of_an_artifact_is_a_page_too(lineage, opened):
    page = opened(lineage)
    assert page.locator("svg").count() == 1
    assert page.locator("tbody tr").count() > 5
    assert nameless_pictures(page) == []
