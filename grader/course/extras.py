"""Libraries that a task may be written with and that not everybody has: such a task is optional."""

from importlib.util import find_spec

from grader.course.model import Unit

_WHERE_FROM = {"triton": ("Triton", "pip install 'deepgrade[triton]'")}


def missing(library: str) -> str:
    """Return why tasks written with a library cannot be run here; empty where they can.

    Examples
    --------
    >>> missing("numpy")
    ''
    """
    if library not in _WHERE_FROM or find_spec(library) is not None:
        return ""
    name, command = _WHERE_FROM[library]
    return f"{name} is not installed: {command}"


def cannot_run(unit: Unit) -> dict[str, str]:
    """Return the tasks of a unit that cannot be run here, and why."""
    reasons = {task.name: missing(task.library) for task in unit.tasks}
    return {name: reason for name, reason in reasons.items() if reason}


def files_that_load(unit: Unit) -> tuple[str, ...]:
    """Return the stems of a unit's stub files whose libraries are all there, in the order of the tasks."""
    absent = {task.file for task in unit.tasks if missing(task.library)}
    return tuple(stem for stem in unit.files if stem not in absent)
