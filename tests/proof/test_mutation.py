"""Mutants: each operator on a small source, what is never changed, names that stay."""

import ast
from collections import defaultdict

import numpy as np
import pytest

from grader.course.reading import find_regions
from grader.proof.mutation.search import mutants_in
from grader.records.proof import OPERATORS

FILE = '''\
"""Says axis=1 and -1 in its docstring."""

import numpy as np

LIMIT = 3


def f(x, y, *, scale=2.0, axis: "Axis 1" = None):
    """Return 1 + 1."""
    ### BEGIN SOLUTION
    {code}
    ### END SOLUTION


def given(x):
    return x + 1
'''


def mutants(code, **changes):
    source = FILE.replace("{code}", code.replace("\n", "\n    "))
    for old, new in changes.items():
        source = source.replace(old, new)
    return mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")


def changed(code):
    """Return what the code becomes, by operator; the defaults of the function are left out."""
    texts = {}
    for mutant in mutants(code):
        if mutant.operator != "default":
            texts.setdefault(mutant.operator, set()).add(mutant.after)
    return texts


@pytest.mark.parametrize(
    ("code", "operator", "expected"),
    [
        ("return x + y", "operator", {"return x - y"}),
        ("return x + y", "term", {"return x", "return y"}),
        ("return x - y", "sign", {"return y - x"}),
        ("return x - y", "term", {"return x", "return -y"}),
        ("return x * y", "operator", {"return x / y"}),
        ("return x * y", "sign", {"return -(x * y)"}),
        ("return x / y", "operator", {"return x * y", "return y / x"}),
        ("return x / y", "term", {"return x", "return 1 / y"}),
        ("return (x + 1) * y", "operator", {"return (x + 1) / y", "return (x - 1) * y"}),
        ("return x // y", "rounding", {"return -(-x // y)"}),
        ("return x**y", "operator", {"return x * y"}),
        ("return 2 * x**y", "operator", {"return 2 / x**y", "return 2 * (x * y)"}),
        ("return -x", "sign", {"return x"}),
        ("return x @ y", "transposition", {"return y @ x"}),
        ("return x.T", "transposition", {"return x"}),
        ("return x.transpose(0, 2)", "order", {"return x.transpose(2, 0)"}),
        ("return x.transpose(0, 2)", "transposition", {"return x"}),
        ("return np.transpose(x, (0, 2))", "transposition", {"return x"}),
        ("return x.swapaxes(1, 2)", "transposition", {"return x"}),
        ("return x.sum(axis=1)", "axis", {"return x.sum(axis=2)", "return x.sum(axis=0)", "return x.sum()"}),
        ("return x.sum(axis=-1)", "axis", {"return x.sum(axis=0)", "return x.sum(axis=-2)", "return x.sum()"}),
        ("return x.sum(axis=y)", "axis", {"return x.sum()"}),
        ("return x.sum(keepdims=True)", "keepdims", {"return x.sum(keepdims=False)"}),
        ("return x.sum()", "reduction", {"return x.mean()"}),
        ("return max(x)", "reduction", {"return min(x)"}),
        ("return np.maximum(x, y)", "reduction", {"return np.minimum(x, y)"}),
        ("return x.std()", "reduction", {"return x.var()", "return x.std(ddof=1)"}),
        ("return np.sqrt(x)", "function", {"return x"}),
        ("return np.exp(x)", "function", {"return np.expm1(x)", "return x"}),
        ("return x.copy()", "copy", {"return x"}),
        ("return x.astype(y.dtype)", "copy", {"return x"}),
        ("return np.zeros(3, x.dtype)", "dtype", {"return np.zeros(3)"}),
        ("return np.zeros(3, dtype=x.dtype)", "dtype", {"return np.zeros(3)"}),
        ("return f(x, y=y)", "argument", {"return f(x)"}),
        ("return f(x, y)", "order", {"return f(y, x)"}),
        ("return x, y", "order", {"return y, x"}),
        ("x, y = f(x)", "order", {"y, x = f(x)"}),
        ("return x[:, None]", "order", {"return x[None, :]"}),
        ("return 3", "constant", {"return 4", "return 2"}),
        ("return 1.5", "constant", {"return 3.0", "return 1.65", "return 0.0"}),
        ("return 0.0", "constant", {"return 1.0"}),
        ("return 2 * x", "constant", {"return 3 * x"}),
        ("return True", "constant", {"return False"}),
        ('return f(x, "same")', "constant", {"return f(x, 'same_')"}),
        ("return x[1:]", "slice", {"return x[:]"}),
        ("return x[y:y:y]", "slice", {"return x[:y:y]", "return x[y::y]", "return x[y:y]"}),
        ("return range(y)", "off_by_one", {"return range(y - 1)", "return range(1, y)"}),
        ("return len(x)", "off_by_one", {"return len(x) - 1"}),
        ("return x < y", "comparison", {"return x <= y", "return x >= y"}),
        ("return x == y", "comparison", {"return x != y"}),
        ("return x in y", "comparison", {"return x not in y"}),
        ("return x and y", "condition", {"return x or y", "return x", "return y"}),
        ("return not x", "condition", {"return x"}),
        ("return x if y else 3", "branch", {"return x", "return 3", "return 3 if y else x"}),
        ("return np.where(x, y, 3)", "branch", {"return y", "return 3", "return np.where(x, 3, y)"}),
        ("if x > y:\n    return y", "branch", {"if False:", "if True:"}),
        ("while x:\n    break", "branch", {"while False:"}),
        ("while x:\n    break", "statement", {"pass"}),
        ("x += y", "operator", {"x -= y", "x = y"}),
        ("x += y", "statement", {"pass"}),
        ("x[0] = y", "statement", {"pass"}),
        ("x = f(x)", "statement", {"pass"}),
        ("x.append(y)", "statement", {"pass"}),
    ],
)
def test_each_operator_makes_its_mistakes(code, operator, expected):
    assert changed(code).get(operator) == expected
    assert operator in OPERATORS


