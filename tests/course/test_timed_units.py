"""Units with a `fast.py`: workloads are copied for students, and every timed task has its workload and thresholds."""

import pytest

from grader.course.cut import build_exercises, stale_files
from grader.course.lint import lint
from grader.course.lint_suite import timing_problems
from grader.course.medals import Edges
from grader.course.registry import known_edges, load_course
from grader.release.bundle import release
from tests.release.test_bundle import paper_wheel
from tests.tiny_course import LINES_UNIT, write

SOURCE, COPY, TIERS = "solutions/lines/workloads.py", "exercises/lines/workloads.py", "tests/hidden/lines/tiers.toml"
TASK = """
[[task]]
name = "slope_fast"
file = "fast"
title = "Many slopes"
minutes = 10
difficulty = 3
library = "torch"
hints = ["How many?", "All at once.", "In which order?"]
"""
FAST = '''"""Slopes at speed."""


def slope_fast(x):
    """Return many slopes."""
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION
'''
PARTS = "\n\n".join(
    f'def slope_fast__{part}(x):\n    """Do it."""\n' for part in ("shapes", "inputs", "reference", "naive", "work")
)
WORKLOADS = f'"""What slopes are timed on."""\n\nimport torch\n\n\n{PARTS}'
THRESHOLDS = """[slope_fast.cpu]
gold = 1.2
silver = 1.8
bronze = 2.7
solution = 1.0
naive = 9.0
device = "a CPU"
date = 2031-05-01
command = "grade calibrate lines"
"""


@pytest.fixture
def timed(root):
    """Return the tiny course with a timed task in its first unit."""
    write(root / "exercises/lines/unit.toml", LINES_UNIT + TASK)
    for name, text in {"solutions/lines/fast.py": FAST, SOURCE: WORKLOADS, TIERS: THRESHOLDS}.items():
        write(root / name, text)
    build_exercises(root, load_course(root))
    return root


def problems(root):
    return [f"{problem.where}: {problem.what}" for problem in timing_problems(root, load_course(root).units[0])]


def test_workloads_are_copied_for_students_and_kept_fresh(timed):
    assert (timed / COPY).read_bytes() == (timed / SOURCE).read_bytes()
    assert not (timed / "exercises/counting/workloads.py").exists()
    write(timed / COPY, "changed")
    assert stale_files(timed, load_course(timed)) == [timed / COPY]


def test_a_unit_without_timed_tasks_has_no_workloads(root):
    write(root / SOURCE, WORKLOADS)
    assert build_exercises(root, load_course(root)) == []
    assert f"{SOURCE}: belongs to no task: rm {SOURCE}" in [
        f"{problem.where}: {problem.what}" for problem in lint(load_course(root))
    ]


def test_students_get_workloads_and_what_each_tier_needs(timed, tmp_path):
    release(load_course(timed), tmp_path / "out", {}, make_wheel=paper_wheel())
    assert (tmp_path / "out" / COPY).is_file()
    assert not list((tmp_path / "out").rglob("tiers.toml"))
    edges = known_edges(load_course(tmp_path / "out"), "lines")
    assert edges == {"slope_fast": {"cpu": Edges(1.2, 1.8, 2.7, "a CPU")}} == known_edges(load_course(timed), "lines")
    assert "9.0" not in (tmp_path / "out" / "release.json").read_text(encoding="utf-8")  # what the naive version needs


def test_a_whole_timed_unit_has_no_problem(timed):
    assert problems(timed) == []
    left = [f"{problem.where}: {problem.what}" for problem in lint(load_course(timed))]
    assert not [problem for problem in left if "workloads" in problem or "tiers" in problem]


@pytest.mark.parametrize("part", ["shapes", "inputs", "reference", "naive", "work"])
def test_a_missing_part_of_a_workload_is_told(timed, part):
    write(timed / SOURCE, WORKLOADS.replace(f"__{part}", "__other"))
    assert problems(timed) == [f"{SOURCE}: has no function slope_fast__{part}"]


@pytest.mark.parametrize("line", ["import numpy", "from numpy import ones", "from .line import slope"])
def test_a_workload_imports_nothing_but_torch_and_math(timed, line):
    write(timed / SOURCE, f"{WORKLOADS}\nimport math\n{line}\n")
    assert len(problems(timed)) == 1
    assert "a workload has torch and math only" in problems(timed)[0]


def test_missing_workloads_are_told(timed):
    (timed / SOURCE).unlink()
    assert f"{SOURCE}: is missing" in [f"{problem.where}: {problem.what}" for problem in lint(load_course(timed))]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (THRESHOLDS, "", "has no thresholds of slope_fast for the cpu: grade calibrate lines"),
        ("slope_fast.cpu", "slope_fast.gpu", "has no thresholds of slope_fast for the cpu: grade calibrate lines"),
        ("silver = 1.8", "silver = 1.3", "slope_fast, cpu: thresholds are less than a factor of 1.2 apart"),
        ("silver = 1.8", "silver = 2.6", "slope_fast, cpu: thresholds are less than a factor of 1.2 apart"),
        ("slope_fast.cpu", "slope.cpu", "slope is no timed task of this unit: delete its tables [slope.*]"),
    ],
)
def test_thresholds_that_will_not_do_are_told(timed, old, new, expected):
    write(timed / TIERS, THRESHOLDS.replace(old, new))
    assert f"{TIERS}: {expected}" in problems(timed)


def test_a_broken_thresholds_file_is_a_problem_of_the_course(timed):
    write(timed / TIERS, "gold")
    (problem,) = [problem for problem in lint(load_course(timed)) if "tiers.toml is broken: " in problem.what]
    assert problem.where == "course"
