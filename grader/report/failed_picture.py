"""Pictures of a wrong array beside the right one: for a terminal, and as PNG."""

import io
from collections.abc import Sequence

import numpy as np
from rich.text import Text

from grader.records import Slices

MOST_ROWS = 24  # cells of a picture in a terminal
GAP = 3  # columns between two pictures
TITLES = ("expected", "yours", "difference")
LARGEST_CELL = 4  # half lines of a cell, where there are few
SHADES = "·░▒▓█"
SIGNS = ".:+*#"  # where the terminal has no such characters
NOT_FINITE = "magenta"
COLOURS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")  # viridis, from low to high
GAPS = ("#f7f7f7", "#fdae61", "#d7191c")  # from no difference to the largest one
DOTS_PER_INCH = 150


def in_terminal(slices: Slices, width: int, *, has_colours: bool, has_blocks: bool) -> list[Text]:
    """Return the lines of the picture.

    With colours, each character shows two cells, one above the other. Without, the fuller a character, the higher the
    number, or the larger the difference.

    Parameters
    ----------
    slices : Slices
    width : int
        Columns of the terminal.
    has_colours : bool
    has_blocks : bool
        Whether the terminal has block characters.

    Returns
    -------
    list of Text
    """
    most = max(1, (width - 2 * GAP) // 3)
    expected, got = _arrays(slices)
    rows, columns = _window(expected, got, most)
    planes = _scaled(expected[rows, columns], got[rows, columns])
    signs = "" if has_colours and has_blocks else SHADES if has_blocks else SIGNS
    if not signs:
        planes = [_enlarged(plane, most) for plane in planes]
        drawn = [_coloured(plane, colours) for plane, colours in zip(planes, (COLOURS, COLOURS, GAPS), strict=True)]
    else:
        times = max(1, min(2, most // planes[0].shape[1]))
        drawn = [_shaded(plane, times, signs) for plane in planes]
    wide = max(drawn[0][0].cell_len, *map(len, TITLES))
    lines = [_joined([Text(title, "bold") for title in TITLES], wide)]
    lines += [_joined(parts, wide) for parts in zip(*drawn, strict=True)]
    return [*lines, *_legend(slices, rows, columns, signs)]


def _arrays(slices: Slices) -> tuple[np.ndarray, np.ndarray]:
    """Return the right and the wrong numbers; NaN where they are not finite."""
    expected, got = (np.array(rows, dtype=float) for rows in (slices.expected, slices.got))
    return expected, got


def _window(expected: np.ndarray, got: np.ndarray, most: int) -> tuple[slice, slice]:
    """Return the rows and columns around the largest difference that a terminal has room for."""
    gaps = np.nan_to_num(np.abs(expected - got), nan=np.inf)
    place = np.unravel_index(int(gaps.argmax()), gaps.shape)
    spans = zip(place, gaps.shape, (MOST_ROWS, min(most, MOST_ROWS)), strict=True)
    rows, columns = (_around(int(index), length, span) for index, length, span in spans)
    return rows, columns


def _around(index: int, length: int, span: int) -> slice:
    start = max(0, min(index - span // 2, length - span))
    return slice(start, min(length, start + span))


def _scaled(expected: np.ndarray, got: np.ndarray) -> list[np.ndarray]:
    """Return the three pictures, in numbers from 0 to 1; NaN where something is not finite."""
    low, high = _range(expected, got)
    gaps = np.abs(expected - got)
    largest = float(np.nanmax(gaps, initial=0.0)) or 1.0
    return [*(np.clip((plane - low) / (high - low), 0, 1) for plane in (expected, got)), gaps / largest]


def _range(expected: np.ndarray, got: np.ndarray) -> tuple[float, float]:
    """Return the range of the right numbers; with the wrong ones, if the right ones are all the same."""
    for known in (expected[np.isfinite(expected)], np.concatenate([x[np.isfinite(x)] for x in (expected, got)])):
        if known.size and known.min() < known.max():
            return float(known.min()), float(known.max())
    return 0.0, 1.0


def _enlarged(plane: np.ndarray, most: int) -> np.ndarray:
    """Return a picture of few cells with larger ones."""
    rows, columns = plane.shape
    times = max(1, min(most // columns, MOST_ROWS // rows, LARGEST_CELL))
    return plane.repeat(times, axis=0).repeat(times, axis=1)


def _coloured(plane: np.ndarray, colours: Sequence[str]) -> list[Text]:
    """Draw two rows of cells in a line, by an upper half block in two colours."""
    lines = []
    for top in range(0, plane.shape[0], 2):
        line = Text()
        for column in range(plane.shape[1]):
            upper = _colour(plane[top, column], colours)
            lower = f" on {_colour(plane[top + 1, column], colours)}" if top + 1 < plane.shape[0] else ""
            line.append("▀", f"{upper}{lower}")
        lines.append(line)
    return lines


def _colour(value: float, colours: Sequence[str]) -> str:
    if not np.isfinite(value):
        return NOT_FINITE
    place = value * (len(colours) - 1)
    left = min(int(place), len(colours) - 2)
    parts = zip(_parts(colours[left]), _parts(colours[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - left)):02x}" for a, b in parts)


def _parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _shaded(plane: np.ndarray, times: int, signs: str) -> list[Text]:
    return [Text("".join(_sign(value, signs) * times for value in row)) for row in plane]


def _sign(value: float, signs: str) -> str:
    return signs[min(int(value * len(signs)), len(signs) - 1)] if np.isfinite(value) else "?"


def _joined(parts: Sequence[Text], wide: int) -> Text:
    line = Text()
    for part in parts:
        line.append_text(part)
        line.append(" " * (wide - part.cell_len + GAP))
    line.rstrip()
    return line


def _legend(slices: Slices, rows: slice, columns: slice, signs: str) -> list[Text]:
    expected, got = _arrays(slices)
    low, high = _range(expected[rows, columns], got[rows, columns])
    gaps = np.abs(expected - got)[rows, columns]
    words = ("dark is", "light is") if not signs else (f"{signs[0]} is", f"{signs[-1]} is")
    largest = float(np.nanmax(gaps, initial=0.0))
    lines = [f"{words[0]} {low:.4g}, {words[1]} {high:.4g}; largest difference {largest:.4g}"]
    height, width = expected.shape
    if (rows, columns) != (slice(0, height), slice(0, width)):
        lines.append(f"rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1} of these")
    if not np.isfinite(gaps).all():
        lines.append(f"{'?' if signs else NOT_FINITE}: not a finite number")
    return [Text(line, "dim") for line in lines]


def as_png(slices: Slices, title: str) -> bytes:
    """Return the picture as PNG.

    Parameters
    ----------
    slices : Slices
    title : str

    Returns
    -------
    bytes
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    expected, got = _arrays(slices)
    low, high = _range(expected, got)
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    figure.suptitle(title, fontsize=11)
    planes = (expected, got, np.abs(expected - got))
    for axes, name, plane in zip(figure.subplots(1, 3), TITLES, planes, strict=True):
        is_gap = name == TITLES[-1]
        bounds = {"vmin": 0.0} if is_gap else {"vmin": low, "vmax": high}
        colours = colormaps["Reds" if is_gap else "viridis"].with_extremes(bad=NOT_FINITE)
        drawn = axes.imshow(plane, cmap=colours, interpolation="nearest", **bounds)
        axes.set_title(name, fontsize=10)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.yaxis.get_major_locator().set_params(integer=True)
        figure.colorbar(drawn, ax=axes, shrink=0.8)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DOTS_PER_INCH)
    return png.getvalue()
