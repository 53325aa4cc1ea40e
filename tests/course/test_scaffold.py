"""A new unit works as it is made, and `grade check` lists exactly what its author still has to write."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.cut import build_exercises, stale_files
from grader.course.lint import lint
from grader.course.registry import load_course
from grader.course.scaffold import new_tasks, new_unit
from grader.errors import CourseError
from tests.tiny_course import REGISTRY, write

GUIDE = Path(__file__).parents[2] / "docs/authors.md"


def test_a_new_unit_is_written_and_registered(course, root):
    written = new_unit(course, "waves")
    assert {path.relative_to(root).as_posix() for path in written} == {
        "course.toml",
        "exercises/waves/README.md",
        "exercises/waves/first.py",
        "exercises/waves/milestone.py",
        "exercises/waves/picture.svg",
        "exercises/waves/test_first.py",
        "exercises/waves/unit.toml",
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
    listed = REGISTRY.replace('"counting"]', '"counting", "waves"]')
    assert (root / "course.toml").read_text() == listed


def test_what_is_left_is_the_texts_and_nothing_else(course, root):
    new_unit(course, "waves")
    left = lint(load_course(root))
    assert left
    assert all("TODO" in problem.what or "is not written" in problem.what for problem in left)
    assert {problem.where.split(",")[0] for problem in left} == {
        "exercises/waves/README.md",
        "exercises/waves/test_first.py",
        "exercises/waves/unit.toml",
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


def test_the_new_files_are_formatted_and_clean(course, root):
    written = [*new_unit(course, "waves", ["crest"]), *new_tasks(load_course(root), "waves", ["swell"], "deep")]
    python = [str(path) for path in written if path.suffix == ".py"]
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
    write(root / "course.toml", 'course = { name = "tiny", title = "T", units = [] }\n')
    with pytest.raises(CourseError, match="no list of units") as caught:
        new_unit(load_course(root), "waves")
    assert 'write the name "waves"' in caught.value.hint
    assert not (root / "solutions/waves").exists()


def test_a_student_bundle_gets_no_units(course, root):
    write(root / "release.json", "{}")
    with pytest.raises(CourseError, match="student bundle"):
        new_unit(course, "waves")


def test_a_new_unit_has_the_tasks_and_the_file_that_are_named(course, root):
    new_unit(course, "waves", ["crest", "trough"])
    unit = load_course(root).unit("waves")
    assert [(task.name, task.file) for task in unit.tasks] == [("crest", "waves"), ("trough", "waves")]
    assert "from .waves import crest\n" in (root / "solutions/waves/milestone.py").read_text()


BEFORE = (
    "exercises/lines/README.md",
    "exercises/lines/test_line.py",
    "exercises/lines/unit.toml",
    "solutions/lines/line.py",
    "tests/hidden/lines/misconceptions.py",
    "tests/hidden/lines/test_line.py",
    "tests/hidden/lines/variants.py",
)


def test_a_new_task_stands_in_every_file_that_speaks_of_tasks(course, root):
    before = {name: (root / name).read_text() for name in BEFORE}
    written = new_tasks(course, "lines", ["doubled"])
    assert {path.relative_to(root).as_posix() for path in written} == {*BEFORE, "exercises/lines/line.py"}
    after = load_course(root)
    assert after.unit("lines").tasks[:2] == course.unit("lines").tasks
    assert after.task("doubled")[1].file == "line"
    for name, text in before.items():
        kept = {line for line in text.split("\n") if "import task" not in line}
        assert kept <= set((root / name).read_text().split("\n")), f"{name} lost what stood in it"
    assert "from grader.judge import check, task\n" in (root / "exercises/lines/test_line.py").read_text()
    assert stale_files(root, after) == []


def test_of_a_new_task_the_texts_are_left_to_write_and_nothing_else(course, root):
    new_tasks(course, "lines", ["doubled", "tripled"], "other")
    left = lint(load_course(root))
    assert all("TODO" in problem.what or "is not written" in problem.what for problem in left)
    assert {problem.where.split(",")[0] for problem in left} == {
        "exercises/lines/README.md",
        "exercises/lines/test_other.py",
        "lines.doubled",
        "lines.tripled",
        "solutions/lines/other.py",
        "tests/hidden/lines/misconceptions.py",
        "tests/hidden/lines/test_other.py",
        "tests/hidden/lines/variants.py",
    }


def test_a_new_task_whose_texts_are_written_leaves_nothing(course, root):
    for path in new_tasks(course, "lines", ["doubled"]):
        write(path, path.read_text().replace("TODO", "Done").replace('"Done: ', f'"{path.name} '))
    build_exercises(root, load_course(root))
    assert lint(load_course(root)) == []


def test_a_task_s_place_in_the_handout_is_its_worked_example(course, root):
    new_tasks(course, "lines", ["doubled"])
    example = (root / "exercises/lines/README.md").read_text().partition("## A worked")[2].partition("\n## ")[0]
    assert ">>> doubled(np.array([1.0, 2.0]))\narray([2., 4.])\n" in example


def test_a_new_task_of_torch_says_so(course, root):
    unit = root / "exercises/lines/unit.toml"
    write(unit, unit.read_text().replace("minutes = 10", 'minutes = 10\nlibrary = "torch"'))
    new_tasks(load_course(root), "lines", ["doubled"])
    assert load_course(root).task("doubled")[1].library == "torch"


@pytest.mark.parametrize(
    ("tasks", "file", "message"),
    [
        (["Doubled"], "line", "no name for a task that is a function"),
        (["a-b"], "line", "no name for a task"),
        (["lambda"], "line", "no name for a task"),
        (["Counter"], "line", "no name for a task"),
        (["slope"], "line", 'the task "slope" exists already in the unit lines'),
        (["twice", "twice"], "line", "exists already in this command"),
        (["_predicted"], "line", "no name for a task"),
        (["np"], "line", "solutions/lines/line.py has something named np already"),
        (["twice"], "../line", "no name for a file"),
        (["twice"], "fast", "is timed"),
        (["twice"], "milestone", 'cannot be named "milestone"'),
    ],
)
def test_a_task_that_will_not_do_is_refused_before_anything_is_written(course, root, tasks, file, message):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(CourseError, match=re.escape(message)) as caught:
        new_tasks(course, "lines", tasks, file)
    assert caught.value.hint
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_of_several_files_the_right_one_must_be_named(course, root):
    new_tasks(course, "lines", ["doubled"], "other")
    with pytest.raises(CourseError, match="in which file of lines") as caught:
        new_tasks(load_course(root), "lines", ["tripled"])
    assert caught.value.hint == "add --file NAME; its files: line, other"


def test_a_student_bundle_gets_no_tasks(course, root):
    write(root / "release.json", "{}")
    with pytest.raises(CourseError, match="student bundle"):
        new_tasks(course, "lines", ["doubled"])


PLACES = {
    "exercises/waves/README.md": 1,
    "exercises/waves/test_waves.py": 2,
    "exercises/waves/unit.toml": 1,
    "solutions/waves/waves.py": 2,
    "tests/hidden/waves/misconceptions.py": 1,
    "tests/hidden/waves/test_waves.py": 2,
    "tests/hidden/waves/variants.py": 2,
}


def test_a_task_s_name_stands_in_as_many_places_as_the_authors_guide_says(course, root):
    new_unit(course, "waves", ["crest", "trough"])
    build_exercises(root, load_course(root))
    before = {name: (root / name).read_text() for name in PLACES}
    new_tasks(load_course(root), "waves", ["swell"])
    for name, expected in PLACES.items():
        text = re.sub(r"<!-- (tasks|mistakes):.*?<!-- end -->", "", (root / name).read_text(), flags=re.DOTALL)
        places = re.findall(r"(?<![\w.])(?:student\.)?swell(?=__|\b)(?!`)", text)
        assert len(places) == expected, (name, places)
        assert "swell" not in before[name]
    guide = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert f"occurs in {sum(PLACES.values())} places in {len(PLACES)} files" in guide
