"""Program that draws a unit's milestone with the student's code, in a separate process.

`python -m grader.worker.milestone ROOT UNIT SOURCES DESTINATION` loads the modules in SOURCES and calls `draw()` of
`milestone.py`. It writes `<unit>.png` and `<unit>.svg` into DESTINATION, or `problem.json` if that fails.
"""

import json
import sys
from pathlib import Path

from grader.worker.failures import described
from grader.worker.loader import Package

MODULE = "milestone"
PROBLEM = "problem.json"
DOTS_PER_INCH = 150


def draw(root: Path, unit: str, sources: Path, destination: Path) -> None:
    """Draw the milestone.

    Parameters
    ----------
    root : Path
        The course, for its data sets.
    unit : str
        Stem of the pictures' names.
    sources : Path
        The folder with the milestone and the modules that it imports.
    destination : Path
        An existing folder.
    """
    package = _package(sources)
    sys.path.insert(0, str(root))
    package.install()
    try:
        figure = package.module(MODULE).draw()
        _save(figure, destination / unit)
    except BaseException as error:  # reports any exception of the student's code, SystemExit included
        problem = described(error, package.paths, "call")
        if isinstance(error, SyntaxError):
            problem["where"] = _place_of(error)
        (destination / PROBLEM).write_text(json.dumps(problem), encoding="utf-8")


def _place_of(error: SyntaxError) -> tuple[str, ...]:
    """Return the line that does not compile, instead of the import that led to it."""
    return (f"{Path(error.filename or '').name}, line {error.lineno}: {(error.text or '').strip()[:200]}",)


def _package(sources: Path) -> Package:
    paths = sorted(path for path in sources.glob("*.py") if not path.name.startswith("test_"))
    texts = {path.stem: path.read_text(encoding="utf-8-sig") for path in paths}
    return Package("unit", texts, {path.stem: str(path) for path in paths})


def _save(figure: object, path: Path) -> None:
    """Save both pictures; equal figures give equal bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        raise TypeError(f"draw() returned a {type(figure).__name__}, not a matplotlib Figure")
    mpl.rcParams["svg.hashsalt"] = "deepgrade"
    figure.savefig(path.with_suffix(".png"), dpi=DOTS_PER_INCH)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
