"""`grade mutants` as authors read it: figures, survivors, exit codes, JSON."""

import json

import pytest

from grader.errors import NotFoundError
from grader.records import Verdict
from grader.records.proof import Mutant, MutantResult, MutantStatus, UnitTrial

BEFORE = "return float(x @ y) / float(x @ x)"


def result_of(status, operator="operator", after="return float(x @ y) * float(x @ x)", **fields):
    mutant = Mutant(f"slope.{operator}.0a1b2c3d", "lines", "line", "slope", operator, 10, BEFORE, after, "the file")
    return MutantResult(mutant, status, "slope", **fields)


KILLED = result_of(MutantStatus.KILLED, test="line.test_recovers_a_secret_slope", verdict=Verdict.FAILED)
SURVIVED = result_of(MutantStatus.SURVIVED, "order", "return float(y @ x) / float(x @ x)")
EQUIVALENT = result_of(MutantStatus.EQUIVALENT, "transposition", reason="A product of vectors has no order.")
BROKEN = result_of(MutantStatus.GRADER_ERROR, reason="the judge ended")


@pytest.fixture
def trial(monkeypatch):
    """Return what takes the place of running mutants: it hands out prepared ones and notes what was asked."""

    class Trying:
        def __init__(self):
            self.results = [KILLED] * 49
            self.problems = ()
            self.asked = []

        def try_mutants(self, course, units=(), *, on_run, **asked):
            self.asked.append((tuple(units), asked))
            on_run(0, len(self.results))
            return [UnitTrial("lines", tuple(self.results), tuple(self.problems))]

    trying = Trying()
    monkeypatch.setattr("grader.proof.mutants.try_mutants", trying.try_mutants)
    return trying


def test_a_good_suite_is_told_in_one_line(run_in, root, trial):
    trial.results += [SURVIVED, EQUIVALENT]  # 49 of 50
    result = run_in(root, "mutants", "lines")
    assert result.exit_code == 0
    table = result.output.splitlines()[-4:]
    assert table[0].split() == ["unit", "mutants", "killed", "survived", "equivalent", "noticed"]
    assert table[1].split() == ["lines", "51", "49", "1", "1", "98.0", "%"]
    assert table[3] == "next: write a test for it, then: grade mutants lines --only slope.order.0a1b2c3d"


def test_survivors_are_shown_as_differences(run_in, root, trial):
    trial.results = [SURVIVED, BROKEN]
    result = run_in(root, "mutants")
    assert result.exit_code == 1
    assert result.output.splitlines()[:7] == [
        "slope.order.0a1b2c3d  solutions/lines/line.py:10",
        f"  - {BEFORE}",
        "  + return float(y @ x) / float(x @ x)",
        "slope.operator.0a1b2c3d  solutions/lines/line.py:10",
        f"  - {BEFORE}",
        "  + return float(x @ y) * float(x @ x)",
        "  grader error: the judge ended",
    ]


def test_less_than_98_percent_is_never_rounded_up(run_in, root, trial):
    trial.results = [KILLED] * 4899 + [SURVIVED] * 101
    result = run_in(root, "mutants")
    assert result.exit_code == 1
    assert "97.9 %" in result.output
    assert "and 81 more: grade mutants lines --limit 0" in result.output
    assert result.output.count("line.py:10") == 20
    assert run_in(root, "mutants", "--limit", "0").output.count("line.py:10") == 101


def test_an_entry_that_is_no_longer_true_fails(run_in, root, trial):
    listed = 'tests/hidden/lines/equivalents.toml, line 1: "slope.sign.0a1b2c3d" is listed as equivalent'
    trial.problems = [f"{listed}, but there is no such mutant (any more): delete the entry"]
    result = run_in(root, "mutants")
    assert result.exit_code == 1
    assert 'equivalents.toml, line 1: "slope.sign.0a1b2c3d" is listed' in result.output
    assert result.output.endswith("next: correct the list of equivalent mutants, then: grade mutants\n")


def test_every_mutant_noticed(run_in, root, trial):
    result = run_in(root, "mutants")
    assert result.exit_code == 0
    assert result.output.endswith("every mutant that can be noticed is\n")


def test_json_is_all_that_is_printed(run_in, root, trial):
    trial.results = [KILLED, KILLED, SURVIVED, EQUIVALENT]
    result = run_in(root, "mutants", "--json")
    assert result.exit_code == 1
    (unit,) = json.loads(result.output)["units"]
    assert unit == {
        "unit": "lines",
        "mutants": 4,
        "killed": 2,
        "survived": 1,
        "equivalent": 1,
        "grader_errors": 0,
        "percent": 66.66,
        "survivors": [
            {
                "mutant": "slope.order.0a1b2c3d",
                "task": "slope",
                "file": "solutions/lines/line.py",
                "line": 10,
                "before": BEFORE,
                "after": "return float(y @ x) / float(x @ x)",
                "trouble": "",
            }
        ],
        "problems": [],
    }


def test_what_is_asked_for_is_passed_on(run_in, root, trial):
    options = ("--task", "slope", "--only", "slope.order.0a1b2c3d", "--operator", "order", "--operator", "sign")
    run_in(root, "mutants", "lines", *options, "--jobs", "3")
    passed = {"task": "slope", "only": ("slope.order.0a1b2c3d",), "operators": ("order", "sign"), "jobs": 3}
    assert trial.asked == [(("lines",), passed)]


def test_every_line_fits_into_80_columns(run_in, root, trial):
    trial.results = [result_of(MutantStatus.SURVIVED, after=f"return {' + '.join(['x'] * 60)}")] * 2
    assert max(map(len, run_in(root, "mutants").output.splitlines()[:-1])) <= 80


def test_a_bundle_has_no_solutions(run_in, bundle):
    result = run_in(bundle, "mutants")
    assert result.exit_code == 2
    assert "student bundle" in result.stderr


def test_a_unit_that_does_not_exist_is_told(run_in, root, monkeypatch):
    result = run_in(root, "mutants", "line")
    assert result.exit_code == NotFoundError.exit_code
    assert 'did you mean "lines"?' in result.stderr
