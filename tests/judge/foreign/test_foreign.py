"""Tests of another project: its own `student`, `race`, `--subject` and `task`, and nothing of a course."""

import os
import sys

import pytest

OURS = ("grader.judge", "grader.timing", "numpy", "torch", "hypothesis")


@pytest.mark.task
def test_has_its_own_fixtures_and_options(student, race, request):
    assert (student, race) == ("physics", "human")
    assert request.config.getoption("--replay-seed") == 0


def test_sees_no_fixture_of_a_course(request):
    with pytest.raises(pytest.FixtureLookupError):
        request.getfixturevalue("rng")


def test_sees_only_its_own_mark(pytestconfig):
    assert [line for line in pytestconfig.getini("markers") if "points" in line] == []


def test_pays_for_no_library():
    assert [name for name in OURS if name in sys.modules] == []


def test_sees_no_variable_of_a_course():
    assert "TRITON_INTERPRET" not in os.environ
    assert [name for name in os.environ if name.startswith("DEEPGRADE")] == []
