"""The registry is read as written, and what is wrong in it is told with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from grader.course.registry import Limits, find_course, load_course
from grader.course.suite import equivalents_of
from grader.course.toml_reading import line_of
from grader.errors import CourseError, NotFoundError
from tests.tiny_course import COUNTING_UNIT, LINES_UNIT, REGISTRY, write

COURSE, LINES, COUNTING = "course.toml", "exercises/lines/unit.toml", "exercises/counting/unit.toml"
TEXTS = {COURSE: REGISTRY, LINES: LINES_UNIT, COUNTING: COUNTING_UNIT}


def broken(root, text, file=COURSE):
    """Return the message that loading the course gives with this text in a file of its registry."""
    write(root / file, text)
    with pytest.raises(CourseError) as caught:
        load_course(root)
    assert caught.value.hint
    return caught.value.message


def line_with(text, part):
    return next(number for number, line in enumerate(text.split("\n"), start=1) if part in line)


def test_everything_is_read(course, root):
    lines, counting = course.units
    assert (course.root, course.name, course.title) == (root, "tiny", "A tiny course")
    assert course.limits == Limits(call_seconds=2)
    assert (lines.files, counting.files) == (("line",), ("count",))
    assert lines.tasks[1].requires == ("slope",)
    assert lines.tasks[1].library == "numpy"
    assert not course.is_bundle
    assert course.hidden_points == {}


LIST = "tests/hidden/counting/equivalents.toml"
EQUIVALENT = """
[[equivalent]]
mutant = "slope.sign.0a1b2c3d"
reason = "A square has no sign."
"""


def test_equivalent_mutants_are_read_with_their_lines(root):
    assert equivalents_of(root, "counting") == ()
    write(root / LIST, EQUIVALENT)
    (entry,) = equivalents_of(root, "counting")
    assert (entry.mutant, entry.reason, entry.line) == ("slope.sign.0a1b2c3d", "A square has no sign.", 2)
    assert entry.function == "slope"


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('mutant = "slope.sign.0a1b2c3d"', 'mutant = "slope.sign"', 3, "expected a mutant as `grade mutants` names it"),
        ('reason = "A square has no sign."', 'reason = ""', 4, "length >= 1"),
        ('reason = "A square has no sign."', "", 2, "missing field `reason`"),
        ("[[equivalent]]", "[[equivalents]]", 2, "unknown field `equivalents`"),
        ('"A square has no sign."', f'"x"{EQUIVALENT}', 6, 'the mutant "slope.sign.0a1b2c3d" is listed already'),
    ],
)
def test_a_wrong_equivalent_mutant_is_told(root, old, new, line, what):
    write(root / LIST, EQUIVALENT.replace(old, new, 1))
    with pytest.raises(CourseError) as caught:
        equivalents_of(root, "counting")
    assert caught.value.message.startswith(f"{LIST}, line {line}: ")
    assert what in caught.value.message


def test_equivalent_mutants_in_the_file_that_students_get_are_refused(root):
    message = broken(root, COUNTING_UNIT + EQUIVALENT, COUNTING)
    assert message.startswith(f"{COUNTING}, line {COUNTING_UNIT.count(chr(10)) + 2}: students get this file")


def test_a_course_without_units_is_a_course(tmp_path):
    write(tmp_path / "course.toml", '[course]\nname = "new"\ntitle = "New"\n')
    course = load_course(tmp_path)
    assert course.units == ()
    assert course.limits == Limits()


def test_units_and_tasks_are_found_by_name(course):
    assert course.unit("counting").title == "Counting"
    assert course.task("slope") == course.task("lines.slope") == (course.units[0], course.units[0].tasks[0])
    assert course.task("Counter")[1].file == "count"


@pytest.mark.parametrize(
    ("find", "name", "meant"),
    [
        ("unit", "line", '"lines"'),
        ("task", "slop", '"slope"'),
        ("task", "lines.slop", '"lines.slope"'),
        ("task", "counter", '"Counter"'),
    ],
)
def test_an_unknown_name_proposes_the_nearest(course, find, name, meant):
    with pytest.raises(NotFoundError, match=f"did you mean {meant}") as caught:
        getattr(course, find)(name)
    assert "lines" in caught.value.hint or "slope" in caught.value.hint


def test_an_unknown_name_far_from_all_lists_them(course):
    with pytest.raises(NotFoundError) as caught:
        course.unit("zzz")
    assert "did you mean" not in caught.value.message
    assert caught.value.hint == "units: lines, counting"


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("slop", "tasks of lines: slope, residuals"),
        ("zzz", "exercises/UNIT/README.md lists a unit's tasks; units: lines, counting"),
    ],
)
def test_of_a_long_list_of_tasks_those_of_one_unit_are_told(course, monkeypatch, name, listed):
    monkeypatch.setattr("grader.course.model.MOST_NAMES", 2)
    with pytest.raises(NotFoundError) as caught:
        course.task(name)
    assert caught.value.hint == listed


def test_the_course_is_found_from_inside(root):
    assert find_course(root / "exercises" / "lines") == root
    assert find_course(root / "exercises" / "lines" / "line.py") == root


def test_no_course_above_is_told(tmp_path):
    with pytest.raises(NotFoundError, match=r"course\.toml") as caught:
        find_course(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["missing", "course.toml"])
def test_a_folder_without_registry_is_told(root, name):
    with pytest.raises(NotFoundError, match=r"no course\.toml"):
        load_course(root / name)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('name = "slope"', 'name = "Slope-1"', "expected a name of letters, digits and _"),
        ('name = "slope"', "name = 3", "expected `str`, got `int`"),
        ('units = ["lines", "counting"]', 'units = ["Lines"]', "expected a name of small letters"),
        ('units = ["lines", "counting"]', 'units = ["lines\\n"]', "expected a name of small letters"),
        ('units = ["lines", "counting"]', 'units = ["../lines"]', "expected a name of small letters"),
        ('units = ["lines", "counting"]', 'units = ["lines", "lines"]', '"lines" is listed already'),
        ('units = ["lines", "counting"]', 'units = ["waves"]', 'the unit "waves" has no exercises/waves/unit.toml'),
        ('title = "Counting"', 'title = "Counting"\nname = "counting"', "a unit has the name of its folder: remove it"),
        ('title = "Counting"', 'title = "Counting"\n[[unit.task]]', "a task is [[task]]"),
        ("difficulty = 3", "difficulty = 6", "expected `int` <= 5"),
        ("difficulty = 2", "difficulty = 0", "expected `int` >= 1"),
        ("minutes = 20", "minutes = -1", "expected `int` >= 1"),
        ("minutes = 15", "minuts = 15", "unknown field `minuts`"),
        ('milestone = "1805: least squares"', 'millstone = "1805"', "unknown field `millstone`"),
        (
            'hints = ["What is left over?", "Predict first.", "Mind the sign."]',
            'hints = ["One."]',
            "of length 3, got 1",
        ),
        ('hints = ["What is left over?", "Predict first.", "Mind the sign."]', "hints = [1, 2, 3]", "got `int`"),
        ("call_seconds = 2", "call_seconds = 0", "expected `float` > 0"),
        ("call_seconds = 2", "speed = 2", "unknown field `speed`"),
        ('title = "A tiny course"', 'title = "T"\nfeedback = "property"', "has a table of its own: [feedback]"),
        ("call_seconds = 2", "call_seconds = 2\n[late]", "have no effect without due dates: write the table [due]"),
        (
            'milestone = "1805: least squares"',
            'milestone = "1805"\ndue = 2031-05-01T23:59:00+02:00',
            "due dates stand in course.toml, in the table [due]",
        ),
        (
            'file = "count"',
            'file = "count"\nlimits.submission_seconds = 3',
            "submission_seconds of a single task has no effect",
        ),
        ('file = "count"', 'file = "count"\nlibrary = "jax"', 'expected one of "numpy", "torch"'),
        ('file = "count"', 'file = "count"\nforbids = ["aten:convolution"]', "an operator such as aten::convolution"),
        ('file = "count"', 'file = "count"\nforbids = ["*softmax"]', "an operator such as aten::convolution"),
        ('file = "count"', 'file = "count"\npoints = 3', "unknown field `points`"),
        ('file = "count"', 'file = "milestone"', "cannot be named"),
        ('file = "count"', 'file = "picture"', "cannot be named"),
        ('file = "count"', 'file = "test_count"', "cannot be named"),
        ('name = "Counter"', 'name = "slope"', 'exists already in the unit "lines"'),
        (
            'requires = ["lines"]',
            'requires = ["liens"]',
            'no unit that stands earlier in the course; did you mean "lines"',
        ),
        ('requires = ["slope"]', 'requires = ["Counter"]', '"Counter" is no task that stands earlier in this unit'),
        ('requires = ["slope"]', 'requires = ["residuals"]', '"residuals" is no task'),
    ],
)
def test_a_wrong_field_is_told_with_its_line(root, old, new, what):
    (file,) = (file for file, text in TEXTS.items() if old in text.split("\n"))
    lines = TEXTS[file].split("\n")
    at = lines.index(old)
    message = broken(root, "\n".join([*lines[:at], new, *lines[at + 1 :]]), file)
    assert message.startswith(f"{file}, line {at + 1 + new.count(chr(10))}: ")
    assert what in message


def test_a_unit_s_line_is_told_in_a_list_of_many_lines(root):
    listed = 'units = [  # of "counting" and others\n  "lines",\n  "counting",\n  "lines",\n]'
    message = broken(root, REGISTRY.replace('units = ["lines", "counting"]', listed))
    assert message == f'course.toml, line {line_with(REGISTRY, "units") + 3}: "lines" is listed already'


OLD_FORM = """
[[unit]]
name = "waves"
title = "Waves"

