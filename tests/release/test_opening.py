"""A unit that gives earlier solutions away is not in the bundle before these are closed; everything else is a leak."""

from datetime import datetime

import msgspec
import pytest

from grader.course.cut import build_exercises
from grader.course.registry import Release, load_course
from grader.errors import CourseError
from grader.release.bundle import release, verify_bundle
from grader.release.leaks import find_leaks, leaks_of_exercises
from grader.release.update import carry_out, plan_update
from tests.course.test_ready_made import BLOCK, opening
from tests.release.test_bundle import names, paper_wheel

STUB = "exercises/counting/count.py"


@pytest.fixture
def opening_course(root):
    course, _ = opening(root, BLOCK.format(names="slope residuals"))
    build_exercises(root, course)
    return course


def bundle_of(course, folder, closed=()):
    release(course, folder, {"lines.slope": 3.5}, make_wheel=paper_wheel(), closed=closed)
    return folder


def test_the_unit_is_left_out_until_the_other_is_closed(opening_course, tmp_path):
    folder = bundle_of(opening_course, tmp_path / "early")
    assert not any("counting" in name for name in names(folder))
    assert "counting" not in (folder / "README.md").read_text(encoding="utf-8")
    assert [unit.name for unit in load_course(folder).units] == ["lines"]
    assert msgspec.json.decode((folder / "release.json").read_bytes(), type=Release).later == ("counting",)
    assert verify_bundle(folder, opening_course.root) == []
    folder = bundle_of(opening_course, tmp_path / "late", closed=["lines"])
    assert [unit.name for unit in load_course(folder).units] == ["lines", "counting"]
    assert verify_bundle(folder, opening_course.root, ["lines"]) == []


def test_rules_about_the_unit_hold_in_a_bundle_without_it(opening_course, tmp_path):
    path = opening_course.root / "course.toml"
    rules = "\n[grading]\nzone = 'UTC'\nbonus = ['counting']\n\n[due]\ncounting = 2027-02-01T12:00:00\n"
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    folder = bundle_of(load_course(opening_course.root), tmp_path / "early")
    assert load_course(folder).rules.bonus == ("counting",)


def test_ready_made_code_is_a_leak_while_its_unit_is_open_and_elsewhere(opening_course):
    root = opening_course.root
    stub = (root / STUB).read_bytes()
    assert {leak.what for leak in find_leaks({STUB: stub}, root)} == {
        f"the solution of solutions/lines/line.py, line {line}" for line in (17, 23, 33)
    }
    assert find_leaks({STUB: stub, ".stubs/counting/count.py": stub}, root, ["lines"]) == []
    assert find_leaks({"exercises/lines/line.py": stub}, root, ["lines"])
    assert find_leaks({STUB: stub + stub}, root, ["lines"])
    solution = (root / "solutions/counting/count.py").read_bytes()
    assert find_leaks({STUB: solution}, root, ["lines"])


def test_a_closed_unit_is_kept_but_for_what_is_ready_made(opening_course):
    root = opening_course.root
    build = (root / STUB).read_text(encoding="utf-8")
    assert "slope_upside_down" not in build
    for more in ("def slope_upside_down(): ...\n", "    return products_with_the_inputs / float(np.dot(x, x))\n"):
        assert find_leaks({STUB: (build + more).encode()}, root, ["lines"])


def test_an_author_is_told_of_no_leak_before_the_release(opening_course):
    assert leaks_of_exercises(opening_course.root, ["counting"]) == []


def test_a_release_with_stale_ready_made_code_is_refused(opening_course, tmp_path):
    path = opening_course.root / "solutions/lines/line.py"
    path.write_text(path.read_text(encoding="utf-8").replace("np.dot(x, x)", "x @ x"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"not up to date: solutions/counting/count\.py"):
        bundle_of(opening_course, tmp_path / "out", closed=["lines"])


def test_an_update_brings_the_unit_and_keeps_the_work(opening_course, tmp_path):
    early = bundle_of(opening_course, tmp_path / "early")
    late = bundle_of(opening_course, tmp_path / "late", closed=["lines"])
    (early / "exercises/lines/line.py").write_text("MINE = 1\n", encoding="utf-8")
    course = load_course(early)
    carry_out(course, plan_update(course, late), datetime(2027, 1, 1))
    assert [unit.name for unit in load_course(early).units] == ["lines", "counting"]
    assert (early / STUB).read_bytes() == (opening_course.root / STUB).read_bytes()
    assert (early / "exercises/lines/line.py").read_text(encoding="utf-8") == "MINE = 1\n"
    assert names(late) - names(early) == set()
