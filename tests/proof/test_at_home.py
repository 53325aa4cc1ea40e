"""Requires: a student bundle names each misconception that a visible test fails, with data alone.

Catches: a bundle that has the sentences but not the answers; a name for another mistake; names beyond the bundle's own
cases; data that a student has damaged.
"""

import shutil
from pathlib import Path

import pytest

from grader.course import layout
from grader.course.registry import load_course
from grader.judge.client import grade_once
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.judge.released import Released, decoded
from grader.proof.local_suites import LocalSuites, in_session
from grader.proof.visible import at_home, names_at_home, released
from grader.records import TestRecord
from grader.submissions.intake import Submission

TOY = Path(__file__).parents[1] / "judge/toy"
SOLUTION = (TOY / "solutions/toy/first.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("author") / "toy"
    shutil.copytree(TOY, root)
    return root


@pytest.fixture(scope="module")
def data(author: Path) -> bytes:
    course, contents = load_course(author), []

    def run(session) -> None:
        suites = LocalSuites(course, session)
        misconceptions = at_home(suites, course.unit("toy"))
        contents.append(released(misconceptions))
        names = {name: text for _, name, text in names_at_home(misconceptions, contents[0], suites)}
        assert names == {run.wrong.name: run.wrong.text for run in misconceptions if run.fails}
        assert "triples" in names

    in_session(course, ["toy"], run)
    return contents[0]


@pytest.fixture
def bundle(author: Path, data: bytes, tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    shutil.copytree(author / "exercises", root / "exercises")
    shutil.copy(author / "course.toml", root)
    (root / layout.RELEASE).write_text("{}", encoding="utf-8")
    path = layout.wrong_answers(root, "toy")
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return root


def names(root: Path, body: str, **options: str) -> set[str]:
    files = {"first": SOLUTION.replace("    return 2 * x\n", f"    {body}\n")}
    course, records = load_course(root), dict[str, TestRecord]()
    job = Job(Submission("toy", files), course.limits, PUBLIC_SECRET, tasks=("double",), visible_only=True, **options)
    grade_once(root, job, lambda record: records.update({record.test: record}))
    return {record.feedback.likely for record in records.values()}


def test_a_bundle_names_a_mistake_at_home(bundle: Path) -> None:
    assert names(bundle, "return 3 * x") == {"It triples."}
    assert names(bundle, "return 4 * x") == {""}
    assert names(bundle, "return 3 * x", token="1234") == {""}


def test_without_the_data_or_with_damaged_data_there_is_no_name(bundle: Path) -> None:
    path = layout.wrong_answers(bundle, "toy")
    path.write_bytes(path.read_bytes()[:-20])
    assert names(bundle, "return 3 * x") == {""}
    path.unlink()
    assert names(bundle, "return 3 * x") == {""}


def test_the_data_have_no_names_of_misconceptions(data: bytes) -> None:
    contents = decoded(data)
    assert [entry.text for entry in contents.misconceptions][:1] == ["It triples."]
    assert contents.failures.keys() == {"first.test_matches_the_worked_example", "first.test_doubles_random_numbers"}
    assert "triples(" not in repr(contents)
    assert decoded(b"") == decoded(b"nonsense") == Released()
