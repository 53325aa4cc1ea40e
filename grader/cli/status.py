"""`grade` without a command: the student's progress."""

from typing import TYPE_CHECKING

from grader.cli.place import Place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course


def show_progress(place: Place) -> int:
    """Print the student's progress in the course; a new student reads where to begin."""
    from grader.cli.memory import progress_of
    from grader.cli.screen import Screen
    from grader.cli.unit_progress import unit_progress
    from grader.report.progress import course_progress

    course, screen = place.course, Screen()
    progress = progress_of(course)
    units = [unit_progress(course, unit, progress) for unit in course.units]
    hidden = sum(course.hidden_points.values())
    screen.say(course_progress(course.title, units, screen.marks, screen.width, hidden_points=hidden))
    if not any(unit.begun for unit in units):
        _tell_where_to_begin(course, screen)
    return 0


def _tell_where_to_begin(course: "Course", screen: "Screen") -> None:
    from grader.course import layout

    unit = next((unit for unit in course.units if unit.tasks), None)
    if unit is None:
        screen.say("\nthe course has no tasks yet")
        return
    task = unit.tasks[0]
    rows = (
        ("read", shown(layout.handout(course.root, unit.name))),
        ("write", f"{task.name} in {shown(layout.stub_path(course.root, unit.name, task.file))}"),
        ("test", f"grade run {task.name}"),
        ("stuck?", f"grade hint {task.name}"),
    )
    screen.say(f"\nBegin here, it takes about {task.minutes} minutes:\n")
    for verb, what in rows:
        screen.say(f"  {verb:<7} {what}")
