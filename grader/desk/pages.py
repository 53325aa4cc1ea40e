"""Data of a class's pages: one student's unit, and the class as a whole."""

from collections.abc import Sequence

from msgspec import Struct

from grader.autograde.secret import course_secret, pseudonyms
from grader.course import layout
from grader.course.medals import edges_of, read_tiers
from grader.course.model import Unit
from grader.course.reading import read_text
from grader.course.registry import Course
from grader.course.suite import about_hidden
from grader.desk.class_files import ClassFiles
from grader.records import Result
from grader.records.disclosure import Level
from grader.report.pages.class_view import ClassFacts
from grader.report.pages.feedback_view import FeedbackView, UnitFacts, feedback_view


class Page(Struct, frozen=True):
    """One student's feedback on one unit.

    Attributes
    ----------
    result : Result
    hand_in : str
        Name of the hand-in as downloaded; empty if it is not known.
    view : FeedbackView
    """

    result: Result
    hand_in: str
    view: FeedbackView


def pages_of(course: Course, files: ClassFiles, results: Sequence[Result], level: Level | None) -> list[Page]:
    """Return a page for each result, in their order.

    Parameters
    ----------
    course : Course
    files : ClassFiles
    results : sequence of Result
    level : Level or None
        How much is shown of hidden tests; by default the course's rule.

    Returns
    -------
    list of Page
    """
    grades = {grade.person.id: grade for grade in files.grades()}
    facts = {name: _unit_facts(course, files, name, level) for name in dict.fromkeys(result.unit for result in results)}
    pages = []
    for result in results:
        person = grades[result.student].person
        grade = grades[result.student].units.get(result.unit)
        view = feedback_view(facts[result.unit], result, name=person.name, grade=grade)
        pages.append(Page(result, grade.attempt.path if grade and grade.attempt else "", view))
    return pages


def _unit_facts(course: Course, files: ClassFiles, name: str, level: Level | None) -> UnitFacts:
    unit = course.unit(name)
    scales = edges_of(read_tiers(layout.tiers(course.root, unit.name)))
    return UnitFacts(course.title, unit, level or files.level(name), about_hidden(course.root, unit.name), dict(scales))


def class_facts(
    course: Course, files: ClassFiles, chosen: Sequence[str] = (), *, has_pseudonyms: bool = False
) -> ClassFacts:
    """Return what the class report is made of.

    Parameters
    ----------
    course : Course
    files : ClassFiles
    chosen : sequence of str
        Only these units; all with results if empty.
    has_pseudonyms : bool
        Whether people have made-up names, and no pages.

    Returns
    -------
    ClassFacts
    """
    results = tuple(result for result in files.results if not chosen or result.unit in chosen)
    names = {result.unit for result in results}
    grades = files.grades()
    units = tuple(unit for unit in course.units if unit.name in names)
    everybody = [grade.person.id for grade in grades]
    return ClassFacts(
        course=course.title,
        units=units,
        results=results,
        grades=grades,
        changes=tuple((at, one) for at, one in reversed(files.changes()) if one.unit in names),
        last_run=files.last_run(),
        names=pseudonyms(course_secret(course), everybody) if has_pseudonyms else {},
        places={task: place for unit in units for task, place in _places(course, unit).items()},
        pages={} if has_pseudonyms else {(one.student, one.unit): f"{one.student}/{one.unit}.html" for one in results},
    )


def _places(course: Course, unit: Unit) -> dict[str, str]:
    """Return the heading in the handout that is about each task's file."""
    path = layout.handout(course.root, unit.name)
    lines = read_text(path, path.name).splitlines() if path.is_file() else []
    headings = [line.lstrip("# ").replace("`", "") for line in lines if line.startswith("#")]
    places = {stem: next((one for one in headings if f"{stem}.py" in one), "") for stem in unit.files}
    return {task.name: places[task.file] for task in unit.tasks}
