"""`grade build`, `grade check` and `grade new`."""

import json

import pytest

from grader.course.registry import load_course
from grader.errors import CourseError
from grader.proof.check import Proof
from grader.records.proof import Mutant, MutantResult, MutantStatus, Problem, UnitTrial, VisibleMisconceptions


@pytest.fixture
def proved(monkeypatch):
    """Return what takes the place of running the suites: it finds prepared problems and notes the units."""

    class Proving:
        def __init__(self):
            self.problems = ()
            self.asked, self.anew = [], []

        def prove(self, course, units=(), on_progress=None, *, jobs, anew):
            if on_progress:
                on_progress("lines: stubs")
            self.asked.append(tuple(units))
            self.anew.append(anew)
            return Proof(self.problems, {}, (), {})

    proving = Proving()
    monkeypatch.setattr("grader.proof.check.prove", proving.prove)
    monkeypatch.setattr("grader.course.lint.lint", lambda course: [Problem("exercises/counting/README.md", "is short")])
    return proving


def test_build_writes_what_is_stale_and_only_that(run_in, root):
    assert run_in(root, "build").output == "everything in exercises/ is up to date\n"
    (root / "exercises" / "lines" / "line.py").unlink()
    assert run_in(root, "build").output.replace("\\", "/") == "written: exercises/lines/line.py\n"


def test_build_draws_a_picture_and_tells_which_one_it_cannot_draw(run_in, root):
    source = root / "solutions" / "lines" / "picture.py"
    text = '"""A line."""\n\nfrom matplotlib.figure import Figure\n\n\ndef draw():\n    return Figure()\n'
    source.write_text(text, encoding="utf-8")
    assert run_in(root, "build").output.replace("\\", "/") == "written: exercises/lines/picture.svg\n"
    source.write_text(text.replace("Figure()", "1 / 0"), encoding="utf-8")
    result = run_in(root, "build")
    assert result.exit_code == 2
    message = " ".join(result.stderr.split())
    assert "solutions/lines/picture.py, line 7: drawing failed: ZeroDivisionError: division by zero" in message


def test_new_writes_a_unit(run_in, root):
    result = run_in(root, "new", "attention")
    assert result.exit_code == 0
    assert "next: grade check --unit attention" in result.output
    assert 'units = ["lines", "counting", "attention"]' in (root / "course.toml").read_text(encoding="utf-8")


def new_task(root):
    return load_course(root).units[-1].tasks[-1]


def test_new_writes_a_unit_with_the_tasks_that_are_named(run_in, root):
    result = run_in(root, "new", "attention", "--file", "heads", "--task", "scores", "--task", "attention.attend")
    assert result.exit_code == 0
    unit = load_course(root).unit("attention")
    assert [(task.name, task.file) for task in unit.tasks] == [("scores", "heads"), ("attend", "heads")]


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [
        ("", ("--task", "counting.triple")),
        ("", ("counting", "--task", "triple", "--file", "count")),
        ("exercises/counting", ("--task", "triple")),
        ("solutions/counting", ("--task", "triple")),
    ],
)
def test_new_writes_a_task_into_a_unit(run_in, root, folder, arguments):
    result = run_in(root / folder, "new", *arguments)
    assert result.exit_code == 0
    assert "next: grade check --unit counting" in result.output
    assert (new_task(root).name, new_task(root).file) == ("triple", "count")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which unit?"),
        (("--task", "triple"), "which unit?"),
        (("--task", "counting.triple", "--task", "lines.other"), "lines.other is no task of counting"),
        (("--task", "count.triple"), 'there is no unit "count"; did you mean "counting"?'),
    ],
)
def test_new_must_know_the_unit(run_in, root, arguments, message):
    result = run_in(root, "new", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", [("build",), ("new", "attention"), ("check",), ("simulate", "x"), ("release", "x")])
def test_a_bundle_is_no_author_s_checkout(run_in, bundle, command):
    result = run_in(bundle, *command)
    assert result.exit_code == 2
    assert "student bundle" in result.stderr


def test_check_lists_problems_by_file_and_fails(run_in, root, proved):
    proved.problems = (Problem("lines.slope", "one"), Problem("lines.slope", "two"))
    result = run_in(root, "check")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "exercises/counting/README.md",
        "  is short",
        "",
        "lines.slope",
        "  one",
        "  two",
        "",
        "2 units, 3 tasks, 4 visible tests, 1 hidden test, 1 misconception, 1 variant: 3",
        "problems",
    ]


def test_check_of_one_unit_leaves_the_others_alone(run_in, root, proved):
    result = run_in(root, "check", "--unit", "lines")
    assert result.exit_code == 0
    assert proved.asked == [("lines",)]
    assert result.output.split()[-3:] == ["variant:", "no", "problems"]


def test_check_as_json(run_in, root, proved):
    proved.problems = (Problem("lines.slope", "one"),)
    result = run_in(root, "check", "--json", "--unit", "lines")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "units": 2,
        "tasks": 3,
        "hidden_tests": 1,
        "misconceptions": 1,
        "variants": 1,
        "problems": [{"where": "lines.slope", "what": "one"}],
        "not_run": {},
        "slowest": {},
        "without_work": {},
        "cpu_seconds": {},
        "points": {},
        "visible_points": {},
        "visible_misconceptions": {},
    }


