"""The plan: who handed in what, in order, under a key that changes exactly when the result could."""

import pytest
from msgspec.structs import replace

from grader.autograde import keys
from grader.autograde.journal import Journal
from grader.autograde.plan import complete, make_plan, refused
from grader.autograde.saved_results import notes_on, whole_class
from grader.course.registry import load_course
from grader.errors import NotFoundError
from grader.records import Isolation, Result, Status
from tests.toy_course import make_course, write


@pytest.fixture
def root(tmp_path):
    make_course(tmp_path / "toy")
    return tmp_path / "toy"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "class/s002/lines/line.py", "x = 1\n")
    write(tmp_path / "class/s002/counts/count.py", "x = 1\n")
    write(tmp_path / "class/s001/counts/count.py", "x = 1\n")
    write(tmp_path / "class/s003/lines/notes.txt", "I could not do it")
    return tmp_path / "class"


def plan(root, folder, secret="s", tier=Isolation.SELF, units=()):
    return make_plan(load_course(root), folder, secret=secret, tier=tier, units=units)


def all_keys(root, folder, **options):
    return {(work.student, work.unit): work.key for work in plan(root, folder, **options).work}


def test_work_is_sorted_by_student_then_in_the_courses_order(root, folder):
    places = [(work.student, work.unit) for work in plan(root, folder).work]
    assert places == [("s001", "counts"), ("s002", "lines"), ("s002", "counts"), ("s003", "lines")]


def test_what_was_not_handed_in_is_listed(root, folder):
    assert plan(root, folder).missing == (("s001", "lines"), ("s003", "counts"))


def test_units_can_be_chosen(root, folder):
    chosen = plan(root, folder, units=["counts"])
    assert {work.unit for work in chosen.work} == {"counts"}
    assert chosen.missing == (("s003", "counts"),)


def test_an_unknown_unit_is_told(root, folder):
    with pytest.raises(NotFoundError, match='no unit "lnes"; did you mean "lines"'):
        plan(root, folder, units=["lnes"])


def test_a_refused_submission_becomes_a_result_without_points(root, folder):
    (work,) = [item for item in plan(root, folder).work if item.submission.problem]
    result = refused(work, Isolation.SELF)
    assert (result.status, result.earned, result.tests) == (Status.REJECTED, 0, ())
    assert "none of line.py, shift.py was handed in" in result.remark


def test_the_whole_class_has_a_result_for_everything(root, folder):
    made = plan(root, folder)
    results = [Result(work.student, work.unit, Status.GRADED) for work in reversed(made.work)]
    whole = complete(made, results, Isolation.SELF)
    assert [(item.student, item.unit) for item in whole] == [
        (student, unit) for student in ("s001", "s002", "s003") for unit in ("lines", "counts")
    ]
    assert whole[0].status is Status.MISSING
    assert whole[0].remark == "not submitted"


@pytest.fixture
def download(tmp_path):
    """Return Moodle's download of one assignment, with a refused hand-in."""
    write(tmp_path / "moodle/Ada A_1_assignsubmission_file_/line.py", "def slope(x, y):\n    return 1\n")
    write(tmp_path / "moodle/Bob B_2_assignsubmission_file_/notes.txt", "I could not do it")
    return tmp_path / "moodle"


def test_a_download_of_one_assignment_covers_its_unit_only(root, folder, download):
    made = plan(root, download, units=["lines"])
    assert (made.units, made.covered, made.missing) == (("lines",), {"lines"}, ())
    assert [(work.student, work.unit) for work in made.work] == [("Ada A_1", "lines"), ("Bob B_2", "lines")]
    assert plan(root, folder).covered == {"lines", "counts"}


def test_clones_of_one_assignment_leave_the_other_units_out(root, tmp_path):
    for user in ("ada", "bob"):
        write(tmp_path / f"clones/lines-{user}/line.py", "def slope(x, y):\n    return 1\n")
    made = plan(root, tmp_path / "clones")
    assert (made.units, made.missing) == (("lines",), ())


