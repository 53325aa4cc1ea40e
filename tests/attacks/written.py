"""Tests that a student could write to win more than they are worth: `test_total` of `tests/course_with_tests.py`.

Each of them is a file `my_tests.py`. None of them says what a right sum is, so each is worth nothing.
"""

HEAD = """\
import random, sys, time, traceback
import numpy as np
import pytest
from .count import total

X = np.array([[1.0, 2.0], [3.0, 4.5]])

"""

MANY = """
def test_total():
    pass

for number in range(3000):
    def chance():
        assert np.random.default_rng().random() > 0.9
    globals()[f"test_{number}"] = chance
"""

BODIES = {
    "always fails": "def test_total():\n    total(X)\n    assert False\n",
    "always passes": "def test_total():\n    total(X)\n",
    "fails at random": (
        "def test_total():\n    total(X)\n    assert np.random.default_rng().random() > 0.9\n"
        + "".join(f"test_{number} = test_total\n" for number in range(19))
    ),
    "thousands of tests": MANY,
    "counts runs in the module": (
        "COUNT = [0]\ndef test_total():\n    total(X)\n    COUNT[0] += 1\n    assert COUNT[0] < 7\n"
    ),
    "counts runs in a file": (
        "def test_total():\n    total(X)\n    open('/tmp/count', 'a').write('x')\n"
        "    assert len(open('/tmp/count').read()) < 7\n"
    ),
    "counts runs in a module of Python's": (
        "def test_total():\n    total(X)\n    sys.count = getattr(sys, 'count', 0) + 1\n    assert sys.count < 7\n"
    ),
    "measures time": (
        "def test_total():\n    start = time.perf_counter()\n    total(np.ones((300, 300)))\n"
        "    assert time.perf_counter() - start < 1e-5\n"
    ),
    "compares two latencies": (
        "def timed(x):\n    start = time.perf_counter()\n    total(x)\n    return time.perf_counter() - start\n"
        "def test_total():\n    assert min(timed(X) for _ in range(9)) < 2 * min(timed(X) for _ in range(9))\n"
    ),
    "looks at the function": (
        "def test_total():\n    total(X)\n    seen = [repr(total), str(type(total)), str(vars(total))]\n"
        "    seen += [repr(cell.cell_contents) for cell in total.__closure__ or ()]\n"
        "    assert not any(word in text for text in seen for word in ('mean', 'first_row', 'misconception'))\n"
    ),
    "looks into tracebacks": (
        "def test_total():\n    try:\n        total('no array')\n    except Exception as error:\n"
        "        seen = ''.join(traceback.format_exception(error))\n        here = error.__traceback__\n"
        "        while here:\n            seen += repr(here.tb_frame.f_locals)\n            here = here.tb_next\n"
        "    assert 'mean' not in seen and 'first_row' not in seen and 'misconception' not in seen\n"
    ),
    "searches its process": (
        "import gc\ndef test_total():\n    total(X)\n"
        "    names = {getattr(thing, '__name__', '') for thing in gc.get_objects() if callable(thing)}\n"
        "    assert not {'the_mean', 'first_row'} & names\n"
    ),
    "an enormous argument": "def test_total():\n    total(np.zeros((20000, 20000)))\n    assert False\n",
    "an endless loop": "def test_total():\n    while True:\n        total(X)\n",
    "a loop without calls": "def test_total():\n    for _ in range(10**12):\n        pass\n",
    "recursion": "def test_total():\n    total(X)\n    test_total()\n",
    "imports its own solution": (
        "from .count import helper\nfrom . import extra\n"
        "def test_total():\n    assert total(X) == helper(X)\n    assert total(X) == extra.total(X)\n"
    ),
    "imports the course's solution": (
        "try:\n    from solutions.counts import count\nexcept ImportError:\n    count = None\n"
        "def test_total():\n    assert count is None or total(X) == count.total(X)\n"
    ),
    "reads the course's files": (
        "def test_total():\n    text = open('solutions/counts/count.py').read()\n    assert 'sum' in text\n"
    ),
    "changes what the next test gets": (
        "def test_total():\n    X[:] = 0\n    total(X)\ndef test_later():\n    total(X)\n    assert X.any()\n"
    ),
    "ends its process": "import os\ndef test_total():\n    total(X)\n    os._exit(1)\n",
    "is not written": "def test_total():\n    raise NotImplementedError('counts.test_total')\n",
}
FILES = {name: HEAD + body for name, body in BODIES.items()}
