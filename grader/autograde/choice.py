"""Lookup of names on the instructor's command line: tests to leave out, tasks, hand-ins that count as zero."""

from collections.abc import Iterator, Sequence

from grader.course import layout
from grader.course.registry import Course
from grader.course.suite import tests_of
from grader.errors import NotFoundError, did_you_mean


def tests_by_unit(course: Course, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the named tests by unit, each as ``file.test``.

    Parameters
    ----------
    course : Course
        An author's checkout.
    names : sequence of str
        Each as ``test_agrees``, ``conv.test_agrees`` or ``convolution.conv.test_agrees``.

    Raises
    ------
    NotFoundError
        If there is no such test, or several.
    """
    known = dict(_names_of_tests(course)) if names else {}
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        unit, test = known[_the_one(name, list(known))]
        found[unit] = (*found.get(unit, ()), test)
    return found


def _names_of_tests(course: Course) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the full name of each test with its unit and its name in the unit."""
    for unit in course.units:
        for folder in (layout.exercises(course.root, unit.name), layout.hidden(course.root, unit.name)):
            for path in sorted(folder.glob("test_*.py")):
                for test in tests_of(course.root, path):
                    name = f"{path.stem.removeprefix('test_')}.{test.name}"
                    yield f"{unit.name}.{name}", (unit.name, name)


def _the_one(name: str, known: Sequence[str]) -> str:
    wanted = name.partition("[")[0]
    found = [full for full in known if full == wanted or full.endswith(f".{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f'there are {len(found)} tests "{name}"', f"one of these:\n{chr(10).join(found)}")
    ends = {full.split(".", 2 - min(2, wanted.count(".")))[-1]: full for full in known}
    near = did_you_mean(wanted, ends)
    raise NotFoundError(
        f'there is no test "{name}"{near}', "a test is named as in --without conv.test_agrees_with_torch"
    )


def tasks_by_unit(course: Course, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the named tasks by unit.

    Raises
    ------
    NotFoundError
        If there is no such task; the message suggests the nearest name.
    """
    found: dict[str, tuple[str, ...]] = {}
    for unit, task in map(course.task, names):
        found[unit.name] = (*found.get(unit.name, ()), task.name)
    return found


def places_of(course: Course, names: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return pairs of student and unit from names such as ``anna/convolution``.

    Raises
    ------
    NotFoundError
        If a name has another form, or there is no such unit.
    """
    found = []
    for name in names:
        student, slash, unit = name.rpartition("/")
        if not slash or not student:
            raise NotFoundError(f'"{name}" names no hand-in', "a student's folder and a unit: --zero STUDENT/UNIT")
        found.append((student, course.unit(unit).name))
    return frozenset(found)
