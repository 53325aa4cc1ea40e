"""Requires: nobody decides by the words of a sentence that another part of the engine, or a student, has written.

Catches: `test.feedback.message.startswith(...)`, `PATTERN.search(str(error))`, `"memory" in told.reason`, and the like.

What it sees: fields and parameters that hold sentences by their names (`SENTENCES`), the text of exceptions
(`str(error)`), and within one function whatever is made of them. It does not see a sentence that goes to another
function under a name of another kind, and it leaves what only shortens or wraps a text for people.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader

PACKAGE = Path(grader.__file__).parent

SENTENCES = {"message", "msg", "reason", "remark", "review", "differs", "likely", "timed", "printed", "where"}
SEARCHES = {"startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind", "index", "rindex"}
SEARCHES |= {"count", "partition", "rpartition", "split", "rsplit"}
PATTERNS = {"match", "search", "fullmatch", "findall", "finditer"}
ERRORS = {"error", "exception", "raised", "failure", "stub"}

ALLOWED = {
    "cli/author.py": {"problem.where.replace('.', '/').replace(',', '/').split('/')": "a place is no sentence"},
    "course/toml_reading.py": {
        "str(error).partition(' - at ')": "msgspec tells the path nowhere else",
        "re.search(' \\\\(at line (\\\\d+), column (\\\\d+)\\\\)$', message)": "tomllib tells the place nowhere else",
        "message.removesuffix(' (at end of document)')": "tomllib tells the place nowhere else",
    },
    "proof/expectation.py": {"result.remark.startswith(expected.remark)": "the remark itself is what is tested"},
    "worker/small_pytest.py": {"re.search(self._match, str(error))": "it is what the student's own test asks for"},
    "sandbox/channel.py": {"STACK_HEADER in printed": "faulthandler says in no other way that its stack begins"},
    "worker/failures.py": {
        "text in _text(error)": "torch raises a plain RuntimeError",
    },
    "worker/advice.py": {
        "'is not callable' in str(error)": "Python raises a plain TypeError",
        "_OF_A_METHOD.match(str(error))": "Python raises a plain TypeError, which names the method nowhere else",
    },
    "worker/syntax_advice.py": dict.fromkeys(
        (
            "message.startswith('f-string: ')",
            "message.startswith('invalid syntax')",
            "message.startswith('unindent does not match')",
        ),
        "Python's parser tells apart its errors nowhere else",
    ),
}
"""By module: the searches that it has to make, or that are none, and why."""

OFFENCES = [
    'return test.feedback.message.startswith("loading")',
    'return "is missing" in test.feedback.message',
    "return PATTERN.search(str(error))",
    'return test.remark == "timed out"',
    'return [m for m in (t.feedback.message for t in test) if m.endswith("missing")]',
    "told = test.message or ''; return PATTERN.match(told)",
    'if (told := test.feedback.where[-1]).partition(":")[0]: pass',
    'return reason.startswith("line ")',
]
INNOCENT = [
    'return name.startswith("test_")',
    "return test.feedback.message",
    'return test.message != "" and f"{test.message}: {error}"',
    "return test.feedback.cause.kind",
]


class Searches(ast.NodeVisitor):
    """Finds searches of sentences, function by function."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.searches: list[tuple[int, str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look at a function with what its own names hold."""
        outer, parameters = (
            self.names,
            [argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)],
        )
        self.names = outer | (SENTENCES & set(parameters))
        while new := set(self._made_of_sentences(node)) - self.names:
            self.names |= new
        self.generic_visit(node)
        self.names = outer

    def visit_Call(self, node: ast.Call) -> None:
        """Find methods that search, and patterns that are matched."""
        if isinstance(node.func, ast.Attribute):
            is_search = node.func.attr in SEARCHES and self.is_sentence(node.func.value)
            is_match = node.func.attr in PATTERNS and any(map(self.is_sentence, node.args))
            if is_search or is_match:
                self.searches.append((node.lineno, ast.unparse(node)))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Find `word in sentence`, and sentences that are compared with a constant."""
        for operator, left, right in zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False):
            is_search = isinstance(operator, ast.In | ast.NotIn) and self.is_sentence(right) and is_text(left)
            is_equal = isinstance(operator, ast.Eq | ast.NotEq) and self.is_sentence(left) and is_text(right)
            if is_search or is_equal:
                self.searches.append((node.lineno, ast.unparse(node)))
        self.generic_visit(node)

    def is_sentence(self, node: ast.AST) -> bool:
        """Tell whether an expression is a sentence, or a text that is made of one."""
        if isinstance(node, ast.Attribute):
            is_text_of_self = node.attr == "text" and isinstance(node.value, ast.Name) and node.value.id == "self"
            return node.attr in SENTENCES or is_text_of_self
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Call):
            return self._is_text_of(node)
        return any(map(self.is_sentence, parts_of(node)))

    def _is_text_of(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Name) and call.func.id in ("str", "_text"):
            return any(isinstance(argument, ast.Name) and argument.id in ERRORS for argument in call.args)
        return isinstance(call.func, ast.Attribute) and self.is_sentence(call.func.value)

    def _made_of_sentences(self, function: ast.AST) -> Iterator[str]:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and self.is_sentence(node.value):
                yield from (name.id for target in node.targets for name in names_in(target))
            elif isinstance(node, ast.NamedExpr) and self.is_sentence(node.value):
                yield node.target.id
            elif isinstance(node, ast.For | ast.comprehension) and self.is_sentence(node.iter):
                yield from (name.id for name in names_in(node.target))


def parts_of(node: ast.AST) -> list[ast.expr]:
    """Return the parts of an expression that it is made of."""
    if isinstance(node, ast.Subscript | ast.Starred | ast.NamedExpr):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.elt] if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp) else []


def names_in(node: ast.AST) -> Iterator[ast.Name]:
    return (name for name in ast.walk(node) if isinstance(name, ast.Name))


def is_text(node: ast.AST) -> bool:
    """Tell whether an expression is a fixed text: a literal that is not empty, or a constant by its name."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes) and bool(node.value)
    return isinstance(node, ast.Name) and (node.id.isupper() or node.id in ("text", "word", "words"))


def searches_in(source: str) -> list[tuple[int, str]]:
    finder = Searches()
    finder.visit(ast.parse(source))
    return finder.searches


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sentence_is_searched_for_another_one_s_words(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    searches = searches_in(path.read_text(encoding="utf-8"))
    assert [place for place in searches if place[1] not in ALLOWED.get(name, {})] == []
    stale = ALLOWED.get(name, {}).keys() - {search for _, search in searches}
    assert stale == set(), "it does so no more: take it off the list"


@pytest.mark.parametrize("statement", OFFENCES)
def test_a_search_is_found(statement: str) -> None:
    assert searches_in(f"def decide(test, error, PATTERN, reason):\n    {statement}\n")


@pytest.mark.parametrize("statement", INNOCENT)
def test_what_searches_no_sentence_is_left_alone(statement: str) -> None:
    assert not searches_in(f"def decide(test, error, name):\n    {statement}\n")
