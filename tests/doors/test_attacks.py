"""Every attack of the corpus is contained: one grading run for all of them, one test for each, and the controls."""

import sys
from collections.abc import Iterator

import pytest

from grader.errors import UnavailableError
from tests.attacks.controls import WRONG, Controls, run_controls
from tests.attacks.corpus import ATTACKS, FAMILIES
from tests.attacks.siege import Siege, besiege

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tier sealed needs Linux")
ELSEWHERE = pytest.mark.skip(reason="its numbers of system calls are those of x86-64")


@pytest.fixture(scope="module")
def siege() -> Iterator[Siege]:
    """Grade the corpus once; skip where the walls cannot be put up, with the reason."""
    try:
        yield besiege()
    except UnavailableError as error:
        pytest.skip(f"the tier sealed is not available here: {error.message}")


@pytest.fixture(scope="module")
def controls() -> Controls:
    """Run the attacks without walls, once."""
    return run_controls()


def contained(name: str) -> object:
    """Return a parameter; a hole that is known is an expected failure, and must be one."""
    attack = ATTACKS[name]
    if not attack.for_this_machine:
        return pytest.param(name, marks=ELSEWHERE)
    known = attack.gets_through
    return pytest.param(name, marks=pytest.mark.xfail(reason=known, strict=True) if known else ())


def controlled() -> list[object]:
    """Return a parameter for each attack that has a control."""
    chosen = (attack for attack in ATTACKS.values() if attack.control)
    return [pytest.param(attack.name, marks=() if attack.for_this_machine else ELSEWHERE) for attack in chosen]


@pytest.mark.parametrize("name", [contained(name) for name in ATTACKS])
def test_is_contained(name: str, siege: Siege) -> None:
    assert siege.problems(ATTACKS[name]) == []


def test_the_run_as_a_whole_does_no_harm(siege: Siege) -> None:
    assert siege.damage == []


def test_nobody_gains_a_point_but_by_a_hole_that_is_known(siege: Siege) -> None:
    known = [attack for attack in ATTACKS.values() if attack.gets_through]
    assert siege.gained(leaving_out=known) == 0


def test_no_point_is_excused(siege: Siege) -> None:
    assert siege.excused() == 0


@pytest.mark.parametrize("name", controlled())
def test_is_live_without_walls(name: str, controls: Controls) -> None:
    assert controls.live(ATTACKS[name]), controls.endings[name]


def test_the_grader_without_walls_fails_what_is_plainly_wrong(controls: Controls) -> None:
    assert not controls.endings[WRONG.name]["points"]


def test_the_corpus_is_whole() -> None:
    assert len(ATTACKS) == sum(map(len, FAMILIES.values())) >= 80
    assert [name for name, attack in ATTACKS.items() if bool(attack.control) == bool(attack.no_control)] == []