def test_what_was_refused_in_another_download_stays_refused(root, download, tmp_path):
    refusal = Result("Bob B_2", "lines", Status.REJECTED, Isolation.SELF, remark="notes.txt")
    write(tmp_path / "later/Ada A_1_assignsubmission_file_/count.py", "def total(x):\n    return 1\n")
    course, later = load_course(root), plan(root, tmp_path / "later", units=["counts"])
    with Journal(tmp_path / "journal.sqlite") as kept:
        kept.put(refusal, {})
        kept.know_units(["lines", "counts"])
        results = {(item.student, item.unit): item.status for item in whole_class(course, later, kept, Isolation.SELF)}
        assert results["Bob B_2", "lines"] is Status.REJECTED
        assert list(notes_on(course, later, whole_class(course, later, kept, Isolation.SELF), kept)) == []
        empty = replace(later, covered=frozenset({"lines", "counts"}))
        results = {(item.student, item.unit): item.status for item in whole_class(course, empty, kept, Isolation.SELF)}
        assert results.get(("Bob B_2", "lines"), Status.MISSING) is Status.MISSING


def test_the_same_work_has_the_same_key(root, folder):
    assert all_keys(root, folder) == all_keys(root, folder)


CHANGES_OF_LINES = {
    "a hidden test": "tests/hidden/lines/test_line.py",
    "a helper of hidden tests": "tests/hidden/lines/strategies.py",
    "what all suites share": "tests/hidden/conftest.py",
    "a visible test": "exercises/lines/test_line.py",
    "a solution": "solutions/lines/line.py",
    "data": "datasets/points.py",
}


@pytest.mark.parametrize("name", CHANGES_OF_LINES.values(), ids=CHANGES_OF_LINES)
def test_a_change_of_the_suite_changes_the_keys_of_its_unit(root, folder, name):
    before = all_keys(root, folder)
    path = root / name
    write(path, (path.read_text() if path.exists() else "") + "\n# changed\n")
    after = all_keys(root, folder)
    assert before["s002", "lines"] != after["s002", "lines"]
    shared = name in ("datasets/points.py", "tests/hidden/conftest.py")
    assert (before["s002", "counts"] != after["s002", "counts"]) is shared


@pytest.mark.parametrize("name", ["exercises/lines/README.md", "exercises/lines/line.py", "README.md"])
def test_what_cannot_change_a_result_changes_no_key(root, folder, name):
    before = all_keys(root, folder)
    write(root / name, "# changed\n")
    assert all_keys(root, folder) == before


def test_a_change_of_the_limits_changes_the_keys(root, folder):
    before = all_keys(root, folder)
    text = (root / "course.toml").read_text()
    write(root / "course.toml", text.replace("test_seconds = 5", "test_seconds = 6"))
    assert set(all_keys(root, folder).values()).isdisjoint(before.values())


def test_a_change_of_a_submission_changes_its_key_alone(root, folder):
    before = all_keys(root, folder)
    write(folder / "s002/lines/line.py", "x = 2\n")
    after = all_keys(root, folder)
    assert {place for place in before if before[place] != after[place]} == {("s002", "lines")}


def test_secret_tier_and_environment_are_part_of_the_key(root, folder, monkeypatch):
    before = all_keys(root, folder)
    assert set(all_keys(root, folder, secret="t").values()).isdisjoint(before.values())
    assert set(all_keys(root, folder, tier=Isolation.WEAK).values()).isdisjoint(before.values())
    monkeypatch.setattr(keys, "environment", lambda: ("numpy 99",))
    assert set(all_keys(root, folder).values()).isdisjoint(before.values())


def test_results_of_timed_tasks_belong_to_the_machine_they_were_timed_on(root, monkeypatch):
    text = (root / "exercises/lines/unit.toml").read_text(encoding="utf-8")
    timed = text.replace('file = "line"', 'file = "fast"', 1)

    def key(registry, machine, **options):
        write(root / "exercises/lines/unit.toml", registry)
        monkeypatch.setattr(keys, "devices", lambda: [machine])
        return keys.unit_parts(load_course(root), "lines", "s", Isolation.SELF, **options)

    assert key(text, "one processor") == key(text, "another")
    assert key(timed, "one processor") != key(timed, "another")
    assert key(timed, "one processor", dry_run=True) == key(timed, "another", dry_run=True)


def test_the_environment_tells_versions_and_the_engines_own_source():
    environment = " ".join(keys.environment())
    assert all(name in environment for name in ("numpy", "torch", "hypothesis", "linux"))
    assert any(len(part) == 64 for part in keys.environment())
