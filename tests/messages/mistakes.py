"""Typical mistakes of beginners in the files `neuron.py` and `gates.py` of the unit `perceptron`, one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.course import layout
from grader.course.registry import find_course

UNIT = "perceptron"
BEGIN, END = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes
    ----------
    what : str
        What the student has done.
    task : str
        The task whose tests are run.
    files : mapping of str to str
        The files as handed in, by stem.
    """

    what: str
    task: str
    files: Mapping[str, str] = field(repr=False)


def right_files() -> dict[str, str]:
    """Return the right files, as a student would have written them."""
    folder = layout.solutions(find_course(Path(__file__).parent), UNIT)
    return {stem: (folder / f"{stem}.py").read_text(encoding="utf-8") for stem in ("neuron", "gates")}


RIGHT = right_files()


def _without_marks(files: Mapping[str, str]) -> dict[str, str]:
    return {stem: text.replace(BEGIN, "").replace(END, "") for stem, text in files.items()}


def _stem_of(task: str) -> str:
    return next(stem for stem, text in RIGHT.items() if f"\ndef {task}(" in text)


def body(what: str, task: str, *lines: str, above: str = "") -> Mistake:
    """Return a mistake in a function's body; `above` stands before the function."""
    stem = _stem_of(task)
    head, definition, rest = RIGHT[stem].partition(f"def {task}(")
    before, _, after = rest.partition(BEGIN)
    written = "".join(f"    {line}\n" if line else "\n" for line in lines)
    text = head + above + definition + before + written + after.partition(END)[2]
    return Mistake(what, task, _without_marks({**RIGHT, stem: text}))


def replaced(what: str, task: str, *pairs: tuple[str, str], stem: str = "") -> Mistake:
    """Return a mistake made by replacing parts of a right file."""
    stem = stem or _stem_of(task)
    text = RIGHT[stem]
    for old, new in pairs:
        assert old in text, (what, old)
        text = text.replace(old, new)
    return Mistake(what, task, _without_marks({**RIGHT, stem: text}))


def whole(what: str, task: str, text: str) -> Mistake:
    """Return a mistake made by writing the file anew."""
    return Mistake(what, task, _without_marks({**RIGHT, _stem_of(task): text}))


def atop(what: str, task: str, *lines: str) -> Mistake:
    """Return a mistake in lines below the imports."""
    stem = _stem_of(task)
    last = "from numpy import ndarray as Array\n"
    text = RIGHT[stem].replace(last, last + "".join(f"{line}\n" for line in lines), 1)
    return Mistake(what, task, _without_marks({**RIGHT, stem: text}))


def below(what: str, task: str, *lines: str) -> Mistake:
    """Return a mistake in lines at the end of the file."""
    stem = _stem_of(task)
    return Mistake(what, task, _without_marks({**RIGHT, stem: RIGHT[stem] + "\n\n" + "\n".join(lines) + "\n"}))


STEP = "    return np.heaviside(z, 1)\n"
STEP_DEF = 'def step(z: Float[Array, "..."]) -> Float[Array, "..."]:'
PREDICT = "    return step(x @ weights + bias)\n"
UPDATE = "    return weights + lr * error * x, bias + lr * error\n"
FIT_DEF = (
    'def fit_perceptron(\n    x: Float[Array, "N D"], y: Float[Array, "N"], *, lr: float = 1.0, max_epochs: int = 100\n'
)

