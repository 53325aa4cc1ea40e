"""Cases are the same for everybody, and follow from the seed alone."""

from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.judge import plugin
from grader.judge.cases import drawn
from grader.judge.items import TEST_INFO, TestInfo
from grader.judge.protocol import hidden_seed, replay_token, seed_from_token

PARTS = ("secret", "convolution", "conv.test_agrees")


def cases(seed: int) -> list[int]:
    seen: list[int] = []

    @given(st.integers(0, 10**9))
    def test(number: int) -> None:
        seen.append(number)

    hypothesis.seed(seed)(drawn(test, 20))()
    return seen


def test_the_same_seed_draws_the_same_cases() -> None:
    assert cases(1) == cases(1)
    assert cases(1) != cases(2)


def test_cases_do_not_depend_on_what_is_imported() -> None:
    from hypothesis.internal.conjecture import providers

    before = cases(3)
    known = providers._local_constants
    providers._local_constants = type(known)(integers=dict.fromkeys(range(5, 900, 7)))
    try:
        assert cases(3) == before
    finally:
        providers._local_constants = known


def test_the_first_wrong_case_ends_a_test_at_once() -> None:
    from grader.judge.outcomes import CheckFailed

    runs: list[int] = []

    @given(st.integers(0, 10**9))
    def test(number: int) -> None:
        runs.append(number)
        raise CheckFailed("wrong")

    with pytest.raises(CheckFailed):
        hypothesis.seed(0)(drawn(test, 20))()
    assert len(runs) == 1


def test_seeds_depend_on_every_part() -> None:
    seeds = {hidden_seed(*PARTS)}
    for index in range(3):
        changed = list(PARTS)
        changed[index] += "x"
        seeds.add(hidden_seed(*changed))
    assert len(seeds) == 4


def test_a_token_does_not_give_a_hidden_seed_away() -> None:
    token = replay_token(*PARTS)
    assert len(token) == 4
    assert seed_from_token(token, *PARTS[1:]) != hidden_seed(*PARTS)


def test_what_torch_draws_follows_from_the_test_s_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference's first weights came from torch's generator as earlier tests had left it."""
    info = TestInfo(Path(), "toy", "first", "double", "test_agrees", 1.0, hidden=True)
    config = SimpleNamespace(stash={plugin.SECRET: "a secret"}, getoption=lambda name: "")
    item = SimpleNamespace(stash={TEST_INFO: info}, config=config, obj=None)
    monkeypatch.setattr(plugin, "_cannot_run", lambda config, info: "")
    drawn_numbers = []
    for _ in range(2):
        plugin.pytest_runtest_setup(item)  # type: ignore[arg-type]
        drawn_numbers.append(torch.rand(3).tolist())
    assert drawn_numbers[0] == drawn_numbers[1]
