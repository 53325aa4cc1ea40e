"""Program that draws a milestone from what a worker recorded: steps on standard input, a PNG on standard output.

Where there is no picture, the reason stands in its place. It runs no code of the student's. Methods and options are
looked up in lists, texts are never markup, and a process of its own with limits does it, so that an odd recording costs
no more than the picture.
"""

import io
import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure, FigureBase
from matplotlib.spines import Spines, SpinesProxy

from grader.printable import safe
from grader.wire import decode

DOTS_PER_INCH = 100
MOST_INCHES = 12
LONGEST_TEXT = 200
MOST_LINES = 4
FORMATS = re.compile(r" ?%(\.\d)?[defg]( ?%%)?")  # of numbers at bars; a width could be a billion
MOST_PARTS = 8  # of a figure, along each side

METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (FigureBase, frozenset({"subplots", "subfigures", "subplot_mosaic", "suptitle", "colorbar"})),
    (
        Axes,
        frozenset(
            (
                *("plot", "semilogx", "semilogy", "loglog", "scatter", "bar", "barh", "hist", "imshow", "contour"),
                *("axhline", "axvline", "annotate", "text", "bar_label", "legend", "margins", "axis", "invert_yaxis"),
                *("set", "set_title", "set_xlabel", "set_ylabel", "set_xlim", "set_ylim", "set_xscale", "set_yscale"),
                *("set_xticks", "set_yticks", "set_box_aspect", "tick_params", "fill_between", "step"),
            )
        ),
    ),
    (SpinesProxy, frozenset({"set_visible"})),
    (Colorbar, frozenset({"set_label"})),
)
ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = ((Axes, frozenset({"spines", "figure"})),)
INDEXED = (np.ndarray, dict, Spines)
OPTIONS = frozenset(
    (
        *("alpha", "arrowprops", "aspect", "ax", "axis", "bbox", "bbox_to_anchor", "borderaxespad", "boundaries"),
        *("bins", "cmap", "color", "colors", "edgecolor", "extent", "facecolor", "fmt", "fontsize", "frameon", "ha"),
        *("height_ratios", "hspace", "histtype", "label", "labelsize", "labelspacing", "layout", "length", "levels"),
        *("linestyle", "linestyles", "linewidth", "linewidths", "loc", "marker", "markerfacecolor", "markersize"),
        *("mew", "ncols", "nrows", "origin", "pad", "padding", "s", "shrink", "textcoords", "ticks", "top", "va"),
        *("vmax", "vmin", "where", "width_ratios", "wspace", "x", "xlabel", "xlim", "xticks", "y", "ylabel", "ylim"),
        *("yticks", "zorder", "figsize", "arrowstyle", "bottom", "left", "right", "fontweight", "title"),
    )
)


class NoPicture(Exception):
    """The recording asks for something that no milestone needs."""


def redrawn(steps: Sequence[Any]) -> Figure:
    """Return the figure that a recording describes.

    Parameters
    ----------
    steps : sequence
        As `grader.worker.recording` makes them; nothing about them is certain.

    Returns
    -------
    Figure

    Raises
    ------
    NoPicture
        If a step is no step, or asks for what is in no list.
    """
    made: list[Any] = []
    for step in steps[:-1]:
        made.append(_step(made, step))
    kind, number = steps[-1]
    figure = _value(made, number)
    if kind != "figure" or not isinstance(figure, Figure):
        raise NoPicture("draw() returned no Figure")
    return figure


def _step(made: list[Any], step: Any) -> Any:
    if type(step) is not tuple or len(step) < 3:
        raise NoPicture("a step has another form")
    kind, target, *fields = step
    if kind == "make":
        return _maker(target)(*_arguments(made, fields[0]), **_options(made, fields[1]))
    if kind == "call":
        method = made[_number(made, target)]
        if type(method) is not _Method:
            raise NoPicture("what is called is no method")
        return method(*_arguments(made, fields[0]), **_options(made, fields[1]))
    if kind == "get":
        return _attribute(made[_number(made, target)], fields[0])
    if kind == "item":
        return _item(made[_number(made, target)], _value(made, fields[0]))
    raise NoPicture("a step is of no kind")


class _Method:
    """A method of the list, with the object that it belongs to."""

    def __init__(self, target: Any, name: str) -> None:
        self._target, self._name = target, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._name in ("subplots", "subfigures"):
            _require_few(*args, kwargs.get("nrows", 1), kwargs.get("ncols", 1))
        return getattr(self._target, self._name)(*args, **kwargs)


