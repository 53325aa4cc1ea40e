"""What a reviewer is told to look at."""

import pytest

from grader.submissions.review import to_review


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
    assert to_review({"f": source}, {}) == [f"f.py, line {line}: {reason}" for line, reason in found]


def test_torch_is_no_finding_in_a_torch_task() -> None:
    libraries = {"f": {"torch"}, "g": {"numpy", "triton"}, "h": {"numpy"}}
    files = {"h": "import torch", "f": "import torch", "g": "import torch"}
    assert to_review(files, libraries) == ["h.py, line 1: imports torch: uses torch in a NumPy task"]
    assert to_review({"f": "import ctypes"}, libraries) != []


def test_a_file_that_cannot_be_read_is_listed() -> None:
    assert to_review({"g": "x = 1", "f": f"x = {'-' * 17_000}1\n"}, {}) == [
        "f.py cannot be read by Python's parser: nested too deep, line 1"
    ]
