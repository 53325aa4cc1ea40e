"""Requires: what a misconception costs in other tasks is measured with and without second chances, pairs apart.

Catches: points of the wrong task itself counted as collateral; a backward pass of a wrong forward pass counted with the
others; points that second chances give back still counted.
"""

import shutil
import sys
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.errors import NotFoundError
from grader.proof.collateral import measure_collateral
from grader.records.proof import Collateral

ROOT = Path(__file__).parents[2]
TOWER = ROOT / "tests" / "judge" / "tower"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked judges are Linux's")


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Collateral:
    root = tmp_path_factory.mktemp("course") / "tower"
    shutil.copytree(TOWER, root)
    (measured,) = measure_collateral(load_course(root))
    return measured


def test_a_wrong_function_costs_its_own_points_alone(tower: Collateral) -> None:
    cost = next(cost for cost in tower.costs if cost.name == "a_third")
    assert (cost.task, cost.lost, cost.points) == ("halve", 2, 5)
    assert cost.before == {"quarter": 2, "sixteenth": 2}
    assert (cost.elsewhere, cost.pairs) == ({}, {})


def test_a_backward_pass_of_a_wrong_forward_pass_is_counted_apart(tower: Collateral) -> None:
    cost = next(cost for cost in tower.costs if cost.name == "one_too_many")
    assert cost.before == {"scale_backward": 2, "block_forward": 2, "block_backward": 2}
    assert (cost.elsewhere, cost.pairs) == ({}, {"scale_backward": 2})


def test_the_unit_s_figures_are_sums(tower: Collateral) -> None:
    """The third misconception is of a task that no other one requires: it is not graded."""
    assert (tower.unit, tower.misconceptions, tower.left_out) == ("tower", 2, ())
    assert (tower.lost, tower.before, tower.after, tower.pairs, tower.points) == (4, 10, 0, 2, 11)
    assert tower.is_low


def test_a_unit_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFoundError):
        measure_collateral(load_course(TOWER), ["towre"])
