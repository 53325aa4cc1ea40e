"""`describe` cuts before it renders: what is large costs no more to describe than what is short."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.judge.describe import SHORT, describe, number, typed


def nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner, inner]
    return inner


LARGE: dict[str, Callable[[], Any]] = {
    "a text": lambda: "x" * 50_000_000,
    "bytes": lambda: b"\0" * 50_000_000,
    "a text of NumPy's": lambda: np.str_("\x1b" * 20_000_000),
    "an integer": lambda: 1 << 3_000_000,
    "a negative integer": lambda: -(1 << 3_000_000),
    "a list of numbers": lambda: [0] * 5_000_000,
    "a list of texts": lambda: ["y" * 1_000_000] * 30,
    "a list of integers": lambda: [1 << 1_000_000] * 30,
    "a dictionary": lambda: dict.fromkeys(range(300000), "z" * 1000),
    "a dictionary with an array": lambda: {"k" * 1_000_000: np.ones(2)} | dict.fromkeys(range(300_000)),
    "a set": lambda: set(range(1_000_000)),
    "twofold nesting": lambda: nested(60),
    "long shapes": lambda: [np.zeros((1,) * 30)] * 30,
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_is_cut_before_it_is_written(name: str) -> None:
    value = LARGE[name]()
    start = time.thread_time()
    assert len(describe(value)) <= SHORT
    assert len(typed(value)) <= 2 * SHORT
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2]}, "{'b': 1, 'a': [1, 2]}"),
        ([1, [2, (3,)]], "list of 2 (1, list of 2 (2, (3,)))"),
        ({3, 1, 2}, "{1, 2, 3}"),
        ("it's", '"it\'s"'),
        (2**8190, "an integer of about 2466 digits"),
        ({"w": np.ones(2), "b": 1}, "dict of w, b"),
        (range(3), "range(0, 3)"),
        ((), "()"),
        (np.float32(0.5), "float32 0.5"),
        (np.bool_(True), "True"),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_what_is_short_reads_as_it_is(value: Any, text: str) -> None:
    assert describe(value) == text


def test_digits_beyond_what_python_writes_are_counted() -> None:
    assert number(10**5000) == "an integer of about 5001 digits"
    assert number(-(10**50)) == str(-(10**50))