MEMORY = """\
import numpy as np


def f(x: Float[Array, "N"], y, *, stride=1, dilation=1, groups=1, rng=None) -> {result}:
    ### BEGIN SOLUTION
    {code}
    ### END SOLUTION


def indices(size, stride):
    ### BEGIN SOLUTION
    return size // stride
    ### END SOLUTION
"""


def after(code, operator, result="object"):
    """Return what the code becomes by one operator on memory or options."""
    source = MEMORY.replace("{code}", code.replace("\n", "\n    ")).replace("{result}", result)
    whole = mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
    return {mutant.after for mutant in whole if mutant.operator == operator and mutant.owner == "f"}


@pytest.mark.parametrize(
    ("code", "operator", "expected"),
    [
        ("x = x - y\nreturn x", "in_place", {"x -= y"}),
        ("x = x / y\nx = x * y\nreturn x", "in_place", {"x /= y"}),
        ("y = y - x\nreturn y", "in_place", set()),  # what is annotated as no array may be a number
        ("z = y - x\nz = z - y\nreturn z", "in_place", set()),  # nobody else has this array
        ("x = y - x\nreturn x", "in_place", set()),
        ("return x - y, y * x", "in_place", {"return np.subtract(x, y, out=x), y * x"}),
        ("return np.exp(x) + g(x)", "in_place", {"return np.exp(x, out=x) + g(x)"}),
        ("x = g(x)\nreturn x * 2 + np.exp(x)", "in_place", set()),  # no longer the caller's
        ("return math.exp(x)", "in_place", set()),
        ("return np.zeros(3)", "buffer", {
            "return _remembered.setdefault(repr((3,)), np.zeros(3))"
        }),
        (
            "out = np.zeros((2, 3))\nreturn out",
            "buffer",
            {"out = _remembered.setdefault(repr(((2, 3),)), np.zeros((2, 3)))"},
        ),
        (
            "out = np.empty_like(x)\nreturn out, y",
            "buffer",
            {"out = _remembered.setdefault(repr((x.shape,)), np.empty_like(x))"},
        ),
        ("pad = np.zeros(3)\nreturn pad.sum() + x", "buffer", {
            "pad = _remembered.setdefault(repr((3,)), np.zeros(3))"
        }),
        ("pad = np.zeros(3)\nx += pad\nreturn x", "buffer", set()),  # it does not leave the function
        ("return x[::stride]", "combination", {
            "return x[::(stride if dilation == 1 else 1)]",
            "return x[::(stride if groups == 1 else 1)]",
        }),
        ("return g(x, stride=stride, rng=rng)", "combination", {
            "return g(x, stride=(stride if dilation == 1 else 1), rng=rng)",
            "return g(x, stride=(stride if groups == 1 else 1), rng=rng)",
        }),
        ("stride = 2\nreturn x.stride", "combination", set()),
    ],
)  # fmt: skip
def test_memory_and_options_have_their_mistakes(code, operator, expected):
    assert after(code, operator) == expected
    assert operator in OPERATORS


