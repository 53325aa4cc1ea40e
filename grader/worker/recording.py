"""A milestone in the sealed worker: it is given stand-ins for matplotlib, and what it asks of them is returned as data.

The judge's side draws from that data (`grader/judge/redrawing.py`). Once the student's code has run, nothing in it can
be trusted: numbers and texts are numbers and texts, and names of methods are looked up in a list there.
"""

import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

Step = tuple[Any, ...]
"""One request: ``make``, ``call``, ``get`` or ``item``, the number of its object, and its arguments as plain data."""

MOST_STEPS = 20_000
MOST_ITEMS = 100_000  # of an iterable that is no array

SIDES = {"nrows": 1, "ncols": 1}


class TooMuchDrawn(Exception):
    """The milestone asks for more than a picture needs."""


class Recorder:
    """Stand-in for an object of matplotlib: it notes what is asked of it.

    Parameters
    ----------
    steps : list of Step
        All steps so far; an object's number is that of the step that made it.
    step : Step
        The step that makes it.
    """

    def __init__(self, steps: list[Step], step: Step) -> None:
        if len(steps) >= MOST_STEPS:
            raise TooMuchDrawn(f"the milestone draws in more than {MOST_STEPS} steps")
        self._steps, self._number = steps, len(steps)
        steps.append(step)

    def __getattr__(self, name: str) -> "Recorder":
        if name.startswith("_"):
            raise AttributeError(name)
        return Recorder(self._steps, ("get", self._number, name))

    def __getitem__(self, key: Any) -> "Recorder":
        return Recorder(self._steps, ("item", self._number, plain(key)))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Note a call of a method; what makes several parts returns them as matplotlib does."""
        kind, _, *asked = self._steps[self._number]
        answer = Recorder(self._steps, ("call", self._number, plain(args), plain(kwargs)))
        method = asked[0] if kind == "get" else ""
        if method in ("subplots", "subfigures"):
            sides = (
                SIDES | dict(zip(SIDES, args, strict=False)) | {name: kwargs[name] for name in SIDES if name in kwargs}
            )
            return _grid(answer, sides["nrows"], sides["ncols"])
        if method == "subplot_mosaic":
            return {label: answer[label] for label in dict.fromkeys(np.ravel(np.array(args[0])).tolist())}
        return answer


def _grid(parts: Recorder, rows: int, columns: int) -> Any:
    """Return parts as an array, without sides of length 1."""
    if rows == columns == 1:
        return parts
    shape = tuple(side for side in (rows, columns) if side != 1)
    grid = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        grid[place] = parts[place]
    return grid


def plain(value: Any) -> Any:
    """Return arguments as data: containers are tagged, and an object of matplotlib is its number."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value
    if isinstance(value, Recorder):
        return ("object", value._number)
    return _container(value)


def _container(value: Any) -> Any:
    if isinstance(value, slice) and value == slice(None):
        return ("all", None)
    if isinstance(value, Mapping):
        return ("dict", {str(name): plain(part) for name, part in value.items()})
    if isinstance(value, Iterable):
        return ("list", [plain(part) for _, part in zip(range(MOST_ITEMS), value, strict=False)])
    raise TypeError(f"a picture cannot hold a {type(value).__name__}")


def recorded(package: str, text: str, datasets: Mapping[str, str], digits: tuple[Any, Any] | None) -> tuple[Step, ...]:
    """Run a milestone's `draw`, and return what it asks for.

    Parameters
    ----------
    package : str
        Name of the package that the student's files are loaded as.
    text : str
        The milestone's source.
    datasets : mapping of str to str
        Source of the course's data sets.
    digits : tuple of ndarray or None
        What scikit-learn's `load_digits` returns, for a worker that does not have it.

    Returns
    -------
    tuple of Step
        The last one is the figure's.
    """
    steps: list[Step] = []
    _install(steps, digits)
    _add("datasets").__path__ = []
    for name, source in datasets.items():
        _run(f"datasets.{name}", source)
    figure = _run(f"{package}.milestone", text).draw()
    return (*steps, ("figure", plain(figure)))


def _install(steps: list[Step], digits: tuple[Any, Any] | None) -> None:
    def maker(kind: str) -> type[Recorder]:
        def make(self: Recorder, *args: Any, **kwargs: Any) -> None:
            Recorder.__init__(self, steps, ("make", kind, plain(args), plain(kwargs)))

        return type(kind, (Recorder,), {"__init__": make})

    figure, axes, colors = (_add(f"matplotlib.{name}") for name in ("figure", "axes", "colors"))
    top = _add("matplotlib")
    top.__path__ = []
    vars(top).update(figure=figure, axes=axes, colors=colors)
    vars(figure).update(Figure=maker("Figure"), SubFigure=Recorder)
    vars(axes).update(Axes=Recorder)
    vars(colors).update(ListedColormap=maker("ListedColormap"))
    if digits is not None:
        sklearn, sets = _add("sklearn"), _add("sklearn.datasets")
        vars(sklearn).update(datasets=sets)
        vars(sets).update(load_digits=lambda **options: tuple(part.copy() for part in digits))


def _add(name: str) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    module.__package__ = name.rpartition(".")[0] or name
    return module


def _run(name: str, source: str) -> ModuleType:
    """Run a module of the course's own."""
    module = _add(name)
    exec(compile(source, f"{name.rpartition('.')[2]}.py", "exec", dont_inherit=True), module.__dict__)
    return module
