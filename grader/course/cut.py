"""Generator of the stubs, of all other generated files in `exercises/`, and of ready-made code in solutions."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from grader.course import layout
from grader.course.handout import fill_handout
from grader.course.pictures import draw_picture, is_stale
from grader.course.reading import Region, find_regions, read_text
from grader.course.ready_blocks import find_blocks, with_plain_comments
from grader.course.ready_made import filled_solution
from grader.course.registry import Course, Unit
from grader.course.script_block import with_script_block
from grader.errors import CourseError


def cut(source: str, unit: str, path: str) -> str:
    """Return the stub of a solution: every region becomes ``raise NotImplementedError("<unit>.<task>")``.

    Ready-made code stays, its markers become comments.

    Parameters
    ----------
    source : str
        The solution's text.
    unit : str
    path : str
        The file's name for messages.

    Returns
    -------
    str

    Raises
    ------
    CourseError
        If a marker is stray, nested or misplaced, or the stub is not valid Python.

    Examples
    --------
    >>> print(cut("def f():\\n    ### BEGIN SOLUTION\\n    return 1\\n    ### END SOLUTION\\n", "demo", "f.py"), end="")
    def f():
        raise NotImplementedError("demo.f")
    """
    lines = source.split("\n")
    for region in reversed(find_regions(source, path)):
        _replace(lines, region, unit)
    stub = "\n".join(lines).strip("\n") + "\n"
    _check_syntax(stub, path)
    return with_plain_comments(stub, path)


def _replace(lines: list[str], region: Region, unit: str) -> None:
    """Replace a region by its `raise`; if it is removed without one, keep the larger of its two gaps."""
    begin, end = region.begin - 1, region.end
    if region.owner:
        lines[begin:end] = [f'{" " * region.indent}raise NotImplementedError("{unit}.{region.owner}")']
        return
    above = _blank_run(lines[:begin][::-1])
    below = _blank_run(lines[end:])
    lines[begin - above : end + below] = [""] * max(above, below)


def _blank_run(lines: list[str]) -> int:
    """Return the number of blank lines at the beginning."""
    count = 0
    while count < len(lines) and not lines[count].strip():
        count += 1
    return count


def _check_syntax(stub: str, path: str) -> None:
    try:
        ast.parse(stub)
    except SyntaxError as error:
        shown = (error.text or "").strip()
        raise CourseError(
            f"without its solution the stub is not valid Python ({error.msg}, at: {shown})",
            "move the markers, then: grade build",
            path,
        ) from None


def build_exercises(root: Path, course: Course) -> list[Path]:
    """Write the generated files of `exercises/`; files that are up to date are not touched.

    Parameters
    ----------
    root : Path
        The course's folder.
    course : Course

    Returns
    -------
    list of Path
        The written files.

    Raises
    ------
    CourseError
        If a solution or a handout is broken or missing, a picture cannot be drawn, or this is a student bundle.
    """
    _refuse_bundle(course)
    return _write({path: make for unit in course.units for path, make in _stale(root, course, unit).items()})


def build_unit(course: Course, unit: Unit) -> list[Path]:
    """Write the generated files of one unit, as `build_exercises` does.

    Raises
    ------
    CourseError
        If a solution or a handout is broken or missing, or a picture cannot be drawn.
    """
    return _write(_stale(course.root, course, unit))


def stale_files(root: Path, course: Course) -> list[Path]:
    """Return the generated files that `build_exercises` would write, without writing them.

    Raises
    ------
    CourseError
        As for `build_exercises`.
    """
    _refuse_bundle(course)
    return [path for unit in course.units for path in stale_files_of(course, unit)]


def stale_files_of(course: Course, unit: Unit) -> list[Path]:
    """Return the generated files of one unit that `build_unit` would write.

    Raises
    ------
    CourseError
        As for `build_unit`.
    """
    return list(_stale(course.root, course, unit))


def stub_text(root: Path, unit: str, file: str) -> str:
    """Return the stub generated from the current solution, with the lines that let it run as a script.

    Raises
    ------
    CourseError
        If the solution is missing or broken.
    """
    path = layout.solution_path(root, unit, file)
    shown = layout.relative_name(path, root)
    return _stub_of(read_text(path, shown), unit, shown)


def _stub_of(source: str, unit: str, shown: str) -> str:
    return with_script_block(cut(source, unit, shown), shown)


def _refuse_bundle(course: Course) -> None:
    course.refuse_bundle("it has no solutions to build from", "to restore one function: grade reset <task>")


def _stale(root: Path, course: Course, unit: Unit) -> dict[Path, Callable[[], str]]:
    """Return the files to write, each with a function that makes its text; pictures are drawn only by that."""
    texts = {path: text for path, text in _generated(root, course, unit) if not _holds(path, text)}
    stale: dict[Path, Callable[[], str]] = {path: partial(str, text) for path, text in texts.items()}
    if is_stale(root, unit.name):
        stale[layout.picture(root, unit.name)] = partial(draw_picture, root, unit.name)
    return stale


def _write(makers: Mapping[Path, Callable[[], str]]) -> list[Path]:
    for path, make in makers.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8", newline="\n")
    return list(makers)


def _generated(root: Path, course: Course, unit: Unit) -> Iterator[tuple[Path, str]]:
    """Yield path and text of every generated file of a unit except its picture."""
    for file in unit.files:
        solution = layout.solution_path(root, unit.name, file)
        shown, text = layout.relative_name(solution, root), filled_solution(root, course, unit, file)
        if find_blocks(text, shown):
            yield solution, text
        yield layout.stub_path(root, unit.name, file), _stub_of(text, unit.name, shown)
    for source, copy in _copied(root, unit):
        if source.is_file():
            yield copy, read_text(source, layout.relative_name(source, root))
    handout = layout.handout(root, unit.name)
    if handout.is_file():
        yield handout, fill_handout(root, unit, partial(course.limits_of, unit.name))


def _copied(root: Path, unit: Unit) -> Iterator[tuple[Path, Path]]:
    """Yield source and copy of each file that students get unchanged."""
    yield layout.milestone_source(root, unit.name), layout.milestone(root, unit.name)
    if unit.is_timed:
        yield layout.workloads_source(root, unit.name), layout.workloads(root, unit.name)


def _holds(path: Path, text: str) -> bool:
    """Return whether the file contains exactly this text."""
    return path.is_file() and path.read_bytes() == text.encode()
