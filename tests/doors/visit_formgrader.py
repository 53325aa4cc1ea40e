"""A visit to formgrader with Chromium, by Playwright; run in the environment that has it. Prints what was seen as JSON.

usage: visit_formgrader.py CHROMIUM ADDRESS TOKEN FOLDER VISIT [ARGUMENT ...]
"""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

PATIENCE = 60_000  # milliseconds


class Visit:
    """A browser's page in formgrader; screenshots go to a folder."""

    def __init__(self, page: Page, address: str, token: str, folder: Path) -> None:
        self._page, self._address, self._folder = page, address, folder
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/formgrader/?token={token}")

    def _go(self, path: str, sign: str) -> None:
        self._page.goto(self._address + path)
        self._page.wait_for_selector(sign, state="attached")  # names are hidden from graders at first

    def _shoot(self, name: str) -> None:
        self._page.screenshot(path=self._folder / f"{name}.png", full_page=True)

    def assignments(self, unit: str) -> dict[str, Any]:
        """Return the list of assignments, and the list of a unit's submissions."""
        self._go("/formgrader/manage_assignments", f"table a:text-is('{unit}')")
        self._shoot("assignments")
        listed = self._page.inner_text("table")
        self._go(f"/formgrader/manage_submissions/{unit}", "td:has-text('graded')")
        self._shoot("submissions")
        return {"assignments": listed, "submissions": self._page.inner_text("table")}

    def submission(self, unit: str, person: str) -> dict[str, Any]:
        """Return what a submission's page shows: code, outputs, scores and comments."""
        self._open(unit, person)
        self._shoot("submission")
        page = self._page
        scores = {one.get_attribute("id"): _shown(one) for one in page.query_selector_all("input.score")}
        comments = {one.get_attribute("id"): _shown(one) for one in page.query_selector_all("textarea.comment")}
        return {"text": page.inner_text("body"), "scores": scores, "comments": comments, "html": page.content()}

    def _open(self, unit: str, person: str) -> None:
        self._go(f"/formgrader/gradebook/{unit}/{unit}", f"table a:has-text('{person}')")
        link = self._page.query_selector(f"table a:has-text('{person}')")
        assert link is not None
        self._go(str(link.get_attribute("href")), "textarea.comment")
        self._page.wait_for_function("document.querySelector('input.score').placeholder !== ''")

    def enter(self, unit: str, person: str, cell: str, score: str, task: str, comment: str) -> dict[str, Any]:
        """Enter a score and a comment, as a person does."""
        self._open(unit, person)
        page = self._page
        for field, text, kind in ((f"#{cell}", score, "grade"), (f"#{task}-comment", comment, "comment")):
            with page.expect_response(lambda response, kind=kind: f"/api/{kind}/" in response.url):
                page.fill(field, text)
                page.dispatch_event(field, "change")
        self._shoot("entered")
        return {}

    def autograde(self, unit: str, person: str) -> dict[str, Any]:
        """Press the button that grades a submission, and return its row afterwards."""
        self._go(f"/formgrader/manage_submissions/{unit}", f"tr:has-text('{person}')")
        row = self._page.locator("tr", has_text=person)
        row.locator("td.autograde a").click()
        self._page.wait_for_selector(".modal-body:has-text('graded')")
        self._shoot("autograded")
        message = self._page.inner_text(".modal-body")
        self._go(f"/formgrader/manage_submissions/{unit}", f"tr:has-text('{person}')")
        return {"message": message, "row": row.inner_text()}


def _shown(field: Any) -> str:
    """Return what a field shows: what a person entered, or else what is there automatically."""
    return str(field.input_value() or field.get_attribute("placeholder"))


if __name__ == "__main__":
    chromium, address, token, folder, what, *arguments = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        seen = getattr(Visit(page, address, token, Path(folder)), what)(*arguments)
        browser.close()
    sys.stdout.write(json.dumps(seen))
