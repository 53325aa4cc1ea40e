"""How a test ended, in words."""

import pytest

from grader.judge.item_run import UNTOLD, ending_of
from grader.records import Verdict


@pytest.mark.parametrize(
    ("raised", "told"), [(AssertionError(), UNTOLD), (AssertionError("3 is not 4\nmore"), "3 is not 4")]
)
def test_an_assertion_says_what_does_not_hold(raised, told):
    verdict, feedback, share = ending_of(raised)
    assert (verdict, feedback.message, share) == (Verdict.FAILED, told, 0.0)
