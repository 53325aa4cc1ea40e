"""Ways round the ban on an operator that stand in the source."""

import pytest

from grader.course.evasion import evasion


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import threading", (1, "threading")),
        ("x = 1\nfrom concurrent.futures import ThreadPoolExecutor", (2, "concurrent.futures.ThreadPoolExecutor")),
        (
            "from torch.utils._python_dispatch import _disable_current_modes",
            (1, "torch.utils._python_dispatch._disable_current_modes"),
        ),
        ("from torch import _C", (1, "torch._C")),
        ("import torch\n\ntorch._C._nn.gelu", (3, "_C")),
        ("import torch\ngetattr(torch, 'con' + 'v2d')", (2, "getattr")),
        ("import torch\nvars(torch)['conv2d']", (2, "vars")),
        ("exec('import threading')", (1, "exec")),
        ("from sklearn._loss.loss import HalfMultinomialLoss", (1, "sklearn._loss.loss.HalfMultinomialLoss")),
        ("import math\nimport scipy.special", (2, "scipy.special")),
    ],
)
def test_the_first_way_round_is_named_with_its_line(source: str, found: tuple[int, str]) -> None:
    assert evasion(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "import torch\n\ndef conv2d(x, w):\n    return torch.nn.functional.unfold(x, w.shape[2:])",
        "import math\nfrom .helpers import f",
        "def f(:",
        "x = '\0'",
    ],
)
def test_ordinary_code_is_free(source: str) -> None:
    assert evasion(source) is None
