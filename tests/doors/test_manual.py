"""The manual builds without a warning, needs no network to be read, and its links lead somewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.doors.environments import ROOT


@pytest.fixture(scope="module")
def manual(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("manual")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html", "docs", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Links(HTMLParser):
    """The links, places and loaded files of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.places, self.loaded = [], {""}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.places.add(known.get("id") or "")
        if tag == "a" and known.get("href"):
            self.links.append(known["href"])
        if tag in ("script", "img", "link") and known.get("rel") not in ("index", "search", "next", "prev"):
            self.loaded += [value for name in ("src", "href") if (value := known.get(name))]


def test_every_page_is_there_and_every_link_leads_somewhere(manual):
    pages = {path: Links(path) for path in sorted(manual.glob("*.html"))}
    names = {path.name for path in pages}
    assert {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} <= names
    for path, page in pages.items():
        for link in page.links:
            target, place = urldefrag(link)
            if "://" in target or target.startswith("mailto:"):
                continue
            other = (path.parent / unquote(target)).resolve() if target else path
            assert other.exists(), f"{path.name}: {link}"
            if other in pages:
                assert unquote(place) in pages[other].places, f"{path.name}: {link}"


def test_nothing_is_loaded_from_elsewhere(manual):
    loaded = {name for path in manual.glob("*.html") for name in Links(path).loaded}
    assert loaded
    assert [name for name in loaded if name.startswith(("http:", "https:", "//"))] == []
