"""Requires: the list of what a file may import says which lines are refused, and which of them matter."""

import pytest

from grader.worker.imports import Refused, refused_imports, rule

STEMS = ("neuron", "gates")


def refused(source: str, library: str = "numpy") -> list[Refused]:
    return refused_imports(source, "gates", STEMS, library)


def modules(source: str, library: str = "numpy") -> list[str]:
    return [refusal.module for refusal in refused(source, library)]


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("import matplotlib.pyplot as plt", ["matplotlib.pyplot"]),
        ("from matplotlib import pyplot as plt", ["matplotlib"]),
        ("from tqdm import tqdm", ["tqdm"]),
        ("import pandas as pd, numpy as np, seaborn", ["pandas", "seaborn"]),
        ("import torch", ["torch"]),
        ("from torch.nn import functional as F", ["torch.nn"]),
        ("import os, sys, math", ["os"]),
        ("import subprocess", ["subprocess"]),
        ("import helpers", ["helpers"]),
        ("from .helpers import shuffle", [".helpers"]),
        ("from . import helpers", [".helpers"]),
        ("from ..convolution.conv import im2col", ["..convolution.conv"]),
        ("from exercises.perceptron.neuron import step", ["exercises.perceptron.neuron"]),
        ("from scipy.special import *", ["scipy.special"]),
        ("def plot():\n    import seaborn", ["seaborn"]),
        ("import numpy as np\nfrom numpy.linalg import norm\nfrom numpy import ndarray as Array", []),
        ("from jaxtyping import Float\nfrom __future__ import annotations", []),
        ("from .neuron import step\nfrom . import neuron\nimport neuron\nfrom neuron import step", []),
        ("this is not Python", []),
    ],
)
def test_what_is_not_on_the_list_is_refused(source: str, refused: list[str]) -> None:
    assert modules(source) == refused


def test_a_torch_task_has_torch_besides_and_a_triton_task_triton() -> None:
    source = "import torch\nimport triton.language as tl\nimport torchvision"
    assert modules(source, "torch") == ["triton.language", "torchvision"]
    assert modules(source, "triton") == ["torchvision"]


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import tqdm\nexcept ImportError:\n    tqdm = None",
        "try:\n    from tqdm import tqdm\nexcept (ValueError, ModuleNotFoundError):\n    tqdm = list",
        "try:\n    import cupy\nexcept:\n    import numpy as cupy",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import numba",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
        "if __name__ == '__main__':\n    import matplotlib.pyplot as plt\n    plt.show()",
        "if __name__ == '__main__':\n    for i in range(3):\n        import seaborn",
    ],
)
def test_an_import_that_is_caught_or_never_run_does_not_matter(source: str) -> None:
    assert modules(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import tqdm\nexcept ValueError:\n    pass",
        "try:\n    def run():\n        import tqdm\nexcept ImportError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    import tqdm",
        "if __name__ == '__main__':\n    pass\nelse:\n    import tqdm",
    ],
)
def test_an_import_beside_what_would_catch_it_matters(source: str) -> None:
    assert modules(source) == ["tqdm"]


def test_a_refused_import_says_where_why_and_what_to_do() -> None:
    library, missing, away = refused(
        "import numpy\nimport pandas\nfrom .helpers import x\nfrom exercises.perceptron.neuron import step"
    )[:3]
    assert library.sentence.startswith("gates.py, line 2 imports pandas: pandas is not there when this is graded")
    assert "what may be imported is jaxtyping, numpy, the unit's other files and what only" in library.sentence
    assert library.sentence.endswith("take the line out")
    assert missing.reason == "helpers.py is no file of this unit: only gates.py, neuron.py can be handed in"
    assert away.reason.startswith("write `from .neuron import ...`")


def test_the_rule_names_the_libraries_and_the_other_files() -> None:
    text = rule("torch", ["neuron"])
    assert text.startswith("jaxtyping, numpy, torch")
    assert "the unit's other files (neuron)" in text
    assert "itertools" in text
    assert "torch" not in rule("numpy")


def test_what_no_parser_takes_is_no_traceback() -> None:
    assert modules("x = " + "-" * 200_000 + "1") == []
    assert modules("\0") == []
