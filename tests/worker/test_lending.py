"""Requires: what an import cannot bring costs only what uses it, and says what is to be done.

Catches: an unused import that ends a file; a broken sibling that ends its importers; a fallback that is not taken.
"""

import copy
from collections.abc import Callable, Iterator

import pytest

from grader.worker.failures import BrokenImport, RefusedImport
from grader.worker.loader import Package
from grader.worker.placeholder import Placeholder

Make = Callable[..., Package]

REST = "\ndef one():\n    return 1\n"


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Package] = []

    def build(library: str = "numpy", broken: dict[str, str] | None = None, **sources: str) -> Package:
        made.append(Package("lending_unit", sources, libraries=dict.fromkeys(sources, library), broken=broken))
        made[-1].install()
        return made[-1]

    yield build
    for package in made:
        package.remove()


@pytest.mark.parametrize(
    "line",
    [
        "import matplotlib.pyplot as plt",
        "import matplotlib.pyplot",
        "from matplotlib import pyplot as plt",
        "from tqdm import tqdm",
        "import pandas as pd, seaborn",
        "import torch",
        "import helpers",
        "from .helpers import shuffle",
        "from . import helpers",
        "from ..convolution.conv import im2col",
        "from scipy.special import *",
        "def plot():\n    import seaborn as sns\n    sns.lineplot([1])",
        "from __future__ import annotations\nimport pandas as pd\ndef load(x: pd.DataFrame) -> None: ...",
    ],
)
def test_an_unused_import_of_what_is_not_there_costs_nothing(make: Make, line: str) -> None:
    assert make(gates=line + REST).module("gates").one() == 1


USES: dict[str, Callable[..., object]] = {
    "attribute": lambda it: it.pyplot,
    "call": lambda it: it(1),
    "iteration": list,
    "length": len,
    "truth": bool,
    "item": lambda it: it[0],
    "sum": lambda it: 1 + it,
    "product": lambda it: it @ it,
    "comparison": lambda it: it == 1,
    "number": float,
    "text": str,
    "with": lambda it: it.__enter__(),
    "base": lambda it: type("Own", (it,), {}),
    "instance": lambda it: isinstance(1, it),
    "copy": copy.deepcopy,
    "assignment": lambda it: setattr(it, "x", 1),
}


@pytest.mark.parametrize("use", USES)
def test_a_placeholder_raises_however_it_is_touched(make: Make, use: str) -> None:
    module = make(gates="import numpy as np\nimport matplotlib as lib\n").module("gates")
    with pytest.raises(RefusedImport, match=r"gates.py, line 2 imports matplotlib: .* take the line out"):
        USES[use](module.lib)


def test_a_placeholder_can_be_looked_at_by_a_debugger(make: Make) -> None:
    module = make(gates="import matplotlib as lib\n").module("gates")
    assert "line 1 imports matplotlib" in repr(module.lib)
    assert isinstance(module.lib, Placeholder)


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    from tqdm import tqdm\nexcept ImportError:\n    def tqdm(x): return x\n",
        "try:\n    import tqdm as t\nexcept ModuleNotFoundError:\n    t = None\ntqdm = list\n",
        "try:\n    from tqdm import *\nexcept Exception:\n    tqdm = list\n",
        "import contextlib\ntqdm = list\nwith contextlib.suppress(ImportError):\n    from tqdm import tqdm\n",
    ],
)
def test_a_fallback_is_taken(make: Make, text: str) -> None:
    assert list(make(gates=text).module("gates").tqdm([1, 2])) == [1, 2]


def test_a_star_import_leaves_what_it_may_have_brought(make: Make) -> None:
    text = "from scipy.special import *\n\ndef soft(x):\n    return expit(x)\n\ndef count(x):\n    return len(x)\n"
    module = make(gates=text).module("gates")
    assert module.count([1]) == 1
    with pytest.raises(RefusedImport, match="line 1 imports scipy"):
        module.soft(1)


def test_numpy_s_own_modules_and_torch_where_it_is_allowed_are_imported(make: Make) -> None:
    text = "from numpy.linalg import norm\nimport numpy.random\nfrom collections import abc\n"
    assert make(gates=text).module("gates").norm([3, 4]) == 5
    assert make("torch", gates="import torch\n").module("gates").torch.ones(1) == 1


NEURON = "def step(x):\n    return x > 0\n"
GATES = "from .neuron import step, predict\n\ndef and_gate(x):\n    return step(x)\n\ndef gate():\n    return 1\n"