def _require_few(*sides: Any) -> None:
    if not all(type(side) is int and 1 <= side <= MOST_PARTS for side in sides):
        raise NoPicture(f"a figure has at most {MOST_PARTS} parts along each side")


def _figure(*, figsize: Any = (6.4, 4.8), layout: Any = "constrained") -> Figure:
    width, height = (float(side) for side in figsize)
    if not (0.5 <= width <= MOST_INCHES and 0.5 <= height <= MOST_INCHES):
        raise NoPicture(f"a figure has at most {MOST_INCHES} inches along each side")
    return Figure(figsize=(width, height), layout="constrained" if layout == "constrained" else None)


def _maker(kind: Any) -> Any:
    makers: dict[Any, Any] = {"Figure": _figure, "ListedColormap": ListedColormap}
    if type(kind) is not str or kind not in makers:
        raise NoPicture("nothing of this kind is made")
    return makers[kind]


def _attribute(target: Any, name: Any) -> Any:
    if any(isinstance(target, kind) and name in names for kind, names in METHODS):
        return _Method(target, name)
    if any(isinstance(target, kind) and name in names for kind, names in ATTRIBUTES):
        return getattr(target, name)
    raise NoPicture(f"no milestone needs {type(target).__name__}.{safe(str(name))[:40]}")


def _item(target: Any, key: Any) -> Any:
    if not isinstance(target, INDEXED):
        raise NoPicture("what is indexed has no items")
    place: Any = tuple(key) if isinstance(target, np.ndarray) and isinstance(key, list) else key
    return target[place]


def _number(made: list[Any], number: Any) -> int:
    if type(number) is not int or not 0 <= number < len(made):
        raise NoPicture("a step is about nothing")
    return number


def _arguments(made: list[Any], value: Any) -> list[Any]:
    arguments = _value(made, value)
    if not isinstance(arguments, list):
        raise NoPicture("arguments have another form")
    return arguments


def _options(made: list[Any], value: Any) -> dict[str, Any]:
    options = _value(made, value)
    if not isinstance(options, dict):
        raise NoPicture("options have another form")
    return options


def _value(made: list[Any], value: Any) -> Any:
    """Return an argument: numbers, texts, lists and dicts of them, and objects made before."""
    if type(value) is str:
        return _text(value)
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value
    if type(value) is not tuple or len(value) != 2:
        raise NoPicture(f"a picture holds no {type(value).__name__}")
    return _container(made, *value)


def _container(made: list[Any], tag: Any, inside: Any) -> Any:
    if tag == "object":
        return made[_number(made, inside)]
    if tag == "all":
        return slice(None)
    if tag == "list":
        return [_value(made, part) for part in inside]
    if tag != "dict" or type(inside) is not dict:
        raise NoPicture("a part of a picture has another form")
    if not inside.keys() <= OPTIONS:
        unknown = sorted(map(str, inside.keys() - OPTIONS))
        raise NoPicture(f"no milestone needs the option {safe(unknown[0])[:40]}")
    if "fmt" in inside and not (type(inside["fmt"]) is str and FORMATS.fullmatch(inside["fmt"])):
        raise NoPicture("no milestone needs such a format of numbers")
    return {name: _value(made, part) for name, part in inside.items()}


def _text(text: str) -> str:
    """Return a text whose dollar signs begin no formula."""
    lines = [line[:LONGEST_TEXT] for line in safe(text).split("\n")[:MOST_LINES]]
    return "\n".join(lines).replace("$", r"\$")


def drawn(recording: bytes) -> bytes:
    """Return a PNG, or in its place the reason why there is none.

    Parameters
    ----------
    recording : bytes
        A frame.
    """
    picture = io.BytesIO()
    try:
        steps = decode(recording)
        if type(steps) is not tuple or not steps:
            raise NoPicture("the recording has another form")
        redrawn(steps).savefig(picture, format="png", dpi=DOTS_PER_INCH)
    except NoPicture as error:
        return str(error).encode()
    except Exception as error:  # numbers that do not fit together, which matplotlib refuses
        return f"the numbers do not fit the picture ({type(error).__name__})".encode()
    return picture.getvalue()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.stdout.buffer.write(drawn(sys.stdin.buffer.read()))
