"""What the judge knows of a collected test: its unit, task, points, and whether students have it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

FACTS = pytest.StashKey["Facts"]()


@dataclass(frozen=True)
class Facts:
    """One graded test.

    Attributes
    ----------
    root : Path
        The course's folder.
    unit, file, task, test : str
        ``convolution``, ``conv``, ``conv2d_forward``, ``test_agrees_with_torch``.
    points : float
    hidden : bool
        It stands in `tests/hidden`, students do not have it.
    timed : bool
        It races the student's function against torch's own.
    """

    root: Path
    unit: str
    file: str
    task: str
    test: str
    points: float
    hidden: bool
    timed: bool = False

    @property
    def name(self) -> str:
        """The test within its unit, as records name it: ``conv.test_agrees_with_torch``."""
        return f"{self.file}.{self.test}"

    @property
    def title(self) -> str:
        """The requirement in words."""
        name, bracket, case = self.test.partition("[")
        return name.removeprefix("test_").replace("_", " ") + (f" ({case.rstrip(']')})" if bracket else "")


def facts_of(item: pytest.Item) -> Facts | None:
    """Return what a test's mark and its place say, or None for a test that is not graded."""
    mark = item.get_closest_marker("task")
    if mark is None:
        return None
    folder = item.path.parent
    hidden = folder.parent.name == "hidden" and folder.parent.parent.name == "tests"
    root = folder.parent.parent.parent if hidden else folder.parent.parent
    return Facts(
        root=root,
        unit=folder.name,
        file=item.path.stem.removeprefix("test_"),
        task=mark.kwargs["name"],
        test=item.name,
        points=mark.kwargs["points"],
        hidden=hidden,
        timed="race" in getattr(item, "fixturenames", ()),
    )
