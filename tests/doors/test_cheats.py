"""No cheat against the clock earns a point: one race for each behind the walls, and each once more without walls."""

import sys

import pytest

from grader.errors import UnavailableError
from tests.attacks.cheats import CHEATS, CONTROLS, HONEST, PLAINLY_SLOW, Cheat
from tests.attacks.racing import Meeting, race_all, run_controls

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tier sealed, and clocks from outside, need Linux")
BY_NAME = CHEATS | {control.name: control for control in CONTROLS}


@pytest.fixture(scope="module")
def meeting() -> Meeting:
    """Race the cheats once; skip where the walls cannot be put up, with the reason."""
    try:
        return race_all()
    except UnavailableError as error:
        pytest.skip(f"the tier sealed is not available here: {error.message}")


@pytest.fixture(scope="module")
def naive() -> dict[str, dict[str, bool]]:
    """Time the cheats without walls, once."""
    return run_controls()


def seen(meeting: Meeting, cheat: Cheat) -> None:
    """Skip where the machine was too busy three times in a row: then nothing was earned, and nothing is proved."""
    if meeting.is_too_noisy(cheat):
        pytest.skip(meeting.records[cheat.name].feedback.message)


@pytest.mark.parametrize("name", [name for name, cheat in CHEATS.items() if cheat.for_this_machine])
def test_earns_nothing(name: str, meeting: Meeting) -> None:
    assert meeting.problems(CHEATS[name]) == []
    seen(meeting, CHEATS[name])


@pytest.mark.parametrize("name", [cheat.name for cheat in BY_NAME.values() if cheat.control and cheat.for_this_machine])
def test_is_live_in_a_timer_of_its_own_process(name: str, naive: dict[str, dict[str, bool]]) -> None:
    assert naive[name][BY_NAME[name].control], naive[name]


def test_without_a_trick_slow_is_slow_for_both(meeting: Meeting, naive: dict[str, dict[str, bool]]) -> None:
    assert naive[PLAINLY_SLOW] == {"accepted": True, "gold": False}
    assert meeting.problems(BY_NAME[PLAINLY_SLOW]) == []


def test_who_is_honest_has_gold(meeting: Meeting) -> None:
    seen(meeting, BY_NAME[HONEST])
    record = meeting.records[HONEST]
    assert (record.earned, record.speed and record.speed.tier) == (3.0, "gold"), record.feedback


def test_every_cheat_has_a_control_or_says_why_not() -> None:
    assert len(CHEATS) >= 30
    assert [name for name, cheat in CHEATS.items() if bool(cheat.control) == bool(cheat.no_control)] == []
