"""Measures how a package is cut: `python -m tests.house.measure [FOLDER]` prints the table of docs/architecture.md.

Code is what is neither docstring nor comment nor blank line; a function is as long as its code, head included.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

LONG = 40  # lines of code of a function
SMALL = 60  # lines of a module, all counted
ENTRIES = ("__init__.py", "__main__.py")
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Module:
    """One file.

    Attributes
    ----------
    name : str
    lines : int
        All of them.
    code : frozenset of int
        The numbers of the lines with code.
    comments : int
        Lines with a comment.
    functions : dict of str to int
        Lines of code by name.
    """

    name: str
    lines: int
    code: frozenset[int]
    comments: int
    functions: dict[str, int]


def read(path: Path) -> Module:
    """Measure one file."""
    text = path.read_text(encoding="utf-8")
    tree, tokens = ast.parse(text), list(tokenize.generate_tokens(io.StringIO(text).readline))
    written = {line for token in tokens if token.type not in LAYOUT for line in _lines(token)}
    code = frozenset(written - {line for node in ast.walk(tree) for line in _docstring(node)})
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    return Module(path.name, text.count("\n"), code, len(comments), _functions(tree, code))


def _lines(token: tokenize.TokenInfo) -> range:
    return range(token.start[0], token.end[0] + 1)


def _docstring(node: ast.AST) -> range:
    if not isinstance(node, WITH_DOCSTRING) or ast.get_docstring(node, clean=False) is None:
        return range(0)
    return range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)


def _functions(tree: ast.Module, code: frozenset[int]) -> dict[str, int]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {
        f"{node.name}:{node.lineno}": len(code.intersection(range(node.lineno, (node.end_lineno or 0) + 1)))
        for node in functions
    }


def modules(folder: Path) -> list[Module]:
    """Measure every Python file below a folder."""
    return [read(path) for path in sorted(folder.rglob("*.py"))]


def modules_with_tall_functions(folder: Path) -> list[Module]:
    """Measure the files below a folder that have a function of more than `LONG` lines, all counted."""
    return [read(path) for path in sorted(folder.rglob("*.py")) if _is_tall(ast.parse(path.read_text("utf-8")))]


def _is_tall(tree: ast.Module) -> bool:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any((node.end_lineno or 0) - node.lineno >= LONG for node in functions)


def long_functions(measured: list[Module]) -> list[str]:
    """Name the functions over `LONG` lines."""
    return [
        f"{module.name}:{name}" for module in measured for name, length in module.functions.items() if length > LONG
    ]


def rows(measured: list[Module]) -> Iterator[tuple[str, str]]:
    """Yield what the table says, row by row."""
    code = sum(len(module.code) for module in measured)
    lengths = sorted(length for module in measured for length in module.functions.values())
    small = [module for module in measured if module.lines < SMALL and module.name not in ENTRIES]
    yield "files", f"{len(measured)}"
    yield "lines of code", f"{code:,}"
    yield "code per file", f"{code / len(measured):.0f}"
    yield (
        "function: median / p90 / longest",
        f"{median(lengths):.0f} / {quantiles(lengths, n=10)[-1]:.0f} / {lengths[-1]}",
    )
    yield f"functions over {LONG} lines", f"{len(long_functions(measured))}"
    yield "lines with a comment per line of code", f"{sum(module.comments for module in measured) / code:.1%}"
    yield f"modules under {SMALL} lines", f"{len(small)}"


def main(folders: list[str]) -> None:
    """Print the table, a column for each folder."""
    columns = [dict(rows(modules(Path(folder)))) for folder in folders or ["grader"]]
    print("| | " + " | ".join(folders or ["grader"]) + " |\n|---|" + "--:|" * len(columns))
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
