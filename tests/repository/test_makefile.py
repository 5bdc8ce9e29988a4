"""The Makefile, held to what the pages say of it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob(".github/*.md")]


def targets():
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_that_a_page_names_exists(page):
    named = re.findall(r"(?:`|^)make ((?:[a-z][\w-]* ?)+)", page.read_text(), re.M)
    assert {target for targets in named for target in targets.split()} <= targets()


def test_every_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text()
    for target in targets():
        assert re.search(rf"^{target}:.*## \w+", makefile, re.MULTILINE), target
        assert f".PHONY: {target}\n" in makefile
