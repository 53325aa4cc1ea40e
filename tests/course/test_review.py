"""What a reviewer is told to look at."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.course.review import to_review


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import ctypes", [(1, "imports ctypes: calls into the C library")]),
        ("x = 1\nfrom os import path", [(2, "imports os: talks to the operating system")]),
        ("import numpy as np, gc", [(1, "imports gc: looks through the memory of its process")]),
        ("eval('1')", [(1, "calls eval: runs text")]),
        ("().__class__.__bases__", [(1, "reaches for __bases__"), (1, "reaches for __class__")]),
        ("import torch.nn.functional as F", [(1, "imports torch: uses torch in a NumPy task")]),
        ("import numpy as np\nfrom .conv import im2col\n\ndef f(x):\n    return np.exp(x)", []),
        ("class A:\n    def __init__(self):\n        super().__init__()", []),
        ("def f(:", []),
        ("x = '\0'", []),
    ],
)
def test_what_is_worth_a_look_is_listed(source: str, found: list[tuple[int, str]]) -> None:
    assert to_review(source) == found


def test_torch_is_no_finding_in_a_torch_task() -> None:
    assert to_review("import torch", library="torch") == []
    assert to_review("import ctypes", library="torch") != []


def test_several_threads_may_ask_at_once() -> None:
    source = "x = " + "(" * 40 + "1" + ")" * 40 + "\n" + "y = [[[0]]]\n" * 2000
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(to_review, [source] * 24)) == [[]] * 24
