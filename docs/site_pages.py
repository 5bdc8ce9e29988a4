"""Adds to the site what isn't in docs/: the repository's pages and the API reference.

MkDocs calls the functions `on_...` while it builds the site (`make docs`).
"""

import os
import re
from collections.abc import Container, Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PACKAGES = ("components", "pipeline")
REPOSITORY_PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Pages beside the code, each with its name in the site."""

# A link to a file of this repository: no scheme, and no anchor alone.
_LINK = re.compile(r"!?\[(?P<text>[^]]*)]\((?P<path>[^)\s:#]+)(?P<anchor>#[^)\s]*)?\)")

_DOCSTRING_ALONE = """\
    options:
      members: false
      show_root_heading: false
      show_root_toc_entry: false
"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds the API reference to the navigation.

    Args:
        config: What `mkdocs.yml` says.

    Returns:
        The same.
    """
    pages = [{package: _reference_page(package)} for package in _packages()]
    config.nav = [*(config.nav or []), {"API reference": pages}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that aren't in docs/.

    Args:
        files: The files in docs/.
        config: What `mkdocs.yml` says.

    Returns:
        The same files, and the new ones.
    """
    pages = {page: (ROOT / name).read_text() for name, page in REPOSITORY_PAGES.items()}
    pages |= {_reference_page(package): _reference(package) for package in _packages()}
    for page, content in pages.items():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Points links at what they lead to in the site.

    Args:
        markdown: The page's text.
        page: The page.
        config: What `mkdocs.yml` says.
        files: All files of the site.

    Returns:
        The text with the site's own links.
    """
    repo_url = config.repo_url or ""
    return point_links(markdown, page.file.src_uri, repo_url, files.src_uris)


def point_links(markdown: str, page: str, repo_url: str, files: Container[str]) -> str:
    """Points a page's links at what they lead to in the site.

    A link to a file that is no part of the site leads to the repository, or becomes
    plain text if the repository's address isn't known. A link that leads nowhere is
    left as it is: MkDocs reports it.

    Args:
        markdown: The page's text.
        page: The page's name in the site.
        repo_url: Address of the repository; empty if unknown.
        files: Names of all files of the site.

    Returns:
        The text with the site's own links.
    """
    sources = {name: source for source, name in REPOSITORY_PAGES.items()}
    folder = Path(sources.get(page, f"docs/{page}")).parent

    def point(link: re.Match[str]) -> str:
        path = link["path"]
        target = os.path.normpath(folder / path)
        in_site = REPOSITORY_PAGES.get(target, target.removeprefix("docs/"))
        if in_site in files:
            new_path = os.path.relpath(in_site, Path(page).parent)
            return link.group().replace(f"]({path}", f"]({new_path}")
        if not (ROOT / target).exists():
            return link.group()
        if not repo_url:
            return link["text"]
        url = f"{repo_url.rstrip('/')}/blob/HEAD/{target}"
        return link.group().replace(f"]({path}", f"]({url}")

    return _LINK.sub(point, markdown)


def _packages() -> Iterator[str]:
    """Yields the packages by their dotted names, each before those in it."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("__init__.py")):
            yield ".".join(path.parent.relative_to(ROOT).parts)


def _reference_page(package: str) -> str:
    return f"reference/{package}.md"


def _reference(package: str) -> str:
    """Writes a package's page; mkdocstrings puts the docstrings of the modules in."""
    modules = sorted(
        path.stem
        for path in ROOT.joinpath(*package.split(".")).glob("*.py")
        if not path.stem.startswith("__")
    )
    parts = [
        f"# {package}",
        f"::: {package}\n{_DOCSTRING_ALONE}",
        *(f"::: {package}.{module}" for module in modules),
    ]
    return "\n\n".join(parts) + "\n"
