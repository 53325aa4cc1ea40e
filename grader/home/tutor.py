"""Facts for a coding assistant that tutors: handout, state of the tasks, last failures, hints in order.

Every tool reads the student's own folder by names of the registry, never by a path, so that nothing else can be
asked for: no solution, no hidden test, no wrong answer. `grade tutor` offers them over MCP (source: the Model Context
Protocol's specification, tools over stdio).
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from grader.course import layout
from grader.course.handout import MISTAKES
from grader.course.registry import Course, Task, Unit
from grader.home.code_digests import fingerprint
from grader.home.memory import hints_seen, progress_of, remember_hints
from grader.records import TestRecord
from grader.submissions.source_spans import spans

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = (
    "This is a course: the person you talk to learns by writing these functions. Tutor by questions and hints, one at "
    "a time. Never write, complete or correct the body of a task's function, in a file or in the chat."
)
LONGEST = 2_000_000  # characters of a file
_FOLDED_MISTAKES = re.compile(rf"{re.escape(MISTAKES)}.*?<!-- end -->", re.DOTALL)


class Tutor:
    """The tools, for one course.

    Parameters
    ----------
    course : Course
        A student's bundle, or an author's checkout, of which no more is shown.
    """

    def __init__(self, course: Course) -> None:
        self._course = course

    @property
    def tools(self) -> tuple[Callable[..., Any], ...]:
        """The functions that an assistant may call; it reads the first lines of their docstrings."""
        return self.list_tasks, self.read_handout, self.read_my_code, self.last_failures, self.next_hint

    def list_tasks(self, unit: str = "") -> list[dict[str, Any]]:
        """List tasks with their state, points and minutes; of one unit, or of the whole course.

        Parameters
        ----------
        unit : str, optional
            The unit's name.

        Returns
        -------
        list of dict
        """
        units = [self._course.unit(unit)] if unit else self._course.units
        return [self._state(part, task) for part in units for task in part.tasks]

    def read_handout(self, unit: str) -> str:
        """Read a unit's handout: the mathematics, and worked examples; without the list of common mistakes.

        Parameters
        ----------
        unit : str
            The unit's name.

        Returns
        -------
        str
            Markdown.
        """
        path = layout.handout(self._course.root, self._course.unit(unit).name)
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        return _FOLDED_MISTAKES.sub("", text)

    def read_my_code(self, task: str) -> str:
        """Read the student's own function for a task, as it is saved now.

        Parameters
        ----------
        task : str
            Its name, or ``unit.task``.

        Returns
        -------
        str
        """
        unit, chosen = self._course.task(task)
        source = self._source(unit, chosen)
        lines = source.splitlines()
        parts = ["\n".join(lines[begin:end]) for begin, end in spans(source, chosen.name)]
        return "\n\n".join(parts) or f"there is no {chosen.name} in {chosen.file}.py"

    def last_failures(self, task: str) -> dict[str, Any]:
        """Return the failures of a task's last test run, with the name of the mistake where it is known.

        Parameters
        ----------
        task : str
            Its name, or ``unit.task``.

        Returns
        -------
        dict
        """
        unit, chosen = self._course.task(task)
        memory = progress_of(self._course).tasks.get(f"{unit.name}.{chosen.name}")
        if memory is None:
            return {"state": "not run yet", "to do": f"grade run {chosen.name}"}
        changed = memory.source != fingerprint(self._source(unit, chosen))
        state = "the file has been changed since; run it again" if changed else "of the file as it is now"
        failed = [test for test in memory.tests if not test.hidden and not test.verdict.meaning.is_done]
        return {"state": state, "failures": [_failure(test) for test in failed]}

    def next_hint(self, task: str) -> str:
        """Show the student's next hint for a task. Give it only when asked, and wait for an attempt in between.

        Parameters
        ----------
        task : str
            Its name, or ``unit.task``.

        Returns
        -------
        str
        """
        unit, chosen = self._course.task(task)
        name = f"{unit.name}.{chosen.name}"
        seen = hints_seen(self._course).get(name, 0)
        if seen >= len(chosen.hints):
            return "these were all hints; read the handout's section again"
        remember_hints(self._course, name, seen + 1)
        return f"hint {seen + 1} of {len(chosen.hints)}: {chosen.hints[seen]}"

    def _source(self, unit: Unit, task: Task) -> str:
        path = layout.stub_path(self._course.root, unit.name, task.file)
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        return text[:LONGEST]

    def _state(self, unit: Unit, task: Task) -> dict[str, Any]:
        memory = progress_of(self._course).tasks.get(f"{unit.name}.{task.name}")
        tests = memory.tests if memory else ()
        return {
            "unit": unit.name,
            "task": task.name,
            "title": task.title,
            "minutes": task.minutes,
            "requires": list(task.requires),
            "points at home": f"{sum(t.earned for t in tests):g} of {sum(t.points for t in tests):g}" if tests else "-",
        }


def _failure(test: TestRecord) -> dict[str, Any]:
    """Return what a student reads of a failed test."""
    shown = msgspec.to_builtins(test.feedback)
    shown.pop("cause", None)
    return {"test": test.title, "verdict": test.verdict.value, **shown}


def server(course: Course) -> "MCPServer":
    """Return an MCP server with the tools.

    Raises
    ------
    ImportError
        If the package `mcp` is not installed.
    """
    from mcp.server import MCPServer

    tutor = MCPServer("deepgrade", instructions=INSTRUCTIONS)
    for tool in Tutor(course).tools:
        tutor.tool(description=(tool.__doc__ or "").partition("\n")[0])(tool)
    return tutor
