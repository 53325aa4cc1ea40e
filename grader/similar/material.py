"""Code that everybody may have: handed-out stubs, solutions and registered variants of all units,."""

from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.reading import read_text
from grader.course.registry import Course


def known_texts(course: Course) -> list[str]:
    """Return the files whose code proves nothing when two students share it.

    Parameters
    ----------
    course : Course
        An author's checkout.

    Returns
    -------
    list of str
    """
    return [read_text(path, layout.relative_name(path, course.root)) for path in _known_paths(course)]


def _known_paths(course: Course) -> Iterator[Path]:
    for unit in course.units:
        for stem in unit.files:
            yield layout.stub_path(course.root, unit.name, stem)
            yield layout.solution_path(course.root, unit.name, stem)
        variants = layout.variants(course.root, unit.name)
        if variants.is_file():
            yield variants
