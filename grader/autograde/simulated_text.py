"""The files of a simulated student: the solution, with some tasks left as stubs and some answered wrongly."""

from collections.abc import Mapping
from pathlib import Path

from grader.autograde.bench import Caught
from grader.autograde.wrong_code import WrongCode, prepared
from grader.course import layout
from grader.course.cut import cut
from grader.course.reading import find_regions, read_text
from grader.course.registry import Unit

RIGHT, UNTOUCHED, ENDLESS = "right", "untouched", "endless"
Answer = str | Caught  # one of the three above, or a misconception
Answers = Mapping[str, Answer]  # by task


def student_files(root: Path, unit: Unit, answers: Answers, wrong: WrongCode) -> dict[str, str]:
    """Return the text of each of a unit's files.

    Parameters
    ----------
    root : Path
        The course.
    unit : Unit
    answers : mapping of str to Answer
        How each task is answered.
    wrong : WrongCode
        The unit's.
    """
    return {stem: _file(root, unit, stem, answers, wrong) for stem in unit.files}


def _file(root: Path, unit: Unit, stem: str, answers: Answers, wrong: WrongCode) -> str:
    path = layout.solution_path(root, unit.name, stem)
    shown = path.relative_to(root).as_posix()
    own = {task.name: answers[task.name] for task in unit.tasks if task.file == stem}
    written = {name for name, answer in own.items() if answer not in (UNTOUCHED, ENDLESS)}
    text = cut(_without_markers(read_text(path, shown), shown, written), unit.name, shown)
    for name in (name for name, answer in own.items() if answer == ENDLESS):
        text = text.replace(f'raise NotImplementedError("{unit.name}.{name}")', "while True: pass")
    overrides = [wrong.override(each.name, name, stem) for name, each in own.items() if isinstance(each, Caught)]
    return "\n\n\n".join([text.rstrip(), *([prepared(text)] if overrides else []), *overrides]) + "\n"


def _without_markers(source: str, shown: str, written: set[str]) -> str:
    """Return the solution with the regions opened that the student has written; helpers stay in any case."""
    regions = find_regions(source, shown)
    opened = [each for each in regions if not each.owner or each.owner.split(".")[0] in written]
    markers = {line for region in opened for line in (region.begin, region.end)}
    lines = source.split("\n")
    return "\n".join(line for number, line in enumerate(lines, start=1) if number not in markers)
