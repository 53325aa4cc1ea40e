"""The tutor's tools tell what a tutor needs, and cannot be made to show a solution or a hidden test."""

from itertools import product
from pathlib import Path

import pytest

from grader.course import layout
from grader.course.registry import load_course
from grader.errors import NotFoundError
from grader.home.memory import remember
from grader.home.tutor import Tutor
from grader.records import Feedback, TestRecord, Verdict

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
LONG = 40  # characters of a line that nobody writes by chance
UNIT = COURSE.units[0]
TASK = UNIT.tasks[0]
FAILED = TestRecord(
    UNIT.name,
    TASK.name,
    "test_a",
    "matches",
    False,
    1,
    0,
    Verdict.FAILED,
    Feedback(got="0", likely="A bias is left out."),
)


@pytest.fixture
def tutor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tutor:
    """Return a tutor for the authors' checkout, where solutions and hidden tests lie beside the stubs."""
    monkeypatch.setattr(layout, "state_folder", lambda _root: tmp_path)
    return Tutor(COURSE)


def test_it_tells_state_failures_with_names_and_hints_in_order(tutor: Tutor) -> None:
    assert tutor.last_failures(TASK.name)["state"] == "not run yet"
    stub = layout.stub_path(ROOT, UNIT.name, TASK.file).read_text(encoding="utf-8")
    remember(COURSE, UNIT, {TASK.file: stub}, [FAILED])
    report = tutor.last_failures(TASK.name)
    assert report["state"] == "of the file as it is now"
    assert report["failures"] == [{"test": "matches", "verdict": "failed", "got": "0", "likely": "A bias is left out."}]
    assert [tutor.next_hint(TASK.name) for _ in range(4)] == [
        *(f"hint {number} of 3: {text}" for number, text in enumerate(TASK.hints, 1)),
        "these were all hints; read the handout's section again",
    ]
    assert tutor.list_tasks(UNIT.name)[0]["points at home"] == "0 of 1"
    code = tutor.read_my_code(TASK.name)
    assert code.startswith(f"def {TASK.name}(")
    assert code.rstrip().endswith(f'raise NotImplementedError("{UNIT.name}.{TASK.name}")')


def secret_lines() -> set[str]:
    """Return long lines of solutions and hidden tests that no stub, handout, registry or visible test has."""
    secret = [*(ROOT / "solutions").rglob("*.py"), *(ROOT / "tests" / "hidden").rglob("*.py")]
    public = [path for path in (ROOT / "exercises").rglob("*.*") if path.suffix in {".py", ".md", ".toml"}]
    known = one_line(" ".join(path.read_text(encoding="utf-8") for path in public))
    lines = {one_line(line) for path in secret for line in path.read_text(encoding="utf-8").splitlines()}
    return {line for line in lines if len(line) >= LONG and line not in known}


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_no_tool_shows_a_solution_or_a_hidden_test(tutor: Tutor) -> None:
    texts = [tutor.list_tasks(), *(tutor.read_handout(unit.name) for unit in COURSE.units)]
    for unit in COURSE.units:
        for task in unit.tasks:
            name = f"{unit.name}.{task.name}"
            texts += [tutor.read_my_code(name), tutor.last_failures(name), *(tutor.next_hint(name) for _ in range(3))]
    secrets = secret_lines()
    assert len(secrets) > 1000
    shown = one_line(" ".join(map(str, texts)))
    assert [line for line in secrets if line in shown] == []


NAMES = ("../solutions/perceptron", "/etc/passwd", "solutions", "../../tests/hidden", "perceptron/../..", "", "*", "\0")


@pytest.mark.parametrize(
    ("tool", "name"), list(product(["read_handout", "read_my_code", "last_failures", "next_hint"], NAMES))
)
def test_a_name_that_is_none_is_refused(tutor: Tutor, tool: str, name: str) -> None:
    with pytest.raises(NotFoundError):
        getattr(tutor, tool)(name)