[[unit.task]]
name = "crest"
"""


@pytest.mark.parametrize("text", [REGISTRY + OLD_FORM, REGISTRY.replace("units =", "# ") + OLD_FORM])
def test_units_inside_the_course_s_file_are_refused_with_the_file_to_write(root, text):
    write(root / "course.toml", text)
    with pytest.raises(CourseError) as caught:
        load_course(root)
    assert caught.value.message.startswith(f"course.toml, line {line_with(text, '[[unit]]')}: ")
    assert 'write exercises/waves/unit.toml, and the name "waves" into the list `units`' in caught.value.message
    assert "tests/hidden/waves/equivalents.toml" in caught.value.hint


def test_a_draft_is_read_in_the_place_of_a_file(course, root):
    drafts = {root / COURSE: REGISTRY.replace("A tiny", "A small"), root / LINES: LINES_UNIT.replace("10", "11")}
    changed = load_course(root, drafts)
    assert (changed.title, changed.units[0].tasks[0].minutes) == ("A small course", 11)
    assert load_course(root) == course


@pytest.mark.parametrize(("left_out", "table"), [('title = "A tiny course"', "[course]")])
def test_a_missing_field_of_a_single_table_is_told_with_its_line(root, left_out, table):
    message = broken(root, REGISTRY.replace(left_out + "\n", ""))
    assert message.startswith(f"course.toml, line {line_with(REGISTRY, table)}: missing field")


def test_a_missing_field_is_told_with_its_tables_line(root):
    text = COUNTING_UNIT.replace('title = "A counter"\n', "")
    message = broken(root, text, COUNTING)
    assert "missing field `title`" in message
    assert message.startswith(f"{COUNTING}, line {line_with(text, 'Counter') - 1}: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (REGISTRY + "\n[[limit]\n", REGISTRY.count("\n") + 2),
        ("[course]\nname = \n", 2),
        ("[course]\nname = 'a'\nname = 'b'\n", 3),
        ("x = '''", 1),
    ],
)
def test_broken_toml_is_told_with_its_line(root, text, line):
    assert broken(root, text).startswith(f"course.toml, line {line}")


def test_a_registry_in_another_encoding_is_told(root):
    for file in (LINES, COURSE):
        (root / file).write_bytes(b"# \xff\xfe")
        with pytest.raises(CourseError, match=f"{file} is not UTF-8"):
            load_course(root)


def test_no_course_table_at_all_is_told(root):
    assert "missing field `course`" in broken(root, "")


def test_a_bundle_knows_the_hidden_points(root):
    write(root / "release.json", '{"hidden_points": {"lines.slope": 3.5}, "version": 1}')
    course = load_course(root)
    assert course.is_bundle
    assert course.hidden_points == {"lines.slope": 3.5}


@pytest.mark.parametrize("text", ["", "[]", '{"hidden_points": {"a": "many"}}', "\udcff"])
def test_a_broken_release_note_is_told(root, text):
    (root / "release.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CourseError, match=r"release\.json is broken"):
        load_course(root)


def test_line_of_an_unknown_path_is_the_first():
    assert line_of("a = 1\n", "$.unit[3].name") == 1
    assert line_of("", "$") == 1


@given(st.text(alphabet='[]course.units =\n"a1#', max_size=60))
def test_any_text_loads_or_is_refused_in_words(tmp_path_factory, text):
    folder = tmp_path_factory.getbasetemp() / "any"
    write(folder / "course.toml", text)
    with pytest.raises(CourseError, match=r"course\.toml"):
        load_course(folder)


CHOICE = """
[[choice]]
title = "One of two"
choose = 1
options = [["slope"], ["residuals"]]
"""


def test_a_choice_is_read_and_its_best_options_are_the_unit_s_worth(root):
    write(root / LINES, LINES_UNIT + CHOICE)
    unit = load_course(root).unit("lines")
    assert unit.choices[0].options == (("slope",), ("residuals",))
    assert unit.worth({"slope": 3.0, "residuals": 3.0}) == 3.0
    course = replace(
        load_course(root), hidden_points={"lines.slope": 2.0, "lines.residuals": 2.0, "counting.Counter": 1}
    )
    assert [course.hidden_worth(unit) for unit in course.units] == [2.0, 1.0]
    assert course.hidden_worth(unit, ["residuals"]) == 2.0


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("choose = 1", "choose = 2", "2 of 2 options leave nothing to choose"),
        ('["residuals"]', '["residual"]', '"residual" is no task that stands earlier in this unit; did you mean'),
        ('["residuals"]', '["slope"]', 'the task "slope" is an option already'),
        ('options = [["slope"], ["residuals"]]', 'options = [["slope"]]', "options"),
    ],
)
def test_a_choice_that_is_none_is_told(root, old, new, what):
    assert what in broken(root, LINES_UNIT + CHOICE.replace(old, new), LINES)
