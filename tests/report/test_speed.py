"""The chart of `grade bench`: numbers, bars, and what it says of the roofline."""

import pytest
from rich.cells import cell_len

from grader.course.medals import Edges, Timed
from grader.records.speeds import Measurement, Roofline
from grader.report.screens import ASCII, UNICODE
from grader.report.speed import axis_end, bars, speed_figure, speed_report, write_pictures

EDGES = Edges(1.8, 2.7, 4.5, "a server")


def timed(ratio=2.0, naive=16.0, moved=4e7, operations=2e7, edges=EDGES):
    student = Measurement(ratio, 0.9 * ratio, 1.1 * ratio, 25, "one thread of a CPU", ratio * 0.01, 0.01)
    slow = Measurement(naive, naive, naive, 9, "one thread of a CPU", naive * 0.011, 0.011)
    return Timed("mix_fast", student, slow, Roofline(2e10, 1e11), operations, moved, edges)


def text(one, width=80, marks=UNICODE):
    return speed_report(one, marks, width).plain.splitlines()


def test_bars_stand_for_time_ratio_and_traffic():
    lines = {line.name: line for line in bars(timed())}
    assert [lines[name].seconds for name in ("yours", "torch", "slow way", "roofline")] == pytest.approx(
        [0.02, 0.01, 0.16, 0.002]
    )
    assert [line.ratio for line in lines.values()] == pytest.approx([2.0, 1.0, 16.0, 0.2])
    assert lines["yours"].traffic == pytest.approx(2e9)
    assert lines["roofline"].traffic == pytest.approx(2e10)


@pytest.mark.parametrize(("ratio", "naive", "end"), [(2.0, 16.0, 0.04), (0.9, 2.0, 0.02), (9.0, 16.0, 0.09)])
def test_long_bars_are_cut_off_at_four_times_torch_but_never_the_student_s(ratio, naive, end):
    assert axis_end(bars(timed(ratio, naive))) == pytest.approx(end)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_lengths_of_bars_are_in_proportion(width):
    lines = text(timed(), width)
    names = ("yours", "torch", "slow", "roofline")
    rows = {name: line for line in lines for name in names if line.startswith(f"  {name} ")}
    drawn = {name: line.count("█") for name, line in rows.items()}
    assert drawn["yours"] == pytest.approx(2 * drawn["torch"], abs=1)
    assert abs(drawn["torch"] - 5 * drawn["roofline"]) <= 3
    assert rows["slow"].endswith("█▸")
    assert max(map(cell_len, lines)) <= min(width, 100)


def test_without_unicode_there_are_bars_all_the_same():
    "\n".join(text(timed(), marks=ASCII)).encode("ascii")
    assert text(timed(), marks=ASCII)[6].endswith("#>")


def test_the_measurement_and_the_next_tier_are_said():
    lines = text(timed(2.5), 100)
    assert lines[1] == "  2.50 x torch's time (2.25 to 2.75, 25 pairs, one thread of a CPU) · silver"
    assert "  gold needs 2.00 x torch's time or less (where it is graded: a server)" in lines
    assert text(timed(edges=None), 100)[1].endswith("one thread of a CPU)")


@pytest.mark.parametrize(("operations", "bound"), [(2e7, "bytes"), (2e9, "operations")])
def test_what_sets_the_roofline_is_said(operations, bound):
    assert f"so the {bound} set the roofline" in " ".join(" ".join(text(timed(operations=operations))).split())


def test_the_picture_has_a_panel_for_each_task_and_is_the_same_every_time(tmp_path):
    figure = speed_figure([timed(), timed(0.5, edges=None)])
    assert [len(axes.patches) for axes in figure.axes] == [4, 4]
    first = [path.read_bytes() for path in write_pictures(figure, tmp_path / "a", "mix-speed")]
    again = [
        path.read_bytes() for path in write_pictures(speed_figure([timed(), timed(0.5, edges=None)]), tmp_path, "x")
    ]
    assert first == again
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["mix-speed.png", "mix-speed.svg"]
