"""Pictures of wrong arrays: three side by side, in any terminal, and as PNG."""

import numpy as np
import pytest

from grader.records import Slices
from grader.report.failed_picture import NOT_FINITE, as_png, in_terminal


def slices_of(expected: np.ndarray, got: np.ndarray) -> Slices:
    return Slices("[:, :]", *(tuple(tuple(row) for row in plane.tolist()) for plane in (got, expected)))


WIDE = slices_of(np.arange(32.0 * 32).reshape(32, 32), np.zeros((32, 32)))
FLAT = slices_of(np.ones((3, 4)), np.zeros((3, 4)))
EQUAL_BUT_NAN = Slices("[:, :]", ((None, 1.0), (1.0, 1.0)), ((1.0, 1.0), (1.0, 1.0)))


@pytest.mark.parametrize("slices", [WIDE, FLAT, EQUAL_BUT_NAN])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(("has_colours", "has_blocks"), [(True, True), (False, True), (True, False), (False, False)])
def test_no_line_is_wider_than_the_terminal(slices, width, has_colours, has_blocks):
    lines = in_terminal(slices, width, has_colours=has_colours, has_blocks=has_blocks)
    drawn = [line for line in lines if "is" not in line.plain and "rows" not in line.plain]
    assert max(line.cell_len for line in drawn) <= width
    assert has_blocks or all(line.plain.isascii() for line in lines)


def test_cells_of_one_number_have_one_colour_on_both_sides():
    lines = in_terminal(slices_of(np.eye(2), 1 - np.eye(2)), 80, has_colours=True, has_blocks=True)
    styles = [str(span.style) for span in lines[1].spans]
    third = len(styles) // 3
    assert len(set(styles[:third])) == 2
    assert styles[:third] == styles[third : 2 * third][::-1]
    assert len(set(styles[2 * third :])) == 1


def test_the_part_with_the_largest_difference_is_shown_and_named():
    got = np.zeros((32, 32))
    got[31, 2] = 9.0
    lines = in_terminal(slices_of(np.zeros((32, 32)), got), 80, has_colours=False, has_blocks=False)
    assert lines[-1].plain == "rows 8 to 31, columns 0 to 23 of these"
    assert lines[24].plain.split() == ["." * 24, "..#" + "." * 21, "..#" + "." * 21]


def test_what_is_not_finite_is_marked():
    lines = in_terminal(EQUAL_BUT_NAN, 80, has_colours=True, has_blocks=True)
    assert any(NOT_FINITE in str(span.style) for span in lines[1].spans)
    assert lines[-1].plain == "magenta: not a finite number"


def test_a_png_is_written_of_each():
    assert all(as_png(slices, "title").startswith(b"\x89PNG") for slices in (WIDE, EQUAL_BUT_NAN))
