"""Which cards CUDA may see, by process."""

import os
from collections.abc import Iterator

import pytest

from grader.sandbox import visible
from grader.sandbox.housing import settings

NAMES = (visible.NAME, visible.BEFORE)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in NAMES if name in os.environ}
    yield
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(kept)


@pytest.mark.parametrize(("before", "sight"), [(None, {}), ("", {visible.NAME: ""}), ("0,2", {visible.NAME: "0,2"})])
def test_what_the_user_had_set_is_hidden_and_remembered(before: str | None, sight: dict[str, str]) -> None:
    if before is not None:
        os.environ[visible.NAME] = before
    assert (visible.hidden(), visible.sight()) == (False, sight)
    visible.hide()
    visible.hide()
    assert (visible.hidden(), visible.sight(), os.environ[visible.NAME]) == (True, sight, "")
    whole = visible.with_sight()
    assert whole["PATH"] == os.environ["PATH"]
    assert {name: whole[name] for name in NAMES if name in whole} == sight


def test_workers_see_the_user_s_cards_only_where_they_are_meant_to() -> None:
    os.environ[visible.NAME] = "1"
    visible.hide()
    assert settings("torch")[visible.NAME] == settings("numpy")[visible.NAME] == ""
    assert settings("torch", gpu=True)[visible.NAME] == settings("triton", gpu=True)[visible.NAME] == "1"
