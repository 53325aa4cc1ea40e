"""Requires: what a verdict means stands in one table, and nowhere else.

Catches: a verdict without a row; a module with a set of verdicts of its own, which the next verdict is forgotten in.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.records import MEANINGS, Look, Verdict
from grader.report.screens import ASCII, LOOKS, UNICODE

ROOT = Path(__file__).parents[2]
TABLE = "grader/records/verdicts.py"
MOST = 2  # verdicts that one expression may name: three are a set, and a set has a meaning


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_row(verdict: Verdict) -> None:
    meaning = verdict.meaning
    assert meaning is MEANINGS[verdict]
    assert meaning.look is Look.RIGHT or meaning.words or meaning.remark


def test_the_columns_agree_with_one_another() -> None:
    for verdict, meaning in MEANINGS.items():
        assert not (meaning.blames_code and meaning.costs_nothing), verdict
        assert not (meaning.blames_code and meaning.clears_solution), verdict
        assert meaning.tried_again or not meaning.tried_alone, verdict
        assert meaning.ran or meaning.costs_nothing, verdict


@pytest.mark.parametrize("look", Look)
def test_every_look_has_a_sign_and_a_colour(look: Look) -> None:
    sign, colour = LOOKS[look]
    assert getattr(UNICODE, sign)
    assert getattr(ASCII, sign)
    assert colour


def test_no_other_module_spells_a_set_of_verdicts() -> None:
    sets = [place for path in sorted((ROOT / "grader").rglob("*.py")) for place in sets_of_verdicts(path)]
    assert [place for place in sets if not place.startswith(TABLE)] == []
    assert sets, "the table itself is one: else this test looks for nothing"


def sets_of_verdicts(path: Path) -> Iterator[str]:
    """Yield the places of expressions that name more verdicts than `MOST`."""
    text = path.read_text(encoding="utf-8")
    if text.count("Verdict.") <= MOST:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.expr) and len(named_in(node)) > MOST:
            yield f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"


def named_in(expression: ast.expr) -> set[str]:
    return {
        node.attr
        for node in ast.walk(expression)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Verdict"
    }
