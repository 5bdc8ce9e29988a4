"""Takes the README's picture of the newest report in `./output`, in headless Chromium.

`make report-picture`
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

REPORTS = Path("output/reports")
PICTURE = Path(__file__).with_name("report.png")
SIZE = {"width": 1000, "height": 1400}


def main() -> None:
    """Takes the picture."""
    reports = sorted(REPORTS.glob("[0-9]*.html"), key=lambda path: path.stat().st_mtime)
    chromium = shutil.which("chromium")
    if not reports or not chromium:
        sys.exit(
            "There must be a report in ./output, and Chromium on this machine: "
            "make run, make system-packages."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE)
        page.goto(reports[-1].absolute().as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
