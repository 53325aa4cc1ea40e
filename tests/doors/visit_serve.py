"""A visit to `grade serve` with Chromium, by Playwright; run in the environment that has it. Prints JSON.

usage: visit_serve.py CHROMIUM LINK AXE FOLDER STUDENT
"""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PATIENCE = 240_000  # milliseconds
WIDTHS = (400, 1280)
MARKUP = "<b onmouseover=alert(1)>asked"


class Visit:
    """A browser's page; what axe-core says of each page is kept, and screenshots go to a folder."""

    def __init__(self, page: Page, axe: str, folder: Path) -> None:
        self._page, self._axe, self._folder = page, axe, folder
        self.seen: dict[str, Any] = {"serious": [], "wide": [], "errors": []}
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.seen["errors"].append(str(error)))
        page.on("dialog", lambda dialog: self.seen["errors"].append("a script ran: " + dialog.message))

    def look(self, name: str) -> None:
        """Take screenshots of a page, and ask axe-core about it, narrow and wide, light and dark."""
        page = self._page
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=self._folder / f"{name}-{width}-{scheme}.png", full_page=True)
                page.evaluate(self._axe)
                violations = page.evaluate("axe.run(document).then(result => result.violations)")
                serious = [one["id"] for one in violations if one["impact"] in ("serious", "critical")]
                self.seen["serious"] += [f"{name}, {width}, {scheme}: {one}" for one in serious]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                self.seen["wide"].append(f"{name}, {width}")

    def watch(self, link: str) -> None:
        """Open the link, and watch the class until it is graded, without touching anything."""
        page = self._page
        page.goto(link)
        self.seen["address"] = page.url
        page.wait_for_selector("#headline:has-text('Grading:')")
        page.wait_for_selector("h2:has-text('Being graded')")
        self.seen["running"] = page.inner_text("body")
        self.look("running")
        page.wait_for_selector("#headline:has-text('Done at')")
        self.seen["done"] = page.inner_text("body")
        self.look("done")

    def decide(self, student: str) -> None:
        """Go to a student's page by the table, decide, and take it back."""
        page = self._page
        page.click("nav a:text-is('Class')")
        self.seen["table"] = page.inner_text("table")
        self.look("class")
        page.click(f"tr:has(th:text-is('{student}')) a")
        self.look("student")
        page.select_option("#kind", "points")
        page.fill("#value", "-1")
        page.fill("#reason", MARKUP)
        page.click("button:text-is('Store')")
        self.seen["notice"] = page.inner_text(".notice")
        self.look("decided")
        page.hover("text=asked >> nth=0")
        page.click("button:text-is('Take back the latest decision')")
        page.wait_for_selector(".notice:has-text('taken back')")
        self.seen["history"] = page.inner_text("main")

    def regrade(self) -> None:
        """Grade the student's hand-in again, and wait for its end."""
        page = self._page
        page.click("button:text-is('Grade again')")
        page.wait_for_selector("#headline:has-text('Ended')")
        self.seen["regraded"] = page.inner_text("main")
        self.look("regraded")


def other_browser(browser: Browser, link: str) -> str:
    """Return what a second browser sees behind the same link."""
    page = browser.new_context().new_page()
    page.goto(link)
    return str(page.inner_text("body"))


if __name__ == "__main__":
    chromium, link, axe, folder, student = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visit = Visit(browser.new_context().new_page(), Path(axe).read_text(encoding="utf-8"), Path(folder))
        visit.watch(link)
        visit.seen["other"] = other_browser(browser, link)
        visit.decide(student)
        visit.regrade()
        browser.close()
    sys.stdout.write(json.dumps(visit.seen))
