"""Settings of an nbgrader course that grades by the sealed workers; its `nbgrader_config.py` calls them."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_OURS = "grader.nbgrader.preprocessors"


def grade_by_deepgrade(config: Any, *, course: str, results: str, tier: str = "sealed") -> None:
    """Put the sealed workers in the place of nbgrader's kernels; everything else stays as nbgrader has it.

    Parameters
    ----------
    config : Config
        The settings that nbgrader's ``get_config()`` returns.
    course : str
        Folder of the course.
    results : str
        Folder for the results, as of `grade autograde --out`.
    tier : str
        Isolation tier in which students' code runs.
    """
    config.GenerateAssignment.preprocessors = _stock(
        "GenerateAssignment", "preprocessors", ClearSolutions="CutSolutions"
    )
    config.Autograde.sanitize_preprocessors = [
        f"{_OURS}.RestoreCells",
        *_stock("Autograde", "sanitize_preprocessors"),
    ]
    config.Autograde.autograde_preprocessors = _stock(
        "Autograde", "autograde_preprocessors", Execute="GradeInWorkers", SaveAutoGrades="SaveAutoGradesAndReasons"
    )
    config.GradeInWorkers.course, config.GradeInWorkers.results = course, results
    config.GradeInWorkers.tier = tier
    _let_nbgrader_find_alembic()


def _let_nbgrader_find_alembic() -> None:
    """Put this Python's programs on the path: nbgrader starts one of them by its name, also outside the environment."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def _stock(converter: str, trait: str, **instead: str) -> Sequence[Any]:
    """Return nbgrader's own list of preprocessors, some of them replaced by ours."""
    from nbgrader import converters

    stock = getattr(converters, converter).class_traits()[trait].default()
    return [f"{_OURS}.{instead[step.__name__]}" if step.__name__ in instead else step for step in stock]
