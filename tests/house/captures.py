"""Pictures of README.md, made from what the commands print and draw: `python -m tests.house.captures`.

`make pictures` runs it; a test behind the door runs it again and compares the texts. A class is graded for them, which
takes some minutes.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
STUDENTS, ROWS = "40", 12
GRADED = "perceptron"
COLUMNS = 88
SECRET = "of the makefile"
MILESTONE_OF = "convolution"
COURSE = ("course.toml", "datasets", "exercises", "solutions", "tests/hidden")
MISTAKE = ("filters = w.reshape(", "filters = w[:, :, ::-1, ::-1].reshape(")  # a kernel that is flipped
GRADE = """
from grader.cli.screen import Screen
Screen.is_live = property(lambda screen: False)  # progress bars are no part of a picture
from grader.cli import main
main()
"""
SVG = "{http://www.w3.org/2000/svg}"


def main(names: Sequence[str]) -> None:
    """Write the pictures with these names, or all of them."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        course = copy_of_the_course(Path(folder) / "course")
        for name in names or DRAWN:
            (PICTURES / f"{name}.svg").write_text(DRAWN[name](course), encoding="utf-8")
            print(f"written: docs/pictures/{name}.svg")


def text_of(picture: str) -> str:
    """Return the words of a picture, a line for each height."""
    lines: dict[str, list[str]] = {}
    for element in ElementTree.fromstring(picture).iter(f"{SVG}text"):
        lines.setdefault(element.get("y", ""), []).append("".join(element.itertext()).replace("\xa0", " "))
    return "\n".join("".join(parts).rstrip() for parts in lines.values())


def copy_of_the_course(folder: Path) -> Path:
    """Copy what grading reads, so that nothing is written into the checkout."""
    for name in COURSE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder


def _failure(course: Path) -> str:
    """Return what a student with a flipped kernel sees, down to the first failing test."""
    stub = course / "exercises/convolution/conv.py"
    untouched = stub.read_text(encoding="utf-8")
    text = (course / "solutions/convolution/conv.py").read_text(encoding="utf-8")
    assert MISTAKE[0] in text, "the solution no longer has the line that is made wrong here"
    stub.write_text(text.replace(*MISTAKE, 1), encoding="utf-8")
    lines = _printed(course, "run", "conv2d_forward").splitlines()
    stub.write_text(untouched, encoding="utf-8")
    last = next(line for line in reversed(lines) if line.strip())
    tests = [number for number, line in enumerate(lines) if line.startswith("  ") and "✗" in line]
    return _terminal("grade run conv2d_forward", [*lines[: tests[1]], "  …", "", last])


def _class(course: Path) -> str:
    """Return the table of a simulated class, without the lines that tell how long it took."""
    _printed(course, "simulate", "class", "--students", STUDENTS, "--unit", GRADED)
    lines = _printed(course, "autograde", "class", "--unit", GRADED).splitlines()
    kept = [line for line in lines if not re.search(r"\d m?s\b|time goes", line)]
    people = [number for number, line in enumerate(kept) if re.match(r"s\d+ ", line)]
    return _terminal("grade autograde class", [*kept[: people[ROWS]], "…", *kept[people[-1] + 1 :]])


def _printed(course: Path, *arguments: str) -> str:
    """Return what a command prints, with its colours."""
    settings = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "DEEPGRADE_SECRET": SECRET, "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", GRADE, *arguments]
    done = subprocess.run(command, cwd=course, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def _terminal(command: str, lines: list[str]) -> str:
    """Return a terminal as SVG that needs no font from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi("\n".join([*lines, ""])))  # the picture cuts the last line off at its letters' feet
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    return console.export_svg(title=command, theme=DEFAULT_TERMINAL_THEME, code_format=form, unique_id="terminal")


def _heat_map(course: Path) -> str:
    """Return the class report's map of one unit's mistakes, on white; the class is that of `_class`."""
    _printed(course, "report")
    page = (course / "results/report/class.html").read_text(encoding="utf-8")
    (figure,) = re.findall(r"<figure[^>]*for each mistake[^>]*>(<svg.*?</svg>)", page, re.DOTALL)
    return str(figure).replace(">", '><rect width="100%" height="100%" fill="#ffffff"/>', 1)


def _milestone(course: Path) -> str:
    """Return what `grade show` draws when a unit is done."""
    _printed(course, "show", MILESTONE_OF, "--solutions")
    return (course / f"{MILESTONE_OF}.svg").read_text(encoding="utf-8")


DRAWN: Mapping[str, Callable[[Path], str]] = {
    "failure": _failure,
    "class": _class,
    "heat_map": _heat_map,
    "milestone": _milestone,
}
"""Pictures in the order in which they are drawn."""


if __name__ == "__main__":
    main(sys.argv[1:])
