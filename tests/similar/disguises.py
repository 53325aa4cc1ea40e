"""What plagiarists do to a file: renamed names, another order, another formatting, comments in another language."""

import ast
import builtins
import io
import keyword
import random
import tokenize
from collections.abc import Callable, Iterator

Disguise = Callable[[str], str]
WORDS = ("Wert", "Summe", "Liste", "Zeile", "Ergebnis", "Gewicht", "Schritt", "Teil")
REMARK = "hier wird der Wert berechnet"


def renamed(source: str) -> str:
    """Return a file with other names for local variables, parameters and helpers."""
    tree = ast.parse(source)
    stores = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    parameters = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    helpers = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("_")]
    kept = {"self", "cls", *dir(builtins), *keyword.kwlist}
    names = [name for name in dict.fromkeys([*stores, *parameters, *helpers]) if name not in kept]
    return _with_names(source, {name: f"{WORDS[n % len(WORDS)].lower()}_{n}" for n, name in enumerate(names)})


def _with_names(source: str, names: dict[str, str]) -> str:
    before, tokens = "", []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if token.type == tokenize.NAME and before != ".":
            text = names.get(text, text)
        tokens.append((token.type, text))
        before = token.string
    return tokenize.untokenize(tokens)


def reordered(source: str) -> str:
    """Return a file with its functions, and those of each class, in another order."""
    tree = ast.parse(source)
    for scope in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        functions = [node for node in scope.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        random.Random(len(functions)).shuffle(functions)
        others = [node for node in scope.body if node not in functions]
        scope.body = [*others, *functions]
    return ast.unparse(tree)


def reformatted(source: str) -> str:
    """Return a file with narrow indentation, blank lines, and brackets around what is returned."""
    lines = ast.unparse(ast.parse(source)).split("\n")
    return "\n\n".join(_reformatted(lines)) + "\n"


def _reformatted(lines: list[str]) -> Iterator[str]:
    for line in lines:
        bare = line.lstrip()
        margin = " " * ((len(line) - len(bare)) // 2)
        value = bare.removeprefix("return ")
        is_whole = bare.startswith("return ") and _is_expression(value)
        yield f"{margin}return (\n{margin}      {value}\n{margin})" if is_whole else margin + bare


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return "," not in text


def translated(source: str) -> str:
    """Return a file with other comments and docstrings, and a remark above every function."""
    tokens, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string
        if token.type == tokenize.COMMENT:
            text = f"# {REMARK}"
        if token.type == tokenize.STRING and before in (tokenize.INDENT, tokenize.NEWLINE):
            text = f'"""{REMARK.title()}.\n\n    Und noch eine Zeile.\n    """'
        tokens.append((token.type, text))
        before = token.type if token.type != tokenize.NL else before
    return tokenize.untokenize(tokens)


def padded(source: str) -> str:
    """Return a file with an idle statement after every third line of a function."""
    tree = ast.parse(source)
    for node in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        body = []
        for number, statement in enumerate(node.body):
            body += [*ast.parse(f"checked_{number} = True").body] * (number % 3 == 1) + [statement]
        node.body = body
    return ast.unparse(tree)


def combined(source: str) -> str:
    """Return a file with everything done to it at once."""
    return translated(reformatted(reordered(padded(renamed(source)))))


DISGUISES: dict[str, Disguise] = {
    "renamed": renamed,
    "reordered": reordered,
    "reformatted": reformatted,
    "translated": translated,
    "renamed and reordered": lambda source: reordered(renamed(source)),
    "all four, and padded": combined,
}