DOES_NOT_PARSE = (
    body("a colon is missing", "step", "if z.size == 0", "    return z", "return np.heaviside(z, 1)"),
    body("a bracket is not closed", "step", "return np.heaviside(z, 1"),
    body("a line is indented too far", "step", "out = np.heaviside(z, 1)", "    return out"),
    body("a body is not indented", "step", "for _ in range(1):", "out = np.heaviside(z, 1)", "return out"),
    body("tabs and spaces are mixed", "step", "if True:", "\tout = 1", "        return out"),
    body("a text is not closed", "step", "print('fired)", "return np.heaviside(z, 1)"),
    body("else if, as in other languages", "predict", "if bias > 0:", "    pass", "else if bias < 0:", "    pass"),
    body(
        "= in place of ==", "predict", "if bias = 0:", "    return step(x @ weights)", "return step(x @ weights + bias)"
    ),
    body("print as in Python 2", "step", 'print "fired"', "return np.heaviside(z, 1)"),
    body("quotes from a word processor", "step", "print(“fired”)", "return np.heaviside(z, 1)"),
    body("marks of a merge", "step", "<<<<<<< HEAD", "return np.heaviside(z, 1)", "=======", "return z >= 0"),
    atop("return outside of a function", "step", "return 1"),
    body("quotes within an f-string's braces (Python 3.12)", "step", 'names = {"z": z}', 'print(f"{names["z"]}")'),
    atop("the statement type (Python 3.12)", "step", "type Vector = Array"),
    atop("type parameters (Python 3.12)", "step", "def first[T](values: list[T]) -> T:", "    return values[0]"),
    body("an increment of C", "fit_perceptron", "epoch = 0", "epoch++", "return x"),
    body("`and` of C", "step", "if z.ndim == 2 && z.size > 0:", "    return z", "return z"),
    body("a line is outdented halfway", "step", "if z.ndim == 2:", "        out = z", "    return out"),
    body("a comma is missing", "step", "return np.heaviside(z 1)"),
    body("return with a slip of the finger", "step", "retrun np.heaviside(z, 1)"),
    body("a word of Python for a name", "predict", "lambda = 0.5", "return step(x @ weights + lambda)"),
)
DOES_NOT_LOAD = (
    atop("a library that is not on the list, and used", "step", "import pandas as pd", "frame = pd.DataFrame()"),
    body(
        "a library that is not on the list, in the function",
        "step",
        "import scipy.special",
        "return scipy.special.expit(z)",
    ),
    body("torch in a task for NumPy", "step", "import torch", "return torch.heaviside(z, z)"),
    atop("a file of one's own", "step", "from helpers import clip", "LIMIT = clip(3)"),
    body("a file of one's own, in the function", "step", "from helpers import clip", "return clip(z)"),
    replaced(
        "from neuron import, without the dot", "and_gate", ("from .neuron import step", "from neuron import step")
    ),
    replaced("import neuron", "and_gate", ("from .neuron import step", "import neuron"), ("step(a", "neuron.step(a")),
    replaced("from perceptron.neuron import", "and_gate", ("from .neuron", "from perceptron.neuron")),
    replaced("a name with a slip of the finger from a sibling", "and_gate", ("import step", "import stpe as step")),
    below("a check at module level that fails", "step", "assert step(np.array([0.0]))[0] == 0"),
    below("a name that is nowhere, at module level", "step", "print(result)"),
    below("a question at module level", "step", "threshold = float(input('threshold? '))"),
    below("an endless loop at module level", "step", "while True:", "    step(np.zeros(3))"),
    below("training at module level that raises", "step", "print(predict(np.zeros((3, 2)), np.zeros(3), 0))"),
    whole("an empty file", "step", ""),
    replaced("the function has another name", "step", ("def step(", "def step_function(")),
    replaced("the function's name has a capital letter", "step", ("def step(", "def Step(")),
    replaced(
        "the function's name has a slip of the finger", "fit_perceptron", ("def fit_perceptron(", "def fit_perceptrn(")
    ),
    replaced("the function has gone", "step", (STEP_DEF, "def other(z):")),
    whole(
        "the functions are methods of a class",
        "step",
        "import numpy as np\n\nclass Neuron:\n    def step(self, z):\n        return np.heaviside(z, 1)\n",
    ),
    whole(
        "a class of the function's name",
        "step",
        "import numpy as np\n\nclass step:\n    def __call__(self, z):\n        return z\n",
    ),
    whole("a number of the function's name", "step", "step = 1\n"),
    whole(
        "the function is inside of another",
        "step",
        "import numpy as np\n\ndef main():\n    def step(z):\n        return np.heaviside(z, 1)\n",
    ),
)
SIGNATURE = (
    replaced("self as a first parameter", "step", (STEP_DEF, "def step(self, z):")),
    replaced(
        "a parameter is missing",
        "predict",
        (', bias: float) -> Float[Array, "N"]:', "):"),
        (
            "+ bias)\n    ### END SOLUTION\n\n\ndef perceptron_update",
            ")\n    ### END SOLUTION\n\n\ndef perceptron_update",
        ),
    ),
    replaced("a parameter too many", "step", (STEP_DEF, "def step(z, threshold):")),
    replaced(
        "a parameter has another name",
        "fit_perceptron",
        (FIT_DEF, "def fit_perceptron(\n    x, y, *, eta=1.0, max_epochs=100\n"),
    ),
    replaced(
        "the parameters are in another order",
        "predict",
        ('x: Float[Array, "N D"], weights: Float[Array, "D"], bias: float) -> Float[Array, "N"]', "weights, x, bias)"),
    ),
    replaced("the function is asynchronous", "step", ("def step(", "async def step(")),
    body("the function yields", "step", "yield np.heaviside(z, 1)"),
)
UNWRITTEN = (
    body("nothing is written", "step", 'raise NotImplementedError("perceptron.step")'),
    body(
        "the stub's line stands behind the code",
        "step",
        "out = np.heaviside(z, 1)",
        'raise NotImplementedError("perceptron.step")',
    ),
    body(
        "the stub's line stands before the code",
        "step",
        'raise NotImplementedError("perceptron.step")',
        "return np.heaviside(z, 1)",
    ),
    body(
        "the stub's line stands in a branch",
        "step",
        "if z.ndim == 1:",
        "    return np.heaviside(z, 1)",
        'raise NotImplementedError("perceptron.step")',
    ),
    Mistake(
        "a task below is not written",
        "predict",
        {**body("", "step", 'raise NotImplementedError("perceptron.step")').files},
    ),
    body("NotImplemented is returned", "step", "return NotImplemented"),
    body("only pass", "step", "pass"),
    body("only three dots", "step", "..."),
    body("an exception of one's own that something is to be done", "step", 'raise NotImplementedError("later")'),
)
WRONG_KIND = (
    body("the result is printed, not returned", "step", "print(np.heaviside(z, 1))"),
    body("the result is not returned", "predict", "answers = step(x @ weights + bias)"),
    body("True and False", "step", "return z >= 0"),
    body("integers", "step", "return (z >= 0).astype(int)"),
    body("a list", "step", "return np.heaviside(z, 1).tolist()"),
    body("a list comprehension over rows", "step", "return [1.0 if value >= 0 else 0.0 for value in z.ravel()]"),
    body("one number for an array", "step", "return float((z >= 0).all())"),
    body("a column for a vector", "predict", "return step(x @ weights[:, None] + bias)"),
    body("everything flattened", "step", "return np.heaviside(z, 1).ravel()"),
    body("transposed", "step", "return np.heaviside(z, 1).T"),
    body("float64 for float32", "step", "return np.where(z >= 0, 1.0, 0.0)"),
    body("a text", "step", "return 'fires'"),
    body("a function, since the call was forgotten", "step", "return np.heaviside"),
    body("map, which is not a list", "step", "return map(lambda value: value >= 0, z)"),
    body("a dictionary", "perceptron_update", "return {'weights': weights, 'bias': bias}"),
    body("one value for two", "perceptron_update", "return weights"),
    body("three values for two", "perceptron_update", "return weights, bias, 0"),
    body(
        "the two values in the wrong order",
        "perceptron_update",
        "error = y - step(x @ weights + bias)",
        "return bias + lr * error, weights + lr * error * x",
    ),
    body(
        "None for the bias",
        "perceptron_update",
        "error = y - step(x @ weights + bias)",
        "return weights + lr * error * x, None",
    ),
    body("arrays of objects", "step", "return np.array([value >= 0 for value in z], dtype=object)"),
    body("rows of several lengths", "step", "return [[1.0], [0.0, 1.0]]"),
    body("an expression that gives one value after the other", "step", "return (float(value >= 0) for value in z)"),
    body("a tuple for an array", "perceptron_update", "return tuple(weights + lr * (y - 1) * x), bias + lr * (y - 1)"),
    body(
        "whole numbers, as in the array written into",
        "perceptron_update",
        "new = np.array([0 for _ in weights])",
        "new[:] = weights + lr * (y - step(x @ weights + bias)) * x",
        "return new, bias + lr * (y - step(x @ weights + bias))",
    ),
)
WRONG_VALUE = (
    body("zero does not fire", "step", "return np.heaviside(z, 0)"),
    body("-1 for 0", "step", "return np.where(z >= 0, 1, -1).astype(z.dtype)"),
    body("not a number", "step", "return np.sqrt(z) / np.sqrt(z)"),
    body("a division by zero", "step", "return z / np.abs(z)"),
    body("the bias is forgotten", "predict", "return step(x @ weights)"),
    body(
        "the learning rate is forgotten",
        "perceptron_update",
        "error = y - step(x @ weights + bias)",
        "return weights + error * x, bias + error",
    ),
    body(
        "a sign is wrong",
        "perceptron_update",
        "error = step(x @ weights + bias) - y",
        "return weights + lr * error * x, bias + lr * error",
    ),
    body("the argument is changed in place", "step", "z[z >= 0] = 1", "z[z < 0] = 0", "return z"),
    body(
        "weights += ..., the argument itself",
        "perceptron_update",
        "error = y - step(x @ weights + bias)",
        "weights += lr * error * x",
        "return weights, bias + lr * error",
    ),
    body("AND with the boundary of OR", "and_gate", "return step(a + b - 0.5)"),
    body("AND as a product", "and_gate", "return a * b"),
    body(
        "an epoch too many",
        "fit_perceptron",
        "weights, bias, mistakes = np.zeros(x.shape[1]), 0.0, []",
        "for _ in range(max_epochs):",
        "    mistakes.append(0)",
        "    for example, label in zip(x, y):",
        "        mistakes[-1] += int(step(example @ weights + bias) != label)",
        "        weights, bias = perceptron_update(example, label, weights, bias, lr=lr)",
        "return weights, bias, np.array(mistakes)",
    ),
    replaced("other labels are not refused", "fit_perceptron", ('raise ValueError("labels must be 0 or 1")', "pass")),
    replaced(
        "other labels are refused by another exception",
        "fit_perceptron",
        ('raise ValueError("labels', 'raise TypeError("labels'),
    ),
    body(
        "return stands in the loop",
        "step",
        "out = np.zeros_like(z)",
        "for i in range(len(z)):",
        "    out[i] = z[i] >= 0",
        "    return out",
    ),
    replaced("=+ for +=", "fit_perceptron", ("mistakes[-1] += ", "mistakes[-1] =+ ")),
    replaced(
        "arguments in another order",
        "fit_perceptron",
        ("perceptron_update(example, label, weights, bias, lr=lr)", "perceptron_update(weights, label, example, bias)"),
    ),
    body("random numbers", "step", "return np.random.default_rng(1).integers(0, 2, z.shape).astype(float)"),
)
RAISES = (
    body("a function of NumPy with a slip of the finger", "step", "return np.heavyside(z, 1)"),
    replaced("NumPy is not imported", "step", ("import numpy as np\nfrom jax", "from jax")),
    body("a name with a slip of the finger", "predict", "return step(x @ wieghts + bias)"),
    body("if on a whole array", "step", "if z >= 0:", "    return 1", "return 0"),
    body("shapes that do not fit", "predict", "return step(weights @ x + bias)"),
    body("an index too far", "step", "for i in range(len(z) + 1):", "    z[i]", "return z"),
    body("a value of None is used", "predict", "sums = print(x @ weights)", "return step(sums + bias)"),
    body("a division by the number zero", "perceptron_update", "return weights / 0.0, 1 / 0"),
    body("a variable that is not set on every way", "step", "if z.ndim > 5:", "    out = z", "return out"),
    body("a key that is not in a dictionary", "predict", "return {'weights': weights}['bias']"),
    body("recursion without an end", "step", "return step(z)"),
    body(
        "recursion of two functions without an end",
        "predict",
        "return again(x, weights, bias)",
        above="def again(x, weights, bias):\n    return predict(x, weights, bias)\n\n\n",
    ),
    body(
        "an assertion of one's own",
        "predict",
        "assert x.shape[0] == weights.shape[0], 'x must be (D, N)'",
        "return step(x @ weights + bias)",
    ),
    body("a module is called", "step", "return np(z)"),
    body("an array is called", "step", "return z(0)"),
    body("two results are taken from one", "predict", "answers, sums = step(x @ weights + bias)", "return answers"),
    body(
        "a variable hides a function of Python's",
        "predict",
        "sum = [x[:, i] * weights[i] for i in range(x.shape[1])]",
        "return step(sum(sum) + bias)",
    ),
    body(
        "a method of a class that was not made",
        "step",
        "return Neuron.fire(z)",
        above="class Neuron:\n    def fire(self, z):\n        return np.heaviside(z, 1)\n\n\n",
    ),
    body("a method of torch on an array", "step", "return z.clamp(0, 1)"),
    body("a function of NumPy as a method", "step", "return 1 / (1 + (-z).exp())"),
    body("dim for axis", "predict", "return step(np.sum(x * weights, dim=1) + bias)"),
    body("zeros of two numbers", "step", "out = np.zeros(2, 3)", "return out"),
    body("a shape is called", "step", "rows = z.shape()[0]", "return z"),
    body("an axis too far", "predict", "return step(np.sum(x * weights, axis=2) + bias)"),
    body("a third size of a matrix", "step", "for i in range(z.shape[2]):", "    pass", "return z"),
    body("what append returns", "step", "out = []", "for row in z:", "    out = out.append(row >= 0)", "return out"),
    body("append to an array", "step", "out = np.array([])", "out.append(1.0)", "return out"),
    body("two indices into a list", "step", "out = z.tolist()", "out[0, 1] = 1.0", "return np.array(out)"),
    body("half of a length as an index", "step", "middle = z[len(z) / 2]", "return z"),
    body("for over a number", "step", "for i in len(z):", "    z[i] >= 0", "return z"),
    body("math.exp of an array", "step", "import math", "return 1 / (1 + math.exp(-z))"),
    body("a method without its brackets", "predict", "return step((x * weights).sum + bias)"),
    body("self in a function", "predict", "return step(x @ self.weights + bias)"),
    body("shapes that NumPy cannot stretch", "predict", "return step(x + weights[:, None] + bias)"),
    body("a row for a number", "step", "out = np.zeros(2)", "for i in range(2):", "    out[i] = z[i]", "return out"),
    body("a text and a number", "predict", "print('bias ' + bias)", "return step(x @ weights + bias)"),
)
NEEDS_SOMEBODY = (
    body("input()", "step", "threshold = float(input('threshold? '))", "return np.heaviside(z - threshold, 1)"),
    body("breakpoint()", "step", "breakpoint()", "return np.heaviside(z, 1)"),
    body("exit()", "step", "exit()"),
    body(
        "an endless loop",
        "fit_perceptron",
        "weights = np.zeros(x.shape[1])",
        "while True:",
        "    weights = weights + 0",
        "return weights, 0.0, np.array([0])",
    ),
    body("a pause", "step", "import time", "time.sleep(30)", "return np.heaviside(z, 1)"),
    body("too much memory", "step", "table = np.ones((100_000, 100_000))", "return np.heaviside(z, 1)"),
    body("a file is opened", "step", "open('weights.txt')", "return np.heaviside(z, 1)"),
    body(
        "many lines are printed",
        "step",
        "for number in range(100):",
        "    print('line', number)",
        "return np.heaviside(z, 0)",
    ),
    body("a command of the shell", "step", "import os", "os.system('ls')", "return np.heaviside(z, 0)"),
)
GROUPS = {
    "Files that Python cannot read": DOES_NOT_PARSE,
    "Files that do not load": DOES_NOT_LOAD,
    "Signatures": SIGNATURE,
    "What is not written yet": UNWRITTEN,
    "Results of another kind": WRONG_KIND,
    "Wrong results": WRONG_VALUE,
    "Exceptions": RAISES,
    "What needs somebody, or too much": NEEDS_SOMEBODY,
}
MISTAKES = [mistake for group in GROUPS.values() for mistake in group]