@pytest.mark.parametrize(
    ("neuron", "reason"),
    [
        ("def step(x:\n    return 1\n", r"SyntaxError: neuron.py, line 1: .*'\(' was never closed"),
        (NEURON + "\nstep(1) / 0\n", r"TypeError: .* \(neuron.py, line 4\)|ZeroDivisionError: .*\(neuron.py, line 4\)"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("import pandas as pd\npd.DataFrame()\n", r"neuron.py, line 1 imports pandas: .* \(neuron.py, line 2\)"),
        ("def f():\n    return f()\nf()\n", "RecursionError"),
    ],
)
def test_a_broken_sibling_costs_what_uses_it(make: Make, neuron: str, reason: str) -> None:
    gates = make(neuron=neuron, gates=GATES).module("gates")
    assert gates.gate() == 1
    with pytest.raises(BrokenImport, match=f"needs step of neuron.py: neuron.py does not load: {reason}"):
        gates.and_gate(1)


def test_a_missing_name_costs_what_uses_it(make: Make) -> None:
    gates = make(neuron=NEURON, gates=GATES).module("gates")
    assert gates.and_gate(1)
    with pytest.raises(BrokenImport, match=r"needs predict of neuron.py: neuron.py does not define it"):
        gates.predict(1)


def test_a_sibling_that_waits_for_its_own_stub_is_not_written_yet(make: Make) -> None:
    neuron = "def step(x):\n    raise NotImplementedError('perceptron.step')\nstep(1)\n"
    with pytest.raises(NotImplementedError, match=r"perceptron\.step"):
        make(neuron=neuron, gates=GATES).module("gates").and_gate(1)


def test_a_sibling_that_may_not_be_run_is_not(make: Make) -> None:
    broken = {"neuron": "neuron.py is missing"}
    gates = make(broken=broken, gates=GATES).module("gates")
    assert gates.gate() == 1
    with pytest.raises(BrokenImport, match=r"needs step of neuron.py: neuron.py is missing"):
        gates.and_gate(1)


@pytest.mark.parametrize(
    "line",
    [
        "from .neuron import step",
        "from neuron import step",
        "import neuron; step = neuron.step",
        "from .neuron import *",
        "from . import neuron as n; step = n.step",
        "from neuron import *",
    ],
)
def test_every_way_to_write_an_import_of_a_sibling_is_understood(make: Make, line: str) -> None:
    assert make(neuron=NEURON, gates=line + REST).module("gates").step(1)


@pytest.mark.parametrize(
    "line", ["from .neuron import *", "import neuron", "from . import neuron", "from neuron import *"]
)
def test_however_a_broken_sibling_is_imported_the_rest_is_there(make: Make, line: str) -> None:
    assert make(neuron="def (", gates=line + REST).module("gates").one() == 1


def test_a_star_import_of_a_broken_sibling_leaves_what_it_would_have_brought(make: Make) -> None:
    gates = make(neuron="def (", gates="from .neuron import *\ndef f(x):\n    return step(x)\n").module("gates")
    with pytest.raises(BrokenImport, match=r"needs step of neuron.py: neuron.py does not load: SyntaxError"):
        gates.f(1)


CIRCLE = {
    "neuron": "from .gates import gate, LIMIT\ndef step(x):\n    return gate() + x\ndef over(x): return LIMIT + x\n",
    "gates": "from .neuron import step, absent\nLIMIT = 3\ndef gate():\n    return 1\ndef f():\n    return step(1)\n",
}


@pytest.mark.parametrize("first", ["neuron", "gates"])
def test_files_that_import_one_another_find_each_other_s_functions(make: Make, first: str) -> None:
    package = make(**CIRCLE)
    package.module(first)
    assert package.module("gates").f() == 2
    with pytest.raises(BrokenImport, match=r"needs absent of neuron.py: neuron.py does not define it"):
        package.module("gates").absent(1)


def test_a_value_that_is_not_there_yet_says_so(make: Make) -> None:
    package = make(**CIRCLE)
    package.module("gates")
    with pytest.raises(BrokenImport, match=r"gates.py imports neuron.py, too, and has not come to define it"):
        package.module("neuron").over(1)


def test_a_broken_file_runs_once(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    package = make(neuron="print('run')\n1 / 0\n", gates=GATES, kernel=GATES)
    for stem in ("gates", "kernel"):
        package.module(stem)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            package.module("neuron")
    assert capsys.readouterr().out == "run\n"


def test_lines_of_a_rewritten_file_stay_where_they_are(make: Make) -> None:
    text = "import pandas as pd, numpy as np, seaborn\n\n\ndef late():\n    return np.ones(2) @ pd.x\n"
    with pytest.raises(RefusedImport) as caught:
        make(gates=text).module("gates").late()
    assert caught.traceback[1].lineno == 4


def test_which_file_runs_is_told() -> None:
    running: list[str] = []
    sources = {"neuron": NEURON, "gates": GATES}
    package = Package("running_unit", sources, libraries=dict.fromkeys(sources, "numpy"), on_run=running.append)
    package.install()
    package.module("gates")
    package.remove()
    assert running == ["gates", "neuron", "gates", ""]
