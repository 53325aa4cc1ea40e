"""Everything that a class's grades follow from besides the results: roster, decisions by hand, times of handing in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from grader.course.registry import Course
from grader.gradebook.class_grades import class_grades, everybody, points_of
from grader.gradebook.roster import people_of, roster_path
from grader.gradebook.schema import NAME
from grader.gradebook.scores import Graded
from grader.gradebook.store import Gradebook
from grader.records import Result, Status
from grader.records.grades import Adjustment, Attempt, Grade, Person
from grader.records.rules import Attempts
from grader.submissions.times import BY_A_PERSON, StatedTimes


class ClassBook(Struct, frozen=True):
    """People, adjustments and attempts of a class.

    Attributes
    ----------
    people : tuple of Person
        The roster; empty if there is none.
    adjustments : tuple of Adjustment
        Also those taken back.
    attempts : tuple of Attempt
    older : tuple of (int, Result)
        Results of attempts that are not the newest, by number; they count where the best attempt does.
    """

    people: tuple[Person, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    older: tuple[tuple[int, Result], ...] = ()

    def grades(self, course: Course, results: Sequence[Result]) -> tuple[Grade, ...]:
        """Return everybody's grades, by id.

        Parameters
        ----------
        course : Course
        results : sequence of Result
            One per student and unit.
        """
        newest = {(attempt.student, attempt.unit): attempt for attempt in self._by_number()}
        work = [Graded(result, newest.get((result.student, result.unit))) for result in results]
        if course.rules.attempts is Attempts.BEST:
            work += self._older_work()
        return class_grades(self.people, work, self.adjustments, points_of(course, results), course.rules)

    def ids(self, results: Sequence[Result]) -> list[str]:
        """Return the ids of everybody in the roster, with a result, or in a group that handed in."""
        members = (name for attempt in self.attempts for name in attempt.members)
        return [person.id for person in everybody(self.people, [*(result.student for result in results), *members])]

    def present(self, results: Sequence[Result]) -> list[str]:
        """Return the ids of everybody who handed in, alone or with others."""
        members = (name for attempt in self.attempts for name in attempt.members)
        return [*(result.student for result in results if result.status is not Status.MISSING), *members]

    def _older_work(self) -> list[Graded]:
        known = {(attempt.student, attempt.unit, attempt.number): attempt for attempt in self.attempts}
        return [Graded(result, known[result.student, result.unit, number]) for number, result in self.older]

    def _by_number(self) -> list[Attempt]:
        return sorted(self.attempts, key=lambda attempt: attempt.number)


def stated_times(results: Path) -> StatedTimes:
    """Return the times of handing in that a person has stated so far, by path and unit of the hand-in.

    Parameters
    ----------
    results : Path
        The output folder of `grade autograde`.

    Raises
    ------
    DeepgradeError
        If the database cannot be used.
    """
    if not database_path(results).is_file():
        return {}
    with Gradebook(database_path(results), read_only=True) as book:
        stated = [(one, one.handed_in) for one in book.attempts() if one.source == BY_A_PERSON]
    return {(attempt.path, attempt.unit): moment for attempt, moment in stated if moment}


def database_path(results: Path) -> Path:
    """Return the database of a class, which lies in its results folder."""
    return results / NAME


def class_book(results: Path, people: Sequence[Person] | None = None) -> ClassBook:
    """Return the book of the class whose results lie in a folder.

    Parameters
    ----------
    results : Path
        The output folder of `grade autograde`.
    people : sequence of Person, optional
        Read already; by default, the roster beside the folder is read.

    Returns
    -------
    ClassBook

    Raises
    ------
    DeepgradeError
        If the roster or the database cannot be used.
    """
    listed = people_of(roster_path(results)) if people is None else tuple(people)
    if not database_path(results).is_file():
        return ClassBook(listed)
    with Gradebook(database_path(results), read_only=True) as book:
        return ClassBook(listed, book.adjustments(), book.attempts(), book.older_results())


def by_student(grades: Sequence[Grade]) -> Mapping[str, Grade]:
    """Return grades by the person's id."""
    return {grade.person.id: grade for grade in grades}
