"""Table of the points of a course's tasks, unit by unit, with their working time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from grader.course.registry import Course, Unit
    from grader.proof.check import Proof


def worth_table(course: "Course", proof: "Proof", *, by_task: bool) -> "Table":
    """Return a table with a line per proved unit.

    Parameters
    ----------
    course : Course
    proof : Proof
    by_task : bool
        Whether to add a line per task.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("points", no_wrap=True)
    for name in ("minutes", "visible", "hidden", "together"):
        table.add_column(name, justify="right")
    for unit in course.units:
        known = [task for task in unit.tasks if f"{unit.name}.{task.name}" in proof.points]
        if not known:
            continue
        table.add_row(unit.name, *_figures(unit, proof, {task.name for task in known}), style="bold" if by_task else "")
        for task in known if by_task else ():
            table.add_row(f"  {task.name}", *_figures(unit, proof, {task.name}))
    return table


def _figures(unit: "Unit", proof: "Proof", names: set[str]) -> list[str]:
    """Return the columns: minutes, points of visible tests, of hidden tests, of both."""
    keys = [f"{unit.name}.{name}" for name in names]
    points = sum(proof.points[key] for key in keys)
    visible = sum(proof.visible_points.get(key, 0.0) for key in keys)
    minutes = sum(task.minutes for task in unit.tasks if task.name in names)
    return [str(minutes), *(f"{value:g}" for value in (visible, points - visible, points))]
