"""Grades of a class: everybody has a row, groups share one hand-in."""

from msgspec.structs import replace

from grader.gradebook.class_grades import class_grades
from grader.gradebook.scores import GROUP_CONFLICT, Graded
from grader.records import Status
from grader.records.grades import AdjustmentKind, Grade, GradeStatus, Person
from grader.records.rules import Attempts, Lateness, Rules
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


def shared(student: str, *members: str, points: float = 12, late: float | None = -1, number: int = 1) -> Graded:
    work = graded(student, "lines", points, late=late, number=number)
    return replace(work, attempt=replace(work.attempt, members=members))


def test_whom_the_platform_names_with_somebody_has_the_same_grade_without_a_group_in_the_roster():
    people = [Person("anna", line=2), Person("ben", line=3)]
    work = [shared("anna", "ben", "drew"), ungraded("ben", "lines", Status.MISSING)]
    grades = class_grades(people, work, [], POINTS, Rules())
    assert finals(grades) == {"anna": 12, "ben": 12, "drew": 12}
    assert [grade.units["lines"].handed_in_by for grade in grades] == ["", "anna", "anna"]


def test_a_hand_in_of_ones_own_counts_if_it_is_newer_than_the_shared_one():
    work = [shared("anna", "ben"), graded("ben", "lines", 7, late=0.5)]
    assert finals(class_grades([], work, [], POINTS, Rules())) == {"anna": 12, "ben": 7}


def test_a_hand_in_of_ones_own_at_an_unknown_time_beside_a_shared_one_is_open():
    work = [shared("anna", "ben"), graded("ben", "lines", 7)]
    assert finals(class_grades([], work, [], POINTS, Rules())) == {"anna": 12, "ben": None}


def test_only_the_attempts_that_name_somebody_are_theirs():
    work = [shared("anna", "ben", number=1), shared("anna", points=19, number=2)]
    assert finals(class_grades([], work, [], POINTS, Rules(attempts=Attempts.BEST))) == {"anna": 19, "ben": 12}


def test_a_group_whose_member_withdrew_keeps_its_grade():
    people = [Person("anna", group="one", withdrawn=True, line=2), Person("ben", group="one", line=3)]
    grades = class_grades(people, [graded("anna", "lines", 12)], [], POINTS, Rules())
    assert finals(grades) == {"anna": 12, "ben": 12}
    assert [grade.is_known for grade in grades] == [False, True]
