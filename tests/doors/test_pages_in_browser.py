"""The pages in a real browser: axe-core finds nothing serious, nothing is loaded, and they fit 400 and 1280 pixels.

Chromium comes from Debian where this machine may install it; axe-core from npm.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.report.pages.class_view import class_view
from grader.report.pages.feedback_view import feedback_view
from grader.report.pages.handout import ReaderState
from grader.report.pages.html import class_html, feedback_html, similar_html
from grader.report.pages.progress import progress_html
from grader.report.pages.similar_view import similar_view
from tests.doors.environments import axe_core
from tests.report.test_class_report import facts
from tests.report.test_feedback_pages import FACTS, GRADE, RESULT
from tests.report.test_handout_pages import COURSE
from tests.report.test_handout_pages import page as handout_page
from tests.report.test_progress_page import unit as part
from tests.report.test_similar_page import SIMILARITY

SERIOUS = ("serious", "critical")
PROBE = """
<script>%s</script>
<script>
axe.run(document).then(result => {
  const report = document.createElement('pre');
  report.id = 'report';
  report.textContent = JSON.stringify({
    violations: result.violations.map(one => [one.impact, one.id, one.nodes.map(node => node.html).slice(0, 3)]),
    passes: result.passes.length,
    loaded: performance.getEntriesByType('resource').map(entry => entry.name),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
  });
  document.body.replaceChildren(report);
});
</script>
"""


@pytest.fixture(scope="module")
def browser():
    """Return the browser's command, installed if it may be."""
    if not shutil.which("chromium") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, capture_output=True)
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium here, and none may be installed")
    return [found, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=20000"]


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """Return axe-core's source."""
    return axe_core(tmp_path_factory.mktemp("axe")).read_text(encoding="utf-8")


PAGES = {
    "feedback": lambda: feedback_html(feedback_view(FACTS, RESULT, name="Ada", grade=GRADE)),
    "refused": lambda: feedback_html(feedback_view(FACTS, replace(RESULT, tests=(), status="rejected"), grade=None)),
    "class": lambda: class_html(class_view(facts())),
    "similar": lambda: similar_html(similar_view("Waves & <tides>", SIMILARITY)),
    "handout": lambda: handout_page(COURSE.units[0], {COURSE.units[0].tasks[0].name: ReaderState("failing", "1 of 2")}),
    "progress": lambda: progress_html("A course", [part("a"), part("b", "a"), part("c", "a")], "next: grade"),
    "widest handout": lambda: handout_page(COURSE.unit("rnn")),
}


def report(browser, axe, folder: Path, page: str, *, width: int, dark: bool) -> dict:
    """Return what axe-core says of a page, with its scripts allowed for once."""
    path = folder / "page.html"
    allowed = page.replace("style-src", "script-src 'unsafe-inline'; style-src").replace(
        "</body>", PROBE.replace("%s", axe) + "</body>"
    )
    path.write_text(allowed, encoding="utf-8")
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = subprocess.run(
        [*browser, *scheme, f"--window-size={width},900", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout.split('<pre id="report">')[1].split("</pre>")[0]
    return json.loads(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing_serious_and_nothing_is_loaded(browser, axe, tmp_path, name, width, dark):
    result = report(browser, axe, tmp_path, PAGES[name](), width=width, dark=dark)
    assert [one for one in result["violations"] if one[0] in SERIOUS] == []
    assert result["passes"] > 10
    assert result["loaded"] == []
    assert result["overflow"] <= 0
    assert result["dark"] is dark


def test_a_fault_is_seen(browser, axe, tmp_path):
    page = PAGES["feedback"]().replace("--ink: #1d2330", "--ink: #cccccc")
    result = report(browser, axe, tmp_path, page, width=1280, dark=False)
    assert "color-contrast" in [one[1] for one in result["violations"]]


def test_a_page_prints_on_paper(browser, tmp_path):
    path, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    path.write_text(PAGES["class"](), encoding="utf-8")
    subprocess.run([*browser, f"--print-to-pdf={paper}", path.as_uri()], capture_output=True, check=False)
    assert paper.read_bytes().startswith(b"%PDF")
