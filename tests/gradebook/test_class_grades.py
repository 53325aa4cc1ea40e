"""Grades of a class: everybody has a row, groups share one hand-in."""

from grader.gradebook.class_grades import class_grades
from grader.gradebook.scores import GROUP_CONFLICT
from grader.records import Status
from grader.records.grades import AdjustmentKind, Grade, GradeStatus, Person
from grader.records.rules import Lateness, Rules
from tests.gradebook.made import DUE, adjusted, graded, ungraded

POINTS = {"lines": 20.0}


def finals(grades: tuple[Grade, ...]) -> dict[str, float | None]:
    return {grade.person.id: grade.units["lines"].final for grade in grades}


def test_who_is_in_the_roster_or_handed_in_has_a_row():
    people = [Person("ben", line=3), Person("anna", line=2)]
    grades = class_grades(people, [graded("carl", "lines", 9), graded("anna", "lines", 12)], [], POINTS, Rules())
    assert finals(grades) == {"anna": 12, "ben": 0, "carl": 9}
    assert [grade.person.is_listed for grade in grades] == [True, True, False]


def test_adjustments_are_of_one_person():
    people = [Person("ben", line=3), Person("anna", line=2)]
    work = [graded("ben", "lines", 9), graded("anna", "lines", 12)]
    grades = class_grades(people, work, [adjusted("lines", AdjustmentKind.POINTS, 2)], POINTS, Rules())
    assert finals(grades) == {"anna": 14, "ben": 9}


GROUP = [Person("anna", group="one", line=2), Person("ben", group="one", line=3), Person("carl", line=4)]


def test_one_hand_in_of_a_group_is_every_members_grade():
    work = [graded("ben", "lines", 9), ungraded("anna", "lines", Status.MISSING)]
    grades = class_grades(GROUP, work, [], POINTS, Rules())
    assert finals(grades) == {"anna": 9, "ben": 9, "carl": 0}
    assert [grade.units["lines"].handed_in_by for grade in grades] == ["ben", "", ""]
    assert grades[0].units["lines"].student == "anna"


def test_lateness_of_a_group_is_counted_for_each_member():
    people = [Person("anna", group="one", extra_days=2, line=2), Person("ben", group="one", line=3)]
    rules = Rules(due={"lines": DUE}, late=Lateness(percent_per_day=10))
    assert finals(class_grades(people, [graded("ben", "lines", 20, late=2)], [], POINTS, rules)) == {
        "anna": 20,
        "ben": 16,
    }


def test_the_newest_of_a_groups_hand_ins_counts():
    work = [graded("anna", "lines", 9, late=-1), graded("ben", "lines", 12, late=-2)]
    assert finals(class_grades(GROUP, work, [], POINTS, Rules())) == {"anna": 9, "ben": 9, "carl": 0}


def test_two_hand_ins_of_a_group_at_unknown_times_are_open():
    work = [graded("anna", "lines", 9), graded("ben", "lines", 12, late=-2)]
    grades = class_grades(GROUP, work, [], POINTS, Rules())
    assert finals(grades) == {"anna": None, "ben": None, "carl": 0}
    assert grades[1].units["lines"].status is GradeStatus.OPEN
    assert grades[1].units["lines"].notes == (GROUP_CONFLICT,)
