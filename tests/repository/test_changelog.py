"""The changelog, held to its form and to the package's version."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_newest_version_is_the_packages():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\d\S+)", changelog, re.MULTILINE)[1]
    assert f'version = "{newest}"\n' in (ROOT / "pyproject.toml").read_text()


def test_every_version_has_its_date_and_the_kinds_of_keep_a_changelog():
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    if versions[0] == "## Unreleased":
        del versions[0]
    for number, line in enumerate(versions):
        date = r"\d{4}-\d\d-\d\d" if number else r"(\d{4}-\d\d-\d\d|unreleased)"
        assert re.fullmatch(rf"## \d+\.\d+\.\d+ - {date}", line)
    assert {line[4:] for line in lines if line.startswith("### ")} <= KINDS
