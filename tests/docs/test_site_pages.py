"""The site of the pages and the API reference."""

import re
import subprocess
import sys

import pytest

from docs.site_pages import PACKAGES, REPOSITORY_PAGES, ROOT, point_links

URL = "https://example.com/repository"
FILES = {"index.md", "serving.md", "changelog.md", "reference/pipeline.md"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            *("--site-dir", folder),
        ],
        cwd=ROOT,
        check=True,
    )
    return folder


def test_every_page_is_in_the_site(site):
    names = {path.name for path in (ROOT / "docs").glob("*.md")}
    for name in names | set(REPOSITORY_PAGES.values()):
        assert (site / name).with_suffix(".html").is_file()


def test_every_public_module_is_in_the_reference(site):
    pages = "".join(path.read_text() for path in (site / "reference").glob("*.html"))
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if not path.stem.startswith("__"):
                assert f'id="{module}"' in pages


def test_a_visitors_browser_fetches_nothing_from_elsewhere(site):
    fetched = re.compile(r'<(?:script|img|link|iframe)\b[^>]*?(?:src|href)="([^"]+)"')
    for path in site.rglob("*.html"):
        addresses = fetched.findall(path.read_text())
        assert addresses
        assert [address for address in addresses if "//" in address] == []


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("index.md", "[a](docs/serving.md)", "[a](serving.md)"),
        ("index.md", "[a](docs/serving.md#b)", "[a](serving.md#b)"),
        ("serving.md", "[a](../CHANGELOG.md)", "[a](changelog.md)"),
        ("reference/pipeline.md", "[a](../serving.md)", "[a](../serving.md)"),
        ("serving.md", "[a](../Makefile)", f"[a]({URL}/blob/HEAD/Makefile)"),
        ("serving.md", "[a](../gone.md)", "[a](../gone.md)"),
        ("serving.md", "[a](#b) [c](https://d/e.md)", "[a](#b) [c](https://d/e.md)"),
    ],
)
def test_a_link_leads_to_the_page_or_else_to_the_repository(page, text, expected):
    assert point_links(text, page, URL, FILES) == expected


def test_a_link_to_a_file_is_text_where_the_repository_is_unknown():
    text = "see [the `Makefile`](../Makefile) and [it](serving.md)"
    expected = "see the `Makefile` and [it](serving.md)"
    assert point_links(text, "serving.md", "", FILES) == expected


def test_the_links_of_every_page_stay_within_the_repository():
    for path in [*(ROOT / "docs").glob("*.md"), *map(ROOT.joinpath, REPOSITORY_PAGES)]:
        for target in re.findall(r"\]\(([^)\s:#]+)[)#]", path.read_text()):
            resolved = (path.parent / target).resolve()
            assert resolved.is_relative_to(ROOT.resolve())
            assert resolved.exists(), f"{path.name}: {target}"


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path):
    text = (ROOT / "mkdocs.yml").read_text()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[a](gone.md)")
    validation = text[text.index("validation:") :]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: Test\n{validation}")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 1
    assert "gone.md" in built.stderr
