"""nbgrader's formgrader in a browser: it shows what was pushed, keeps what people enter, and grades by our workers.

The server listens on this machine alone, behind a token. The browser is Debian's Chromium.
"""

import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.probe import best_tier
from tests.doors.environments import Environment, debian_program, free_port, nbgrader_environment
from tests.doors.nbgrader_class import HERE, HIDDEN, UNIT, NbgraderClass
from tests.toy_course import make_course

PATIENCE = 120.0  # seconds until the server answers


class Formgrader:
    """A Jupyter server with formgrader, in the folder of a course.

    Parameters
    ----------
    environment : Environment
    course : Path
        Folder of the nbgrader course.
    pictures : Path
        Folder for screenshots.
    """

    def __init__(self, environment: Environment, course: Path, pictures: Path) -> None:
        self._environment, self._pictures = environment, pictures
        self._chromium = str(debian_program("chromium", "/usr/bin/chromium"))
        self._address, self._token = f"http://127.0.0.1:{free_port()}", secrets.token_hex()
        self.log = pictures / "server.log"
        options = ("--ip=127.0.0.1", f"--port={self._address.rpartition(':')[2]}", "--ServerApp.port_retries=0")
        token = f"--IdentityProvider.token={self._token}"
        self._server = environment.start(
            "jupyter", "server", "--allow-root", "--no-browser", token, *options, folder=course, log=self.log
        )

    def wait(self) -> None:
        """Wait until the server answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._server.poll() is None:
            try:
                urllib.request.urlopen(f"{self._address}/api/status?token={self._token}").close()
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def visit(self, what: str, *arguments: str) -> dict[str, Any]:
        """Return what a visit saw."""
        where = (self._chromium, self._address, self._token, str(self._pictures))
        done = self._environment.run("python", str(HERE / "visit_formgrader.py"), *where, what, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr + self.log.read_text()[-3000:]
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait()


Serve = Callable[[Path], Formgrader]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Return a function that starts formgrader in a course's folder; all end with the module."""
    started = []

    def start(course: Path) -> Formgrader:
        server = Formgrader(nbgrader_environment(), course, tmp_path_factory.mktemp("formgrader"))
        started.append(server)
        server.wait()
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> NbgraderClass:
    debian_program("chromium", "/usr/bin/chromium")
    base = tmp_path_factory.mktemp("class")
    pushed = NbgraderClass(base, nbgrader_environment(), f"sqlite:///{base}/nbgrader/gradebook.db")
    done = pushed.push()
    assert done.returncode == 3, done.stdout + done.stderr
    return pushed


@pytest.fixture(scope="module")
def formgrader(made: NbgraderClass, serve: Serve) -> Formgrader:
    return serve(made.folder)


def test_the_lists_show_what_was_pushed(formgrader: Formgrader) -> None:
    seen = formgrader.visit("assignments", UNIT)
    assert "lines\t2027-02-01 23:59:00 UTC" in seen["assignments"]
    rows = {line.split("\t")[1]: line for line in seen["submissions"].splitlines() if "\t" in line}
    assert "Byte, Ben\tben\t2027-02-03 11:59:00 UTC\tgraded\t8.25 / 16.5" in rows["ben"]
    assert "needs manual grading" in rows["fay"]
    assert "graded\t7 / 16.5" in rows["cem"]
    assert "eva" not in rows


def test_a_submission_s_page_has_code_scores_and_comments(formgrader: Formgrader) -> None:
    seen = formgrader.visit("submission", UNIT, "Byte, Ben")
    assert "return x @ y / (x @ x)" in seen["text"]
    assert "<b>of ben</b>" in seen["text"]  # as text
    assert seen["scores"]["test_slope_agrees_with_least_squares"] == "1.25"
    comment = seen["comments"]["slope-comment"]
    assert "2 days late" in comment
    assert "slope agrees with least squares (hidden): 1.25/2.5" in comment
    assert HIDDEN not in seen["html"]


def test_what_is_entered_there_stays_when_grades_are_pushed_again(made: NbgraderClass, formgrader: Formgrader) -> None:
    formgrader.visit("enter", UNIT, "Lovelace", "test_slope_is_a_plain_number", "0.5", "slope", "See me.")
    made.grade(ada=0.25)
    done = made.push()
    assert "kept, since a person gave them: ada lines test_slope_is_a_plain_number: 0.5" in " ".join(
        done.stdout.split()
    )
    seen = formgrader.visit("submission", UNIT, "Lovelace")
    assert seen["scores"]["test_slope_is_a_plain_number"] == "0.5"
    assert seen["scores"]["test_the_mean_is_gone"] == "0.5"
    assert seen["comments"]["slope-comment"] == "See me."


RIGHT = "    return float(x.sum())"


def handed_in(course: Path, unit: str) -> None:
    """Hand in a unit's released notebook, its only stub filled in."""
    released = (course / "release" / unit / f"{unit}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(released)
    (cell,) = [cell for cell in notebook["cells"] if "def total" in "".join(cell["source"])]
    stub = "".join(cell["source"])
    cell["source"] = f"{stub[: stub.index('    raise')]}{RIGHT}\n"
    target = course / "submitted" / "ada" / unit / f"{unit}.ipynb"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(notebook), encoding="utf-8")


def test_its_button_grades_by_the_sealed_workers(serve: Serve, tmp_path: Path) -> None:
    environment, folder = nbgrader_environment(), tmp_path / "stock"
    course = make_course(tmp_path)
    options = ("--unit", "counts", "--tier", best_tier().value)
    done = environment.run("grade", "nbgrader", "init", str(folder), *options, folder=Path(course.root))
    assert done.returncode == 0, done.stdout + done.stderr
    done = environment.run("nbgrader", "generate_assignment", "counts", folder=folder, activated=True)
    assert done.returncode == 0, done.stdout + done.stderr
    handed_in(folder, "counts")
    seen = serve(folder).visit("autograde", "counts", "ada")
    assert "graded\t4 / 4" in seen["row"], seen
    graded = (folder / "autograded" / "ada" / "counts" / "counts.ipynb").read_text(encoding="utf-8")
    assert "total agrees with numpy (hidden)" in graded
