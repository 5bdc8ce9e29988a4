"""The pages for everyone: with a screen reader, on a phone, on paper."""

import re
import unicodedata

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tools,
    # The first of all fixtures: without a browser, no pipeline has to run before.
    pytest.mark.usefixtures("browser"),
    pytest.mark.parametrize("recorded_runs", ["sqlite"], indirect=True),
]

# Bytes, of a run of ten epochs.
LARGEST_PAGE = 3_000_000
ALL_RULES = {"resultTypes": ["violations"]}
RULES_OF_COLOURS = {**ALL_RULES, "runOnly": ["color-contrast"]}
UNFOLD = "document.querySelectorAll('details').forEach((each) => each.open = true)"
# Elements that reach beyond the screen, and don't lie in one that scrolls by itself.
WIDER_THAN_THE_SCREEN = """
() => [...document.body.querySelectorAll("*")].filter((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || (box.left > -1 && box.right < innerWidth + 1)) return false;
  for (let above = element.parentElement; above; above = above.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(above).overflowX)) return false;
  return true;
}).map((element) => element.outerHTML.slice(0, 100))
"""
# The rows of all tables, except one whose words stand upright.
ROWS = """
() => [...document.querySelectorAll("tr")]
  .filter((row) => !row.querySelector("th span")).map((row) => row.innerText)
"""


@pytest.fixture(scope="module")
def pages(write_report, comparison, lineage):
    """A page of each kind."""
    runs = [write_report(run_id) for run_id in ("first", "refused", "failed")]
    return [*runs, runs[0].with_name("index.html"), comparison, lineage]


@pytest.fixture
def shown(browser, pages):
    """Shows each of the pages, unfolded, in a window of a width."""
    context = browser.new_context()

    def show(width):
        for path in pages:
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(path.as_uri())
            page.evaluate(UNFOLD)
            yield path.name, page

    yield show
    context.close()


def test_axe_finds_nothing_to_complain_of(shown):
    found = []
    for name, page in shown(1000):
        for scheme, rules in (("light", ALL_RULES), ("dark", RULES_OF_COLOURS)):
            page.emulate_media(color_scheme=scheme)
            found += [
                (name, scheme, each["id"], each["nodes"][0]["html"])
                for each in Axe().run(page, options=rules).response["violations"]
            ]
    assert found == []


def test_on_a_phone_nothing_is_wider_than_the_screen_without_its_own_scroll(shown):
    for name, page in shown(375):
        assert page.evaluate(WIDER_THAN_THE_SCREEN) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, name


def squeeze(text):
    # A PDF has no spaces where a line ends, and ligatures for some letters.
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def test_in_print_no_page_is_empty_and_no_row_is_torn_or_repeated(shown, tmp_path):
    for name, page in shown(1000):
        page.emulate_media(media="print")
        text = squeeze(page.locator("body").inner_text())
        # Shorter ones would be found everywhere.
        rows = {row for row in map(squeeze, page.evaluate(ROWS)) if len(row) > 10}
        assert rows, name
        file = tmp_path / "printed.pdf"
        page.pdf(path=file, format="A4", prefer_css_page_size=True)
        printed = [squeeze(each.extract_text()) for each in PdfReader(file).pages]
        # The words at the end of each page aren't alone on it.
        assert all(len(each) > 100 for each in printed), (name, printed)
        for row in rows:
            found = sum(each.count(row) for each in printed)
            assert found == text.count(row), (name, row)


def test_a_page_stays_small(pages, recorded_runs):
    for path in pages:
        size = path.stat().st_size
        assert size < LARGEST_PAGE * recorded_runs.settings.epochs / 10, path.name