WORTH = Proof(
    (),
    {"lines.slope": 3.5, "lines.residuals": 2.0, "counting.double": 2.0},
    (),
    {},
    visible_points={"lines.slope": 1.0, "lines.residuals": 2.0},
)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ((), [("lines", "25", "3", "2.5", "5.5"), ("counting", "5", "0", "2", "2")]),
        (
            ("--points",),
            [
                ("lines", "25", "3", "2.5", "5.5"),
                ("slope", "10", "1", "2.5", "3.5"),
                ("residuals", "15", "2", "0", "2"),
                ("counting", "5", "0", "2", "2"),
                ("double", "5", "0", "2", "2"),
            ],
        ),
    ],
)
def test_check_prints_what_tasks_are_worth(run_in, root, monkeypatch, options, rows):
    monkeypatch.setattr("grader.proof.check.prove", lambda *arguments, **options: WORTH)
    lines = run_in(root, "check", *options).output.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("points"))
    assert lines[head].split() == ["points", "minutes", "visible", "hidden", "together"]
    assert [tuple(line.split()) for line in lines[head + 1 : head + 1 + len(rows)]] == rows
    assert lines[head + 1 + len(rows)] == ""


def test_check_says_what_it_could_not_run(run_in, root, proved, monkeypatch):
    left_out = Proof((), {}, (), {}, not_run={"lines.slope": "Triton is not installed"})
    monkeypatch.setattr("grader.proof.check.prove", lambda *arguments, **options: left_out)
    result = run_in(root, "check", "--unit", "lines")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "lines.slope was not run: Triton is not installed"


@pytest.fixture
def visible(monkeypatch):
    """Return results that take the place of running the visible tests alone: mutants, then misconceptions."""
    statuses = [MutantStatus.KILLED] * 7 + [MutantStatus.SURVIVED] * 3 + [MutantStatus.EQUIVALENT]
    mutant = Mutant("slope.sign.0a1b2c3d", "lines", "line", "slope", "sign", 10, "x", "-x", "the file")
    trial = UnitTrial("lines", tuple(MutantResult(mutant, status, "slope") for status in statuses))
    counted = {"lines": VisibleMisconceptions(17, 20, ("slope.a", "slope.b", "slope.c"))}
    monkeypatch.setattr("grader.proof.visible.visible_mutants", lambda course, units, on_progress, *, sample: [trial])
    monkeypatch.setattr("grader.proof.visible.visible_misconceptions", lambda course, units, on_progress: counted)
    return counted


def test_check_of_the_visible_tests_alone(run_in, root, visible):
    result = run_in(root, "check", "--visible", "--unit", "lines")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert " ".join(lines[-2:]) == (
        "lines: visible tests alone fail 17 of 20 misconceptions, 7 of 10 mutants (aim 85 % / 70 %)"
    )
    assert lines[:3] == ["slope.sign.0a1b2c3d  solutions/lines/line.py:10", "  - x", "  + -x"]
    assert "misconception slope.b" in lines
    visible["lines"] = VisibleMisconceptions(16, 20, ("slope.a", "slope.b", "slope.c", "slope.d"))
    assert run_in(root, "check", "--visible", "--unit", "lines").exit_code == 1


def test_check_of_the_visible_tests_as_json(run_in, root, visible):
    data = json.loads(run_in(root, "check", "--visible", "--json").output)
    assert data["visible_misconceptions"]["lines"] == {
        "failed": 17,
        "of": 20,
        "survivors": ["slope.a", "slope.b", "slope.c"],
    }
    mutants = data["visible_mutants"]["lines"]
    assert (mutants["failed"], mutants["of"], len(mutants["survivors"])) == (7, 10, 3)


def test_check_of_a_sample_of_the_mutants(run_in, root, visible, monkeypatch):
    samples = []

    def visible_mutants(course, units, on_progress, *, sample):
        samples.append(sample)
        return []

    monkeypatch.setattr("grader.proof.visible.visible_mutants", visible_mutants)
    run_in(root, "check", "--visible", "--sample", "60")
    run_in(root, "check", "--visible")
    assert samples == [60, None]
    assert "--visible runs: give both" in run_in(root, "check", "--sample", "60").stderr


def test_check_knows_its_units(run_in, root, proved):
    result = run_in(root, "check", "--unit", "line")
    assert result.exit_code == 2
    assert 'did you mean "lines"?' in result.stderr


def test_kept_proofs_are_used_unless_they_are_to_be_made_anew(run_in, root, proved):
    for options in ((), ("--json",), ("--anew",), ("--json", "--anew")):
        run_in(root, "check", *options)
    assert proved.anew == [False, False, True, True]


def test_what_the_lint_finds_is_listed_also_where_the_suites_cannot_run(run_in, root, proved, monkeypatch):
    def prove(course, units, on_progress=None, *, jobs, anew):
        raise CourseError("the tests cannot be collected: x", "correct them, then: grade check")

    monkeypatch.setattr("grader.proof.check.prove", prove)
    result = run_in(root, "check")
    assert result.exit_code == 1
    assert "is short" in result.output
    assert "were not run: the tests cannot be collected: x" in result.output
    monkeypatch.setattr("grader.course.lint.lint", lambda course: [])
    assert run_in(root, "check").exit_code == 2