@pytest.mark.parametrize("result", ['Float[Array, "N"]', 'tuple[Int[Array, "N H"], Cache]'])
def test_an_answer_is_written_over_the_one_before(result):
    source = MEMORY.replace("{code}", "return x + 1, y").replace("{result}", result)
    (mutant,) = [
        mutant
        for mutant in mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
        if (mutant.owner, mutant.operator) == ("f", "buffer")
    ]
    names = {"Float": defaultdict(object), "Int": defaultdict(object), "Array": 0, "Cache": 0}
    exec(mutant.text, names)
    (first, _), (longer, _), (second, _) = (names["f"](np.full(size, size), "y") for size in (2, 3, 2))
    assert second is first
    assert longer.tolist() == [4, 4, 4]
    names["f"](np.zeros(2, int), "y")
    assert first.tolist() == [1, 1]


@pytest.mark.parametrize("result", ["float", 'Float[Array, ""]', "list[Float[Array, 'N']]"])
def test_only_arrays_are_written_over(result):
    assert after("return x + 1", "buffer", result) == set()


def test_an_argument_is_returned_where_the_answer_has_its_numbers():
    source = MEMORY.replace("{code}", "return np.maximum(x, 0), y").replace("{result}", "object")
    whole = mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
    (mutant,) = [mutant for mutant in whole if (mutant.owner, mutant.operator) == ("f", "view")]
    names = {"Float": defaultdict(object), "Array": 0, "np": np}
    exec(mutant.text, names)
    positive, mixed = np.array([1.0, 2.0]), np.array([-1.0, 2.0])
    assert names["f"](positive, "y")[0] is positive
    assert names["f"](mixed, "y")[0].tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("code", "count"),
    [("return x * (y > 0)", 1), ("return y * x", 0), ("return np.exp(x)", 0), ("x = g(x)\nreturn np.maximum(x, 0)", 0)],
)
def test_only_what_an_answer_may_hand_on_unchanged_is_returned_itself(code, count):
    assert len(after(code, "view")) == count


def test_tensors_work_in_place_in_their_own_way():
    source = MEMORY.replace("{code}", "return x / y").replace("Array", "Tensor").replace("{result}", "object")
    whole = mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
    assert [mutant.after for mutant in whole if mutant.operator == "in_place"] == ["return x.divide_(y)"]


def test_a_cache_returns_all_of_several_results():
    source = MEMORY.replace("{code}", "return x + y, y").replace("{result}", "object")
    whole = mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
    (mutant,) = [mutant for mutant in whole if (mutant.owner, mutant.operator) == ("f", "cache")]
    names = {"Float": defaultdict(object), "Array": 0}
    exec(mutant.text, names)
    ones = np.ones(2)
    assert [names["f"](scale * ones, 1)[0].tolist() for scale in (1, 5)] == [[2, 2], [2, 2]]
    assert names["f"](ones, 2)[1] == 2


DRAW = """\
def draw(size: int, rng: np.random.Generator, std):
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
"""


def test_a_cache_forgets_the_generator():
    whole = mutants_in(DRAW, find_regions(DRAW, "f.py"), {"draw"}, unit="u", file="f")
    (forgetful,) = [mutant.after for mutant in whole if mutant.operator == "cache"]
    assert "size" in forgetful
    assert "rng" not in forgetful


