"""`grade bench`: right before fast, then a chart. Workers are real, what a race measures is made up."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import torch

from grader.course.cut import build_exercises
from grader.course.registry import Release, known_edges, load_course
from grader.judge.outcomes import TooNoisy
from grader.records import Isolation
from grader.records.speeds import Measurement, Roofline
from grader.sandbox.launcher import launcher_for
from grader.timing import bench as module
from grader.timing.bench import DeviceBench

TRACK = Path(__file__).parents[1] / "timing" / "track"


def measurement(ratio, reference=0.01):
    return Measurement(ratio, 0.95 * ratio, 1.05 * ratio, 9, "one thread of a CPU", ratio * reference, reference)


@pytest.fixture(scope="module")
def workers():
    """Return a launcher for all tests: its first worker waits for torch to be imported, the others do not."""
    launcher = launcher_for(Isolation.SELF)
    yield launcher
    launcher.close()


@pytest.fixture(autouse=True)
def shared(workers, monkeypatch):
    """Let `grade bench` take the launcher that is there."""
    kept = SimpleNamespace(tier=workers.tier, open=workers.open, close=lambda: None)
    monkeypatch.setattr("grader.sandbox.launcher.launcher_for", lambda tier: kept)


@pytest.fixture
def measured(monkeypatch):
    """Return what the races of a task measure, one after the other; tests change it."""
    results = [measurement(1.5), measurement(20.0)]

    def measure(runner, ours, workload, compare, *, edges, seconds):
        if isinstance(results[0], BaseException):
            raise results.pop(0)
        return results.pop(0)

    monkeypatch.setattr(module, "measure", measure)
    return results


@pytest.fixture
def track(tmp_path):
    """Return the folder of a student bundle with a timed unit whose first task is right, and the second a stub."""
    author = tmp_path / "author"
    shutil.copytree(TRACK, author)
    build_exercises(author, load_course(author))
    root = tmp_path / "bundle"
    shutil.copytree(author / "exercises", root / "exercises")
    shutil.copy(author / "course.toml", root)
    text = (author / "solutions/quick/fast.py").read_text(encoding="utf-8")
    stub = text.replace("    return x\n", '    raise NotImplementedError("quick.broken_fast")\n')
    (root / "exercises/quick/fast.py").write_text(stub, encoding="utf-8")
    tiers = {"quick": known_edges(load_course(author), "quick")}
    (root / "release.json").write_bytes(msgspec.json.encode(Release({}, "1", tiers)))
    return root


def edit(root, old, new):
    path = root / "exercises/quick/fast.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("width", [80, 120])
def test_the_chart_fits_and_names_what_is_not_written(run_in, track, measured, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    result = run_in(track, "bench", "quick")
    lines = result.output.splitlines()
    assert result.exit_code == 0, result.stderr
    assert max(map(len, lines)) <= min(width, 100)
    assert lines[:2] == [
        "cube_fast",
        "  1.50 x torch's time (1.42 to 1.58, 9 pairs, one thread of a CPU) · gold",
    ]
    assert [line.split()[0] for line in lines[4:8]] == ["yours", "torch", "slow", "roofline"]
    assert "15.0 ms" in lines[4]
    assert "1.50 x" in lines[4]
    assert "200 ms" in lines[6]
    assert lines[6].endswith("▸")
    assert "highest tier (where it is graded: for this test, not measured)" in result.output
    assert lines[-1] == "broken_fast is not written yet: grade hint broken_fast"


def test_what_the_next_tier_needs_is_said(run_in, track, measured):
    measured[0] = measurement(2.0)
    output = run_in(track, "bench", "cube_fast").output
    assert "· silver" in output
    assert "gold needs 1.78 x torch's time or less" in " ".join(output.split())


def test_wrong_answers_are_told_and_not_timed(run_in, track, measured):
    edit(track, "return x @ x @ x", "return x @ x")
    result = run_in(track, "bench", "quick")
    assert result.exit_code == 1
    assert result.output.splitlines()[:2] == ["cube_fast: not timed", "  the result is wrong"]
    assert "differs" in result.output
    assert "right comes before fast: grade run cube_fast" in result.output
    assert "torch's time" not in result.output
    assert len(measured) == 2


def test_an_exception_is_told_with_its_line(run_in, track, measured):
    edit(track, "return x @ x @ x", "return x @ y")
    output = run_in(track, "bench", "quick").output
    assert "NameError: name 'y' is not defined" in output
    assert "fast.py, line " in output


def test_a_busy_machine_says_so(run_in, track, measured):
    measured[0] = TooNoisy("torch took 1.20 x the time of torch itself: this machine is too busy to time anything")
    result = run_in(track, "bench", "quick")
    assert result.exit_code == 1
    assert "too busy to time anything" in " ".join(result.output.split())
    assert "right comes before fast" not in result.output


def test_pictures_are_drawn_where_they_are_asked_for(run_in, track, measured, tmp_path):
    result = run_in(track, "bench", "quick", "--out", str(tmp_path / "pictures"))
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "pictures/quick-speed.png").read_bytes().startswith(b"\x89PNG")
    assert "cube_fast" in (tmp_path / "pictures/quick-speed.svg").read_text(encoding="utf-8")


def test_tiers_that_are_not_known_are_not_made_up(run_in, track, measured):
    (track / "release.json").write_bytes(msgspec.json.encode(Release({}, "1")))
    result = run_in(track, "bench", "quick")
    assert result.exit_code == 0, result.stderr
    assert "gold" not in result.output
    assert "below bronze" not in result.output


def test_nothing_written_says_what_to_do(run_in, track, measured):
    edit(track, "return x @ x @ x", 'raise NotImplementedError("quick.cube_fast")')
    result = run_in(track, "bench", "quick")
    assert result.exit_code == 2
    assert "nothing to time yet: cube_fast, broken_fast in fast.py" in " ".join(result.stderr.split())
    assert "grade hint cube_fast" in result.stderr


def test_a_unit_without_timed_tasks_says_which_have_some(run_in, bundle):
    result = run_in(bundle, "bench", "lines")
    assert result.exit_code == 2
    assert "lines is not timed" in result.stderr


def test_without_a_clock_from_outside_the_clock_on_the_wall_stands_in(monkeypatch):
    clock = iter([1.0, 1.5, 7.0, 7.25])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))

    class Runner:
        def run(self, arguments):
            return arguments

    runner = module.OnTheWall(Runner())
    assert [runner.run((1,)), runner.run((2,))] == [(1,), (2,)]
    assert runner.cpu_seconds() == 0.75


def test_the_steps_of_every_task_are_told(track, measured, workers):
    course, heard = load_course(track), []
    unit = course.unit("quick")
    files = {"fast": (track / "exercises/quick/fast.py").read_text(encoding="utf-8")}
    bench = module.Bench(course, unit, files, workers, edges={}, on_the_wall=True)
    (timed,) = bench.timed(unit.timed_tasks[:1], lambda task, step: heard.append((task, step)))
    assert heard == [("cube_fast", step) for step in module.STEPS]
    assert (timed.operations, timed.moved) == (4.0 * 360**3, 8.0 * 360**2)
    assert timed.roof_seconds == max(timed.operations / timed.roofline.rate, timed.moved / timed.roofline.bandwidth)
    assert 1e9 < timed.roofline.rate < 1e13
    assert 1e8 < timed.roofline.bandwidth < 1e13
    assert timed.medal == ""


@pytest.fixture
def on_a_card(monkeypatch):
    """Let `grade bench --gpu` find a card, and measure nothing on it; return what it was made with."""
    made = []

    class Measuring(DeviceBench):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            made.append(options)

        def _measured(self, pool, workers, workload, task, announce):
            for step in module.STEPS:
                announce(task.name, step)
            return module.Timed(
                task.name,
                measurement(1.5),
                measurement(200.0),
                Roofline(4e12, 5e13),
                1e9,
                1e9,
                self._edges.get(task.name),
            )

    monkeypatch.setattr("grader.timing.gpu.device_here", lambda: "a card")
    monkeypatch.setattr("grader.timing.bench.DeviceBench", Measuring)
    return made


def test_on_a_card_the_thresholds_are_the_card_s(run_in, track, on_a_card):
    result = run_in(track, "bench", "quick", "--gpu")
    assert result.exit_code == 0, result.stderr
    assert [options["device"] for options in on_a_card] == ["a card"]
    assert set(on_a_card[0]["edges"]) == {"cube_fast"}
    assert "1.50 x torch's time" in result.output
    assert "the clock on the wall" not in result.output


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_card_that_is_said_and_nothing_is_measured(run_in, track, measured):
    result = run_in(track, "bench", "quick", "--gpu")
    assert result.exit_code == 2
    assert "this machine has no GPU that torch can use" in " ".join(result.stderr.split())
    assert len(measured) == 2
