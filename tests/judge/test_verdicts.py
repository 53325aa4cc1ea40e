"""Outcomes of tests, in words."""

import pytest

from grader.judge.item_run import UNTOLD, outcome_of
from grader.records import Verdict


@pytest.mark.parametrize(
    ("raised", "told"), [(AssertionError(), UNTOLD), (AssertionError("3 is not 4\nmore"), "3 is not 4")]
)
def test_an_assertion_says_what_does_not_hold(raised, told):
    outcome = outcome_of(raised)
    assert (outcome.verdict, outcome.feedback().message, outcome.credit) == (Verdict.FAILED, told, 0.0)
