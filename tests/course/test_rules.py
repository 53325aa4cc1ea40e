"""Rules of grading in course.toml: what is read, and every mistake with its line."""

from datetime import datetime

import pytest

from grader.course.registry import load_course
from grader.errors import CourseError
from grader.records.disclosure import Level
from grader.records.rules import Attempts, Disclosure, Lateness, Rules

RULES = """
[grading]
zone = "Europe/Berlin"
attempts = "best"
dropped = 1

[due]
lines = 2027-02-01T23:59:00
counting = 2027-02-08T23:59:00

[late]
percent_per_day = 10
grace_minutes = 15
cut_off_days = 7
free_days = 3

[weights]
lines = 1
counting = 2.5

[feedback]
hidden = "name"
after_due = "everything"
"""


def write(root, rules):
    path = root / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n" + rules, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_a_course_without_rules_has_none(root):
    assert load_course(root).rules == Rules()


def test_rules_are_read(root):
    write(root, RULES)
    assert load_course(root).rules == Rules(
        zone="Europe/Berlin",
        due={"lines": datetime(2027, 2, 1, 23, 59), "counting": datetime(2027, 2, 8, 23, 59)},
        late=Lateness(percent_per_day=10, grace_minutes=15, cut_off_days=7, free_days=3),
        attempts=Attempts.BEST,
        dropped=1,
        weights={"lines": 1, "counting": 2.5},
        feedback=Disclosure(Level.NAME, Level.EVERYTHING),
    )


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlim"', 'is no time zone; did you mean "Europe/Berlin"?'),
        ('attempts = "best"', 'attempts = "first"', 'expected one of "latest", "best"'),
        ("dropped = 1", "dropped = -1", "expected `int` >= 0"),
        ("dropped = 1", "dropped = 2", "2 of 2 units cannot be left out"),
        ("dropped = 1", "drop = 1", "unknown field `drop`"),
        ("dropped = 1", 'bonus = ["line"]', 'no unit of the course; did you mean "lines"?'),
        ("lines = 2027-02-01T23:59:00", "line = 2027-02-01T23:59:00", 'no unit of the course; did you mean "lines"?'),
        ("lines = 2027-02-01T23:59:00", "lines = 2027-02-01", "expected a date with a time"),
        ("lines = 2027-02-01T23:59:00", 'lines = "2027-02-01T23:59:00"', "without quotes"),
        ("lines = 2027-02-01T23:59:00", "lines = 2027-02-01T23:59:00Z", "without an offset"),
        ("percent_per_day = 10", "percent_per_day = 101", "expected `float` <= 100"),
        ("free_days = 3", "free_days = 1.5", "expected `int`, got `float`"),
        ("free_days = 3", "freedays = 3", "unknown field `freedays`"),
        ("counting = 2.5", "counting = -1", "a weight of 0 or more"),
        ("lines = 1\n", "lines = 1\nwaves = 1\n", '"waves" is no unit'),
        ('hidden = "name"', 'hidden = "all"', 'expected one of "name", "property", "everything"'),
        ('after_due = "everything"', 'after_due = "name"', '"name" holds before the due date already'),
    ],
)
def test_a_mistake_is_named_with_its_line(root, old, new, what):
    text = write(root, RULES.replace(old, new))
    with pytest.raises(CourseError) as caught:
        load_course(root)
    line = text[: text.index(new.strip().splitlines()[-1])].count("\n") + 1
    assert caught.value.where == f"course.toml, line {line}"
    assert what in caught.value.problem


@pytest.mark.parametrize(
    ("rules", "line", "what"),
    [
        ("[grading]\nzone = 'UTC'\n", 2, "a zone has no effect without due dates"),
        ("[due]\nlines = 2027-02-01T23:59:00\n", 1, 'zone = "Europe/Berlin" in [grading]'),
        ("[late]\nfree_days = 3\n", 1, "have no effect without due dates"),
        (
            "[grading]\nzone = 'UTC'\n[due]\nlines = 2027-02-01T23:59:00\n[late]\nfree_days = 3\n",
            6,
            "free_days has no effect where lateness costs nothing",
        ),
        ('[feedback]\nafter_due = "everything"\n', 2, "after_due has no effect without due dates"),
        ("[weights]\nlines = 1\n", 1, "units without a weight: counting"),
        ("[weights]\nlines = 0\ncounting = 0\n", 1, "there would be no total"),
        ("[questions]\nline = { plot = 3 }\n", 2, 'is no unit of the course; did you mean "lines"'),
        ("[questions]\nlines = { plot = 0 }\n", 2, 'the question "plot" needs points above 0'),
        ("[grading]\nzone = '../etc/passwd'\n[due]\nlines = 2027-02-01T23:59:00\n", 2, "is no time zone"),
    ],
)
def test_a_rule_without_effect_is_a_mistake(root, rules, line, what):
    before = write(root, "").count("\n")
    write(root, rules)
    with pytest.raises(CourseError, match=what.replace("[", r"\[")) as caught:
        load_course(root)
    assert caught.value.where == f"course.toml, line {before + line}"
