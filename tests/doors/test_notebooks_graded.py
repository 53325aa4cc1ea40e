"""A notebook is graded as the files that its cells are: the same records, test by test, in every unit.

Each unit is handed in twice, as files and as a notebook, once right and once with the first file untouched. Nothing is
raced: where files and notebook have the same code, races have one medal anyway.

Here because it grades four submissions of every unit.
"""

from pathlib import Path

import pytest

from grader.autograde.run import autograde
from grader.course import layout
from grader.course.registry import load_course
from grader.records import Isolation, Result, Status
from grader.submissions.notebooks import notebook_text

ROOT = Path(__file__).parents[2]
COURSE = load_course(ROOT)
KINDS = ("right", "untouched")


def texts_of(unit: str, kind: str) -> dict[str, str]:
    """Return the files of a unit: the solutions, the first one of them as it was handed out or not."""
    stems = COURSE.unit(unit).files
    untouched = stems[:1] if kind == "untouched" else ()
    paths = {
        stem: layout.stub_path(ROOT, unit, stem) if stem in untouched else layout.solution_path(ROOT, unit, stem)
        for stem in stems
    }
    return {stem: path.read_text(encoding="utf-8") for stem, path in paths.items()}


def hand_in(folder: Path, unit: str) -> None:
    """Write what four people hand in."""
    for kind in KINDS:
        texts = texts_of(unit, kind)
        for form in ("files", "notebook"):
            place = folder / f"{kind}-{form}" / unit
            place.mkdir(parents=True)
            files = texts if form == "files" else {}
            for stem, text in files.items():
                (place / f"{stem}.py").write_text(text, encoding="utf-8")
        (place / f"{unit}.ipynb").write_text(notebook_text(unit, texts), encoding="utf-8")


def comparable(result: Result) -> list[tuple[object, ...]]:
    """Return what a grade consists of, without times."""
    return [(test.test, test.verdict, test.earned, test.points, test.feedback.message) for test in result.tests]


@pytest.mark.parametrize("unit", [unit.name for unit in COURSE.units])
def test_files_and_notebook_have_the_same_records(unit, tmp_path):
    hand_in(tmp_path / "class", unit)
    outcome = autograde(
        COURSE, tmp_path / "class", out=tmp_path / "out", units=[unit], tier=Isolation.SEALED, dry_run=True
    )
    results = {result.student: result for result in outcome.results}
    assert {result.status for result in results.values()} == {Status.GRADED}
    for kind in KINDS:
        files, notebook = results[f"{kind}-files"], results[f"{kind}-notebook"]
        assert comparable(notebook) == comparable(files)
        assert notebook.earned == files.earned
    assert results["untouched-files"].earned < results["right-files"].earned
