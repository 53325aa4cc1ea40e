"""Drawing of handouts' pictures: `solutions/<unit>/picture.py` produces `exercises/<unit>/picture.svg`.

The SVG contains a digest of its source. Only the digest decides whether a picture is stale, since another version of
matplotlib draws other bytes.
"""

import ast
import hashlib
import io
import re
import runpy
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.reading import imported_modules, read_text, read_tree
from grader.errors import CourseError

LARGEST = 150_000
_MODULES = {"matplotlib", "numpy", *sys.stdlib_module_names}
_SHOWN = re.compile(r"!\[(?:\\.|[^\]\\])*\]\(picture\.svg\)")


def stamp(source: str) -> str:
    """Return the mark in a picture that identifies its source.

    Examples
    --------
    >>> stamp("")
    'drawn by picture.py, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    return f"drawn by picture.py, sha256 {hashlib.sha256(source.encode()).hexdigest()}"


def is_shown(handout: str) -> bool:
    """Return whether a handout's text shows the picture."""
    return bool(_SHOWN.search(handout))


def with_picture(handout: str, alt: str) -> str:
    r"""Return a handout's text with the picture's description as alternative text.

    Examples
    --------
    >>> with_picture("Look: ![](picture.svg)", "Weights w[0].")
    'Look: ![Weights w\\[0\\].](picture.svg)'
    """
    escaped = re.sub(r"([\\\[\]])", r"\\\1", alt)
    return _SHOWN.sub(lambda _: f"![{escaped}](picture.svg)", handout)


def alt_text(root: Path, unit: str) -> str:
    """Return the first paragraph of the docstring of `picture.py` as one line; empty if the unit has no picture.

    Raises
    ------
    CourseError
        If the file is broken or has no docstring.
    """
    path = layout.picture_source(root, unit)
    if not path.is_file():
        return ""
    docstring = ast.get_docstring(read_tree(path, layout.relative_name(path, root)))
    if not docstring:
        raise CourseError(
            "has no docstring; its first paragraph describes the picture in words",
            "write it, then: grade build",
            layout.relative_name(path, root),
        )
    return " ".join(docstring.split("\n\n")[0].split())


def is_stale(root: Path, unit: str) -> bool:
    """Return whether a unit's picture is missing or was drawn from another source.

    Raises
    ------
    CourseError
        If `picture.py` is not UTF-8.
    """
    source, picture = layout.picture_source(root, unit), layout.picture(root, unit)
    if not source.is_file():
        return False
    return not picture.is_file() or stamp(_source(root, unit)) not in picture.read_text("utf-8", errors="replace")


def draw_picture(root: Path, unit: str) -> str:
    """Draw a unit's picture.

    Returns
    -------
    str
        The SVG; reproducible for the same source and version of matplotlib.

    Raises
    ------
    CourseError
        If `picture.py` is broken, has a forbidden import, raises, or draws no figure.
    """
    path = layout.picture_source(root, unit)
    shown = layout.relative_name(path, root)
    for line, module in foreign_imports(root, unit):
        raise CourseError(
            f"imports {module}; a picture needs NumPy, matplotlib and nothing else",
            "correct it, then: grade build",
            f"{shown}, line {line}",
        )
    try:
        return _svg(path, _source(root, unit), shown, alt_text(root, unit))
    except CourseError:
        raise
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"{shown}, line {lines[-1]}" if lines else shown
        message = f"{place}: drawing failed: {type(error).__name__}: {error}"
        raise CourseError(message, "correct it, then: grade build") from error


def foreign_imports(root: Path, unit: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of every imported module whose changes the picture's digest would miss.

    Raises
    ------
    CourseError
        If `picture.py` is not valid Python.
    """
    path = layout.picture_source(root, unit)
    for node in ast.walk(read_tree(path, layout.relative_name(path, root))):
        for module in imported_modules(node):
            if module.split(".")[0] not in _MODULES:
                yield getattr(node, "lineno", 0), module


def _svg(path: Path, source: str, shown: str, alt: str) -> str:
    """Run the source with matplotlib's default settings, and return the drawing with its stamp."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    metadata = {"Title": alt, "Source": stamp(source), "Creator": None, "Date": None}
    drawing = io.StringIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "deepgrade"
        names = runpy.run_path(str(path))
        if "draw" not in names:
            raise CourseError("has no function draw()", where=shown)
        figure = names["draw"]()
        if not isinstance(figure, Figure):
            raise CourseError(f"draw() returned a {type(figure).__name__}, not a matplotlib Figure", where=shown)
        figure.savefig(drawing, format="svg", metadata=metadata)
    return "\n".join(line.rstrip() for line in drawing.getvalue().split("\n"))


def _source(root: Path, unit: str) -> str:
    path = layout.picture_source(root, unit)
    return read_text(path, layout.relative_name(path, root))
