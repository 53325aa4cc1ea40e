"""`grade release`: what is graded later, and units that wait until others are closed."""

from datetime import UTC, datetime, timedelta

import pytest

from grader.gradebook.book import database_path
from grader.gradebook.store import Gradebook
from grader.records.grades import Adjustment, AdjustmentKind
from tests.cli.test_solutions import due


@pytest.fixture
def released(monkeypatch):
    """Return what is handed to the bundle's builder, by folder; nothing is built."""
    calls = {}

    def release(course, destination, hidden_points, *, closed, wrong_answers, handouts):
        calls[destination] = (hidden_points, sorted(closed), wrong_answers, sorted(handouts))
        return [destination / "README.md"]

    monkeypatch.setattr("grader.proof.check.hidden_points", lambda course: {"lines.slope": 4.0})
    monkeypatch.setattr("grader.proof.visible.wrong_answers", lambda course, jobs, tell: {"lines": b"data"})
    monkeypatch.setattr("grader.release.bundle.release", release)
    return calls


@pytest.fixture
def opening(root):
    """Let the second unit open when the first is closed."""
    path = root / "exercises/counting/unit.toml"
    path.write_text('opens = ["lines"]\n' + path.read_text(encoding="utf-8"), encoding="utf-8")


def last_line(result):
    assert result.exit_code == 0, result.stderr
    return " ".join(result.output.partition("graded after submission.")[2].split())


def test_release_counts_what_is_graded_later(run_in, root, released, tmp_path):
    result = run_in(root, "release", str(tmp_path / "bundle 27"))
    assert released == {tmp_path / "bundle 27": ({"lines.slope": 4.0}, [], {"lines": b"data"}, ["counting", "lines"])}
    assert "4 points are graded after submission" in " ".join(result.output.split())
    assert last_line(result) == ""


def test_without_due_dates_a_unit_that_opens_later_needs_everything(run_in, root, released, opening, tmp_path):
    result = run_in(root, "release", str(tmp_path / "class"))
    assert last_line(result) == "left out: counting, until lines is closed; without a due date: lines"
    result = run_in(root, "release", str(tmp_path / "alone"), "--everything")
    assert last_line(result) == ""
    closed = {folder.name: call[1] for folder, call in released.items()}
    pages = {folder.name: call[3] for folder, call in released.items()}
    assert closed == {"class": [], "alone": ["counting", "lines"]}
    assert pages == {"class": ["lines"], "alone": ["counting", "lines"]}


@pytest.mark.parametrize(("days", "is_closed"), [(-1, True), (1, False)])
def test_a_unit_opens_when_the_others_are_due(run_in, root, released, opening, tmp_path, days, is_closed):
    due(root, days)
    result = run_in(root, "release", str(tmp_path / "class"))
    ((_, closed, _, pages),) = released.values()
    assert closed == ["lines"] * is_closed
    assert pages == (["counting", "lines"] if is_closed else ["lines"])
    moment = (datetime.now(UTC) + timedelta(days=days)).strftime("%a %d %b %Y")
    assert last_line(result).startswith("" if is_closed else f"left out: counting, until lines is closed: {moment}")


def test_an_extension_keeps_it_closed(run_in, root, released, opening, tmp_path):
    due(root, -1)
    extension = Adjustment(
        student="anna", unit="lines", kind=AdjustmentKind.EXTEND, value=3, reason="ill", by="tom", at=datetime.now(UTC)
    )
    with Gradebook(database_path(root / "results")) as book:
        book.adjust([extension])
    assert last_line(run_in(root, "release", str(tmp_path / "class"))).startswith("left out: counting, until lines")
    result = run_in(root, "release", str(tmp_path / "other"), "--out", "elsewhere")
    assert last_line(result) == ""
