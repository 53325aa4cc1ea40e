"""`grade leaderboard`."""

import msgspec
import pytest

from grader.records import Result, Speed, Status
from grader.report.data_files import write_json


@pytest.fixture
def results(root, course, record):
    """Write the results of a class with two timed students, and return the folder."""
    slow = Speed(2.5, 2.4, 2.6, 25, "one thread of a CPU", "bronze", 0.02, 0.01)
    quick = Speed(0.95, 0.9, 1.0, 9, "one thread of a CPU", "gold", 0.01, 0.01)
    tests = {"s001": slow, "s002": quick, "s003": None}
    graded = [
        Result(student, "lines", Status.GRADED, tests=(msgspec.structs.replace(record(), speed=speed),))
        for student, speed in tests.items()
    ]
    write_json(course, graded, root / "results")
    return root / "results"


def test_pseudonyms_hide_who_it_is_and_stay_the_same(run_in, root, results):
    first = run_in(root, "leaderboard")
    assert first.exit_code == 0, first.stderr
    lines = first.output.splitlines()
    assert lines[0].startswith("lines · slope")
    assert [line.split()[0] for line in lines[1:]] == ["1.", "2."]
    assert "0.95 x" in lines[1]
    assert "s00" not in first.output
    assert run_in(root, "leaderboard", "results/results.json").output == first.output


def test_names_show_the_ids(run_in, root, results):
    lines = run_in(root, "leaderboard", "results", "--names").output.splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["s002", "s001"]


def test_nothing_timed_says_what_to_do(run_in, root, course, record):
    write_json(course, [Result("s001", "lines", Status.GRADED, tests=(record(),))], root / "results")
    result = run_in(root, "leaderboard")
    assert result.exit_code == 2
    assert "nothing was timed in results: 1 results without a measured speed" in " ".join(result.stderr.split())
    assert "grade autograde SUBMISSIONS" in result.stderr


def test_no_results_say_what_to_do(run_in, root):
    result = run_in(root, "leaderboard", "nowhere")
    assert result.exit_code == 2
    assert "there are no results in" in result.stderr
    assert "or name the folder that it wrote to" in result.stderr
