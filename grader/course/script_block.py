"""The lines with which a stub runs as a script: `python gates.py`, or an editor's Run button.

They stand above the imports, since Python does not find a file's siblings (`from .neuron import step`) in a script.
"""

import ast

from grader.course.reading import parsed

BLOCK = """\
if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()
"""


def with_script_block(text: str, name: str) -> str:
    """Return a stub with the lines below its docstring.

    Parameters
    ----------
    text : str
    name : str
        The file's name for messages.

    Raises
    ------
    CourseError
        If it is not valid Python.

    Examples
    --------
    >>> print(with_script_block("import numpy\\n", "first.py").splitlines()[0].partition("  #")[0])
    if __name__ == "__main__":
    """
    if BLOCK in text:
        return text
    lines, end = text.split("\n"), _end_of_head(text, name)
    gap = [""] if end else []
    return "\n".join([*lines[:end], *gap, *BLOCK.rstrip("\n").split("\n"), *([] if end else [""]), *lines[end:]])


def lines_of_block(text: str) -> range:
    """Return the places of these lines in a text, from 0; none if it does not have them.

    Examples
    --------
    >>> lines_of_block("import numpy"), len(lines_of_block(with_script_block("x = 1", "first.py")))
    (range(0, 0), 4)
    """
    block = BLOCK.rstrip("\n")
    first = text[: text.find(block)].count("\n")
    return range(first, first + block.count("\n") + 1) if block in text else range(0)


def _end_of_head(text: str, name: str) -> int:
    """Return the number of lines that a file's docstring and its future imports take."""
    end = 0
    for number, node in enumerate(parsed(text, name).body):
        is_docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        end = node.end_lineno or node.lineno
    return end
