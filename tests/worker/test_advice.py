"""Advice for exceptions: it names what is there, and never fails on what a student's file defines."""

import sys

import numpy as np
import pytest

from grader.worker.advice import advice, nearest, signature_advice
from grader.worker.failures import described


def raised(source: str, **names: object) -> BaseException:
    """Return the exception that a piece of code raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 (any exception is the subject)
        exec(source, {"__name__": "student.net"} | names)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("wieghts = weights = 1\nprint(weigths)", 'did you mean "weights"?'),
        ("nowhere_near_anything", ""),
        ("np.zeros(3)", "`import numpy as np` is missing at the top of the file"),
        ("import numpy\nnumpy.heavyside(1, 1)", 'did you mean "heaviside"?'),
        ("'text'.uper()", 'did you mean "upper"?'),
        ("def f():\n    pass\nf().shape", "the value before the dot is None"),
        ("def f():\n    pass\nf() + 1.0", "a value here is None"),
        ("def f():\n    if 0:\n        x = 1\n    return x\nf()", "on some ways through the function only"),
        ("open('weights.txt')", "take the values as arguments"),
        ("raise ValueError('labels must be 0 or 1')", ""),
        ("def f():\n    self.weights\nf()", "only a method of a class has `self`"),
        ("out = []\nout = out.append(1)\nout.append(2)", "`append` changes a list and returns None"),
        ("def f(v):\n    sum = 0\n    return sum(v)\nf([1])", "`sum` is a value here, and hides Python's function"),
        ("x = 3\nx(2)", "a `*`"),
        ("for i in 3:\n    pass", "`for i in range(n)`"),
        ("(1, 2)[2]", "one for each axis"),
        ("def f(params):\n    params['W']\nf({'weight': 1, 'bias': 2})", "the keys of params are weight, bias"),
        ("{1: 2}[3]", ""),
        ("layer = {'weight': 1}\nlayer.weight", '["weight"]'),
        ("class Neuron:\n    def fire(self, z):\n        pass\nNeuron.fire(1)", "Neuron().fire(...)"),
        ("a, b = 3", "no parts"),
        ("pair = (1, 2)\npair['x']", "a tuple has no names"),
        ("rows = [[1]]\nrows[0, 0]", "one index at a time"),
        ("range(3 / 2)", "`//` a whole number"),
        ("[1].index + 1", "round brackets: x.sum()"),
        ("'bias ' + 0.5", "f'{bias}' is a text"),
    ],
)
def test_the_advice_follows_from_the_exception(source: str, expected: str) -> None:
    text = advice(raised(source))
    assert expected in text
    assert bool(text) == bool(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if z:\n    pass", "one True or False"),
        ("z @ np.zeros(3)", "the last axis of a must be as long as the first of b"),
        ("z(0)", "square ones"),
        ("np.zeros[3]", "round ones"),
        ("z.clamp(0)", "x.clip(low, high)"),
        ("z.exp()", "np.exp(...)"),
        ("[z].mean()", "np.array(...) makes an array of it"),
        ("np.random.default_rng(0)(3)", "rng.random(shape)"),
        ("np.random.default_rng(0).random(np.arange(99))", "x.shape, not x"),
        ("z.append(1)", "an array does not grow"),
        ("np.sigmoid(z)", "write its formula"),
        ("z.reshap(2)", 'did you mean "reshape"?'),
        ("np.random.default_rng(0).randn(3)", "rng.normal(size=...)"),
        ("z.sum(dim=0)", "`axis`"),
        ("np.zeros(2, 3)", "a shape is one argument"),
        ("np.array(1.0, 2.0, 3.0)", "in one list"),
        ("z.shape()", "x.shape and x.size have none"),
        ("z.sum(axis=1)", "axes are counted from 0"),
        ("z[len(z) / 2]", "`//` a whole number"),
        ("z + np.zeros(3)", "seen from the last axis"),
        ("import math\nmath.exp(z)", "take a single number"),
        ("z[0] = z", "one place takes one number"),
    ],
)
def test_messages_of_numpy_are_explained(source: str, expected: str) -> None:
    assert expected in advice(raised(source, z=np.zeros(2), np=np))


def test_without_torch_nobody_is_told_to_import_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert "written in NumPy, without torch" in advice(raised("nn.init"))
    monkeypatch.setitem(sys.modules, "torch", np)
    assert "`from torch import nn` is missing" in advice(raised("nn.init"))


def test_an_object_of_the_student_is_not_asked_for_its_names() -> None:
    source = "class Net:\n    def __dir__(self):\n        raise SystemExit\nNet().forwards"
    assert advice(raised(source)) == ""


def test_a_signature_is_told_by_its_names() -> None:
    assert signature_advice(lambda x, w, *, lr: x, "f") == "here it is f(x, w, lr)"
    assert "only a method of a class has `self`" in signature_advice(lambda self, x: x, "f")
    assert "is a class" in signature_advice(int, "f")


def test_advice_that_fails_costs_only_itself() -> None:
    class Unreadable:
        @property
        def __signature__(self) -> object:
            raise RuntimeError

        def __call__(self) -> None:
            pass

    error = TypeError("f() takes no arguments")
    assert described(error, (), "call", called=(Unreadable(), "f"))["text"] == "f() takes no arguments"


def test_a_near_name_is_found_without_regard_to_case() -> None:
    assert nearest("ReLu", ["relu", "gelu"]) == "relu"
    assert nearest("x", ["relu"]) == ""
