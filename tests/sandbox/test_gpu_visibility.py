"""Cards that CUDA may see, by process."""

import os
from collections.abc import Iterator

import pytest

from grader.sandbox import gpus
from grader.sandbox.isolation import settings

NAMES = (gpus.VISIBLE, gpus.VISIBLE_BEFORE)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in NAMES if name in os.environ}
    yield
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(kept)


@pytest.mark.parametrize(("before", "sight"), [(None, {}), ("", {gpus.VISIBLE: ""}), ("0,2", {gpus.VISIBLE: "0,2"})])
def test_what_the_user_had_set_is_hidden_and_remembered(before: str | None, sight: dict[str, str]) -> None:
    if before is not None:
        os.environ[gpus.VISIBLE] = before
    assert (gpus.hidden(), gpus.sight()) == (False, sight)
    gpus.hide()
    gpus.hide()
    assert (gpus.hidden(), gpus.sight(), os.environ[gpus.VISIBLE]) == (True, sight, "")
    whole = gpus.with_sight()
    assert whole["PATH"] == os.environ["PATH"]
    assert {name: whole[name] for name in NAMES if name in whole} == sight


def test_workers_see_the_user_s_cards_only_where_they_are_meant_to() -> None:
    os.environ[gpus.VISIBLE] = "1"
    gpus.hide()
    assert settings("torch")[gpus.VISIBLE] == settings("numpy")[gpus.VISIBLE] == ""
    assert settings("torch", gpu=True)[gpus.VISIBLE] == settings("triton", gpu=True)[gpus.VISIBLE] == "1"