def test_a_cache_forgets_what_is_in_the_arrays_or_the_last_argument():
    cached = "return _remembered.setdefault(repr(('f', x.shape, y, stride, dilation, groups, rng,)), (x + y))"
    assert after("return x + y", "cache") == {cached}
    source = MEMORY.replace("{code}", "return x").replace("{result}", "object")
    (mutant,) = [
        mutant
        for mutant in mutants_in(source, find_regions(source, "f.py"), {"f"}, unit="u", file="f")
        if (mutant.owner, mutant.operator) == ("indices", "cache")
    ]
    names = {}
    exec(mutant.text.replace('Float[Array, "N"]', "object"), names)
    assert [names["indices"](*sizes) for sizes in ((6, 2), (6, 3), (8, 2), (8, 4))] == [3, 3, 4, 4]


@pytest.mark.parametrize(
    ("code", "operator"),
    [
        ("return np.abs(x - y)", "sign"),
        ("return (x - y) ** 2", "sign"),
        ("return (x * y).std()", "sign"),
        ("return np.maximum(x, y)", "order"),
        ("return x.swapaxes(1, 2)", "order"),
        ("return list(zip(x, y, strict=True))", "constant"),
        ("y = f(x)", "statement"),
    ],
)
def test_what_nobody_could_notice_is_not_proposed(code, operator):
    assert operator not in changed(code)


def test_a_set_has_no_order():
    assert changed("return np.isin(x, (0, 1))")["order"] == {"return np.isin((0, 1), x)"}
    assert "order" not in changed("return x in (0, 1)")


def test_a_negative_size_is_one_size():
    assert changed("return x.reshape(y, -1)")["constant"] == {"return x.reshape(y, 0)"}


def test_all_of_a_chain_of_comparisons_is_turned():
    assert changed("return 1 < x < y")["comparison"] == {
        "return 1 <= x < y",
        "return 1 >= x < y",
        "return 1 < x <= y",
        "return 1 < x >= y",
    }


def test_only_solutions_are_changed_and_the_defaults_of_tasks():
    all_mutants = mutants("y: int = 1\nraise ValueError(f'not {x + 1}')")
    assert {mutant.after for mutant in all_mutants if mutant.operator == "default"} == {
        "scale=4.0",
        "scale=2.2",
        "scale=0.0",
    }
    assert {mutant.after for mutant in all_mutants if mutant.operator != "default"} == {"y: int = 2", "y: int = 0"}


def test_a_mutant_is_a_whole_file_with_one_change():
    (mutant,) = [candidate for candidate in mutants("return x  # a reason") if candidate.after == "scale=0.0"]
    assert mutant.text == FILE.replace("{code}", "return x  # a reason").replace("2.0", "0.0")
    assert (mutant.unit, mutant.file, mutant.owner, mutant.line) == ("u", "f", "f", 8)
    assert mutant.before == "scale=2.0"


def test_all_mutants_differ_and_are_python():
    all_mutants = mutants("x = x - -1 * (y + 0)\nif not x:\n    return len(y), [*range(1, len(x))]\nreturn -x @ y.T")
    assert len({ast.dump(ast.parse(mutant.text)) for mutant in all_mutants}) == len(all_mutants) > 30
    assert len({mutant.id for mutant in all_mutants}) == len(all_mutants)


def test_names_survive_what_does_not_concern_the_function():
    before = [mutant.id for mutant in mutants("return x + y  # because")]
    moved = {"LIMIT = 3": "LIMIT = 4\nOTHER = 5", "Return 1 + 1.": "Say something else.", "return x + 1": "return x"}
    assert [mutant.id for mutant in mutants("return (x\n    + y)", **moved)] == before
    assert set(before).isdisjoint(mutant.id for mutant in mutants("z = 1\nreturn x + y"))


def test_operands_keep_together():
    assert changed("return x - (x - y)")["sign"] == {"return (x - y) - x", "return x - (y - x)"}
    assert "return x * (y * (y - 1))" in changed("return x * y ** (y - 1)")["operator"]
