"""Which cards CUDA may see, by process."""

import os
from collections.abc import Iterator

import pytest

from grader.sandbox import cuda_visibility
from grader.sandbox.isolation import settings

NAMES = (cuda_visibility.NAME, cuda_visibility.BEFORE)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in NAMES if name in os.environ}
    yield
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(kept)


@pytest.mark.parametrize(
    ("before", "sight"), [(None, {}), ("", {cuda_visibility.NAME: ""}), ("0,2", {cuda_visibility.NAME: "0,2"})]
)
def test_what_the_user_had_set_is_hidden_and_remembered(before: str | None, sight: dict[str, str]) -> None:
    if before is not None:
        os.environ[cuda_visibility.NAME] = before
    assert (cuda_visibility.hidden(), cuda_visibility.sight()) == (False, sight)
    cuda_visibility.hide()
    cuda_visibility.hide()
    assert (cuda_visibility.hidden(), cuda_visibility.sight(), os.environ[cuda_visibility.NAME]) == (True, sight, "")
    whole = cuda_visibility.with_sight()
    assert whole["PATH"] == os.environ["PATH"]
    assert {name: whole[name] for name in NAMES if name in whole} == sight


def test_workers_see_the_user_s_cards_only_where_they_are_meant_to() -> None:
    os.environ[cuda_visibility.NAME] = "1"
    cuda_visibility.hide()
    assert settings("torch")[cuda_visibility.NAME] == settings("numpy")[cuda_visibility.NAME] == ""
    assert (
        settings("torch", gpu=True)[cuda_visibility.NAME] == settings("triton", gpu=True)[cuda_visibility.NAME] == "1"
    )
