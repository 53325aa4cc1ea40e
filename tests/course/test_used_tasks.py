"""Requires: a unit's milestone uses every task of the unit, or the task is listed here with a reason.

A task is used if the milestone's code names it, or the code of a function does that the milestone uses. Of a table of
functions, those entries are used whose key the milestone spells out, and all of them where it loops over the table.
Timed tasks (`fast.py`) are left out: their workloads use them.

Catches: tasks that students write and never see at work; reasons that are left over.
"""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = tomllib.loads((ROOT / "course.toml").read_text())["course"]["units"]
NOT_THE_UNIT = ("milestone", "picture", "workloads", "fast")

SOFTMAX = "It acts on all scores of an example together and is no layer's activation: `fast.py` computes its loss."
PRELU = "Its slope is a parameter: the milestone's networks have none but weights. With a fixed slope it is leaky ReLU."
UNIFORM = "It has the variance of its normal twin, which the milestone draws: the curves would lie on each other."
LAYER_NORM = "It needs no batch, which is what recurrent networks and attention want; here the batch is the subject."
UNUSED = {
    "activations": {
        "softmax_activation": SOFTMAX,
        "softmax_gradient": SOFTMAX,
        "log_softmax_activation": SOFTMAX,
        "log_softmax_gradient": SOFTMAX,
        "prelu_activation": PRELU,
        "prelu_gradient": PRELU,
        "softmax_triton": "It is optional, and a kernel: without Triton the milestone could not be drawn.",
    },
    "initialization": {
        "xavier_uniform": UNIFORM,
        "he_uniform": UNIFORM,
        "trunc_normal": "A normal distribution without its tails: with its deviation, the curve is the same.",
    },
    "dropout_batchnorm": {"layer_norm_forward": LAYER_NORM, "layer_norm_backward": LAYER_NORM},
    "convolution": {
        "conv2d_naive": "The layer in loops, by which the fast one is understood: it would train for an hour.",
        "avg_pool2d_forward": "LeNet-5 averaged; the LeNet here takes maxima, and the other network global means.",
        "avg_pool2d_backward": "As its forward pass: one pooling is enough for one network.",
    },
    "embeddings": {
        "one_hot": "The product that a lookup replaces: the handout's picture draws it, no program uses it."
    },
    "architectures": {
        "receptive_field": "A plan's reach is worked out on paper, in the handout: no program asks for it.",
        "dense_block_forward": "The handout's picture draws it: a second network by depth would show the same.",
        "dense_block_backward": "As its forward pass.",
        "squash_forward": "Capsules are told of and built: to train them takes longer than a milestone may.",
        "squash_backward": "As its forward pass.",
        "dynamic_routing": "As the squashing that it calls.",
        "capsule_margin_loss": "As the capsules that it trains.",
    },
    "optimizers": {"step_decay": "The plan that a cosine has replaced: the readers follow the cosine."},
}


def tasks_of(unit: str) -> list[str]:
    """Return the names of a unit's tasks that are neither timed nor tests of another task."""
    entries = tomllib.loads((ROOT / "exercises" / unit / "unit.toml").read_text())["task"]
    return [entry["name"] for entry in entries if entry["file"] not in ("fast", "my_tests")]


def names_in(tree: ast.AST) -> set[str]:
    """Return all names and attributes in a piece of code."""
    nodes = list(ast.walk(tree))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def words_in(tree: ast.AST) -> set[str]:
    """Return all strings in a piece of code."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def looped_over(tree: ast.AST) -> set[str]:
    """Return the names of what the loops of a piece of code go through, by themselves or in `filter(..., TABLE)`."""
    loops = [node.iter for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    inner = [argument for loop in loops if isinstance(loop, ast.Call) for argument in loop.args]
    return {loop.id for loop in (*loops, *inner) if isinstance(loop, ast.Name)}


def definitions(sources: list[str], milestone: ast.AST) -> dict[str, set[str]]:
    """Return, by the name of every function, class and table of a unit, what names it uses."""
    words, loops, named = words_in(milestone), looped_over(milestone), {}
    for node in (node for source in sources for node in ast.parse(source).body):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                named[name] = names_in(node)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as table)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as table)
            ):
                pairs = zip(table.keys, table.values, strict=True)
                entries = [value for key, value in pairs if name in loops or words_in(key) & words]
                named[name] = set().union(*map(names_in, entries))
    return named


def names_used(milestone: str, sources: list[str]) -> set[str]:
    """Return the names that a milestone uses, directly or through the functions and tables that it uses."""
    tree = ast.parse(milestone)
    named, used, waiting = definitions(sources, tree), set(), names_in(tree)
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= named.get(name, set()) - used
    return used


@pytest.mark.parametrize("unit", UNITS)
def test_every_task_is_used_in_the_milestone_or_listed_with_a_reason(unit):
    folder = ROOT / "solutions" / unit
    sources = [path.read_text() for path in folder.glob("*.py") if path.stem not in NOT_THE_UNIT]
    used = names_used((folder / "milestone.py").read_text(), sources)
    assert sorted(set(tasks_of(unit)) - used) == sorted(UNUSED.get(unit, {}))


SOURCES = [
    "def one(x):\n    return inner(x)\ndef alone(x):\n    return other(x)",
    "TABLE = {'a': (first, last), 'b': second}",
]


@pytest.mark.parametrize(
    ("milestone", "used", "unused"),
    [
        ("one(3)", {"one", "inner"}, {"alone", "other", "first"}),
        ("TABLE['a'](3)", {"first", "last"}, {"second"}),
        ("[run(name) for name in TABLE]", {"first", "last", "second"}, {"one"}),
        ("[run(name) for name in filter(is_written, TABLE)]", {"first", "last", "second"}, {"one"}),
        ("from .solution import one", set(), {"one", "inner"}),
    ],
)
def test_names_are_used_directly_through_functions_and_through_tables(milestone, used, unused):
    names = names_used(milestone, SOURCES)
    assert used <= names
    assert not unused & names
