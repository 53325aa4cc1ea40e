"""A made-up class in an nbgrader course: its results, what people decided, and the gradebook read back."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grader.autograde.saved_results import past_results
from grader.course.registry import Course, load_course
from grader.gradebook.book import class_book
from grader.gradebook.store import Gradebook
from grader.nbgrader.cells import Cell, cells_of
from grader.records import Feedback, Result, Status, TestRecord, Verdict
from grader.records.grades import Adjustment, AdjustmentKind, Attempt, UnitGrade
from grader.report.data_files import write_json
from tests.doors.environments import Environment
from tests.toy_course import make_course

UNIT = "lines"
HIDDEN = "1234.5678"  # what hidden tests saw: it must be nowhere
PRINTED = "<script>alert('printed')</script>"
DUE = datetime(2027, 2, 1, 23, 59, tzinfo=UTC)
RULES = """
[grading]
zone = "UTC"

[due]
lines = 2027-02-01T23:59:00

[late]
percent_per_day = 10
"""
ROSTER = """\
id,name,email
ada,Ada Lovelace,ada@example.org
ben,Ben Byte,
cem,Cem,
dea,Dea Door,
eva,Eva Event,
fay,Fay File,
gus,Gus Graph,
"""
CODE = {"line": "import numpy as np\n\n\ndef slope(x, y):\n    return x @ y / (x @ x)  # <b>of {}</b>\n", "shift": ""}
HERE = Path(__file__).parent


class NbgraderClass:
    """A class of seven: right, late, adjusted, excused, absent, refused, graded on paper.

    Parameters
    ----------
    folder : Path
        Everything is written into it.
    environment : Environment
        With nbgrader.
    url : str
        Address of nbgrader's gradebook.
    """

    def __init__(self, folder: Path, environment: Environment, url: str) -> None:
        self.course = _course(folder / "course")
        self.results, self.folder = folder / "results", folder / "nbgrader"
        self._environment, self.url, self._base = environment, url, folder
        self.folder.mkdir()
        (self.folder / "nbgrader_config.py").write_text(f'c = get_config()\nc.CourseDirectory.db_url = "{url}"\n')
        self.results.mkdir()
        (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
        self.grade()
        self._decide()

    def grade(self, **shares: float) -> None:
        """Grade the class; `shares` are parts of the points of every test, by student."""
        parts = {"ada": 1.0, "ben": 0.5, "cem": 1 / 3, "dea": 0.25} | shares
        results = [_result(student, self.cells, part) for student, part in parts.items()]
        results.append(Result("fay", UNIT, Status.REJECTED, remark="lines.rar is a RAR archive"))
        write_json(self.course, results, self.results)
        for student in parts:
            for stem, text in CODE.items():
                path = self.submissions / student / UNIT / f"{stem}.py"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text.format(student), encoding="utf-8")

    @property
    def submissions(self) -> Path:
        """Folder of what was handed in."""
        return self._base / "submissions"

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Cells of the unit."""
        return cells_of(self.course, self.course.unit(UNIT))

    def _decide(self) -> None:
        days = {"ada": -1.0, "ben": 1.5, "cem": -2.0, "dea": 0.0}
        attempts = [
            Attempt(student, UNIT, 1, DUE + timedelta(days=late), "canvas", f"{student}/{UNIT}")
            for student, late in days.items()
        ]
        decided = [
            ("cem", AdjustmentKind.POINTS, 1.5, "the test was unclear"),
            ("dea", AdjustmentKind.EXCUSE, 0.0, "ill"),
            ("gus", AdjustmentKind.SET, 4.0, "on paper"),
        ]
        with Gradebook(self.results / "journal.sqlite") as book:
            book.put_attempts(attempts)
            book.adjust(
                [
                    Adjustment(student, UNIT, kind, value, reason=reason, by="tom", at=DUE)
                    for student, kind, value, reason in decided
                ]
            )

    def grades(self) -> dict[str, UnitGrade]:
        """Return the gradebook's grades by student."""
        grades = class_book(self.results).grades(self.course, past_results(self.results))
        return {grade.person.id: grade.units[UNIT] for grade in grades}

    def push(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run `grade nbgrader push`."""
        places = ("--db", self.url, "--course", str(self.folder), "--submissions", str(self.submissions))
        return self.grade_command("nbgrader", "push", str(self.results), *places, *options)

    def grade_command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours in the deepgrade course."""
        return self._environment.run("grade", *arguments, folder=Path(self.course.root))

    def nbgrader(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the stock nbgrader in the course's folder."""
        return self._environment.run("nbgrader", *arguments, folder=self.folder, activated=True)

    def generate(self, folder: Path) -> None:
        """Make a folder for nbgrader in which it grades by our workers, and have it generate the assignment."""
        (folder / "nbgrader_config.py").unlink(missing_ok=True)
        done = self.grade_command("nbgrader", "init", str(folder), "--unit", UNIT)
        assert done.returncode == 0, done.stdout + done.stderr
        options = (f"--db={self.url}", f"--course-dir={folder}")
        done = self._environment.run("nbgrader", "generate_assignment", UNIT, *options, folder=folder, activated=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def ask(self, what: str, *arguments: str) -> Any:
        """Return what nbgrader's own library says of the gradebook."""
        done = self._environment.run("python", str(HERE / "ask_nbgrader.py"), self.url, what, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def _course(folder: Path) -> Course:
    folder.mkdir()
    course = make_course(folder)
    registry = Path(course.root) / "course.toml"
    registry.write_text(registry.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    return load_course(Path(course.root))


def _result(student: str, cells: tuple[Cell, ...], part: float) -> Result:
    tests = tuple(_record(cell, part) for cell in cells if cell.is_test)
    return Result(student, UNIT, Status.GRADED, tests=tests)


def _record(cell: Cell, part: float) -> TestRecord:
    is_hidden = cell.kind.value == "hidden"
    seen = HIDDEN if is_hidden else "4.25"
    feedback = Feedback(got=seen, expected=f"{seen}1", message=seen, given=seen, printed=f"{PRINTED} {seen}")
    return TestRecord(
        UNIT,
        cell.task,
        cell.test,
        cell.title,
        is_hidden,
        cell.points,
        cell.points * part,
        Verdict.PASSED if part == 1 else Verdict.FAILED,
        Feedback() if part == 1 else feedback,
    )
