"""A new unit works as it is made, and `grade check` lists exactly what its author still has to write."""

import subprocess
import sys

import pytest

from grader.course.cut import build_exercises, stale_files
from grader.course.lint import lint
from grader.course.registry import load_course
from grader.course.scaffold import new_unit
from grader.errors import CourseError
from tests.tiny_course import REGISTRY, write


def test_a_new_unit_is_written_and_registered(course, root):
    written = new_unit(course, "waves")
    assert {path.relative_to(root).as_posix() for path in written} == {
        "course.toml",
        "exercises/waves/README.md",
        "exercises/waves/first.py",
        "exercises/waves/milestone.py",
        "exercises/waves/picture.svg",
        "exercises/waves/test_first.py",
        "solutions/waves/first.py",
        "solutions/waves/milestone.py",
        "solutions/waves/picture.py",
        "tests/hidden/waves/misconceptions.py",
        "tests/hidden/waves/test_first.py",
        "tests/hidden/waves/variants.py",
    }
    assert all(path.is_file() for path in written)
    unit, task = load_course(root).task("waves_first")
    assert (unit.name, task.file) == ("waves", "first")
    assert stale_files(root, load_course(root)) == []


def test_the_registry_keeps_its_text(course, root):
    new_unit(course, "waves")
    assert (root / "course.toml").read_text().startswith(REGISTRY)


def test_what_is_left_is_the_texts_and_nothing_else(course, root):
    new_unit(course, "waves")
    left = lint(load_course(root))
    assert left
    assert all("TODO" in each.what or "is not written" in each.what for each in left)
    assert {each.where.split(",")[0] for each in left} == {
        "course.toml",
        "exercises/waves/README.md",
        "exercises/waves/test_first.py",
        "solutions/waves/first.py",
        "solutions/waves/milestone.py",
        "solutions/waves/picture.py",
        "tests/hidden/waves/misconceptions.py",
        "tests/hidden/waves/test_first.py",
        "tests/hidden/waves/variants.py",
        "waves.waves_first",
    }


def test_once_every_todo_is_written_nothing_is_left(course, root):
    for path in new_unit(course, "waves"):
        write(path, path.read_text().replace("TODO", "Done").replace('"Done: ', f'"{path.name} '))
    build_exercises(root, load_course(root))
    assert lint(load_course(root)) == []


def test_the_new_files_are_formatted_and_clean(course):
    python = [str(path) for path in new_unit(course, "waves") if path.suffix == ".py"]
    for command in (["format", "--diff"], ["check", "--select=E,F,I,N,UP,B", "--ignore=F722,F821,I001,N812"]):
        ended = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=120", *python],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("name", ["", "Waves", "1st", "a-b", "a b", "../x", "class", "wave\n", "wáve"])
def test_a_name_that_will_not_do_is_refused(course, root, name):
    with pytest.raises(CourseError, match="no name for a unit") as caught:
        new_unit(course, name)
    assert "small letters" in caught.value.hint
    assert (root / "course.toml").read_text() == REGISTRY


@pytest.mark.parametrize("name", ["lines", "slope"])
def test_a_name_that_is_taken_is_refused(course, name):
    with pytest.raises(CourseError, match="is taken"):
        new_unit(course, name)


@pytest.mark.parametrize("folder", ["exercises", "solutions", "tests/hidden"])
def test_a_folder_that_exists_is_not_touched(course, root, folder):
    write(root / folder / "waves/mine.txt", "mine")
    with pytest.raises(CourseError, match=f"{folder}/waves exists already"):
        new_unit(course, "waves")
    assert (root / "course.toml").read_text() == REGISTRY


def test_a_registry_that_cannot_be_extended_is_told_before_anything_is_written(root):
    write(root / "course.toml", 'unit = []\n[course]\nname = "tiny"\ntitle = "T"\n')
    with pytest.raises(CourseError, match=r"course\.toml, line"):
        new_unit(load_course(root), "waves")
    assert not (root / "solutions/waves").exists()


def test_a_student_bundle_gets_no_units(course, root):
    write(root / "release.json", "{}")
    with pytest.raises(CourseError, match="student bundle"):
        new_unit(course, "waves")
