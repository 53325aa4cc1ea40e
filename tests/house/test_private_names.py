"""Private names of other packages that the engine uses: all are in one list, and the installed versions have them.

Their packages have upper bounds in pyproject.toml: a new major version is tried before it is allowed.
"""

import ast
import contextlib
import importlib.util
import pkgutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGES = {"_pytest": "pytest", "pytest": "pytest", "hypothesis": "hypothesis", "torch": "torch"}
PRIVATE = {
    "_pytest.runner.runtestprotocol": "runs one collected test; the hook around it also writes to the terminal",
    "hypothesis.internal.conjecture.providers.AVAILABLE_PROVIDERS": "the registry, as its documentation says",
    "hypothesis.internal.conjecture.providers.HypothesisProvider": "draws as hypothesis does",
    "hypothesis.internal.constants_ast.Constants": "what a provider without constants from modules has",
    "torch._C": "which of torch's functions are Python's own",
    "torch._C._VariableFunctions": "torch's operators by name",
    "torch._C._dispatch_get_all_op_names": "the dispatcher's operators, some of which a task forbids",
    "torch._C._dispatch_library": "replaces the kernel of a forbidden operator",
    "torch.UntypedStorage._new_shared_cuda": "opens memory of the card that another process has lent",
    "torch._dynamo": "imported by optimizers when they are first used: before the fork rather than after it",
}


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield what a module takes from inside of the packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def is_private(name: str) -> bool:
    """Tell whether a dotted name goes through a private part of one of the packages."""
    root, *parts = name.split(".")
    inside = [part for part in (root, *parts) if part.startswith("_") and not part.endswith("__")]
    return root in PACKAGES and bool(inside or "internal" in parts)


def used() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "grader").rglob("*.py"))
    return {name for tree in trees for name in private_names(tree) if is_private(name)}


def test_the_list_is_complete() -> None:
    assert used() == set(PRIVATE)


@pytest.mark.parametrize("name", PRIVATE)
def test_the_installed_packages_have_what_is_used(name: str) -> None:
    with contextlib.suppress(ModuleNotFoundError):  # of a name that is no module's
        if importlib.util.find_spec(name):  # without importing it: some are heavy
            return
    pkgutil.resolve_name(name)


def test_providers_still_ask_for_constants_where_ours_has_none() -> None:
    from hypothesis.internal.conjecture.providers import HypothesisProvider

    from grader.judge.cases import SeededProvider

    assert "_local_constants" in vars(HypothesisProvider)
    assert "_local_constants" in vars(SeededProvider)


def test_packages_with_private_names_have_an_upper_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = {one.name: one for one in map(Requirement, project["dependencies"])}
    for package in {PACKAGES[name.partition(".")[0]] for name in PRIVATE}:
        assert any(part.operator == "<" for part in requirements[package].specifier), package
