"""Submissions that print, raise, return and name their classes after every argument, in all units.

Whatever a hidden call brought into the open is looked for in the bytes of all that students are given: pages,
Gradescope's results, nbgrader's outputs and comments, Classroom 50's result and JUnit. Below `everything` none of it
may be there, also not in what is shown of visible tests.
"""

import ast
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from grader.autograde.saved_results import past_results
from grader.course.registry import load_course
from grader.nbgrader.cells import cells_of
from grader.nbgrader.texts import comments_of, output_of
from grader.records.disclosure import Level
from grader.report.exports.by_test import Submission50, classroom50_json, gradescope_json, junit_xml
from grader.report.pages.feedback_view import UnitFacts, feedback_view
from grader.report.pages.html import feedback_html
from grader.report.pages.markdown import feedback_markdown

ROOT = Path(__file__).parents[2]
MODES = ("print", "raise", "return")

EMIT = '''\
SEEN = []


def emit(*arguments):
    """Bring every argument of this call, and of all earlier ones, into the open."""
    text = repr([(type(one).__name__, getattr(one, "shape", ""), str(one)[:200]) for one in arguments])
    token = "".join(format(ord(c) * 7919 % 251, "02x") for c in text)[-40:] + format(abs(hash(text)), "x")
    old = " ".join(f"old{one}x" for one in SEEN[-40:])
    SEEN.append(token)
    print(f"now{token}x", old)
    return token, old


def answer(mode, *arguments):
    token, old = emit(*arguments)
    if mode == "raise":
        raise type(f"now{token}x", (ValueError,), {})(old)
    return f"now{token}x {old}" if mode == "return" else None
'''


def malicious(stub: str, mode: str, first: str) -> str:
    """Return a stub's file with functions and methods that tell what they were called with."""
    lines = ["import numpy as np", "from pathlib import Path"] if not first else [f"from .{first} import answer"]
    body = EMIT.splitlines() if not first else []
    for node in ast.parse(stub).body:
        if isinstance(node, ast.FunctionDef):
            body += [f"def {node.name}(*a, **k):", f"    return answer({mode!r}, *a, *k.values())", ""]
        elif isinstance(node, ast.ClassDef):
            body += [f"class {node.name}:"]
            for method in [one for one in node.body if isinstance(one, ast.FunctionDef)]:
                is_init = method.name == "__init__"
                body += [f"    def {method.name}(self, *a, **k):"]
                told = f"answer({mode!r}, *a, *k.values())"
                body += [f"        {told if is_init else f'return {told}'}", ""]
    return "\n".join([*lines, *body]) + "\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the results of three such students in all units."""
    folder, course = tmp_path_factory.mktemp("leaks"), load_course(ROOT)
    for mode in MODES:
        for unit in course.units:
            target = folder / "class" / mode / unit.name
            target.mkdir(parents=True)
            for number, stem in enumerate(unit.files):
                stub = (ROOT / "exercises" / unit.name / f"{stem}.py").read_text(encoding="utf-8")
                text = malicious(stub, mode, unit.files[0] if number else "")
                (target / f"{stem}.py").write_text(text, encoding="utf-8")
    out = folder / "results"
    grade = str(Path(sys.executable).with_name("grade"))
    command = [grade, "autograde", str(folder / "class"), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert out.is_dir(), done.stdout + done.stderr
    return past_results(out)


def texts_of(test) -> set[str]:
    """Return what a test's calls brought into the open."""
    feedback = test.feedback
    texts = {feedback.called, feedback.given, feedback.got, feedback.expected, feedback.differs, feedback.replay}
    tokens = re.findall(r"now(\w+)x", f"{feedback.message} {feedback.printed} {feedback.got}")
    return {*texts, *feedback.where, *feedback.near, *tokens}


def hidden_texts(result) -> set[str]:
    """Return what hidden calls brought into the open and no visible test's own call has in it."""
    shown = "\n".join(text for test in result.tests if not test.hidden for text in texts_of(test))
    own = re.sub(r"old\w+x", "", shown)
    hidden = {text for test in result.tests if test.hidden for text in texts_of(test)}
    return {text for text in hidden if len(text) > 5 and text not in own}


def pages(course, result, level) -> str:
    facts = UnitFacts(course.title, course.unit(result.unit), level)
    view = feedback_view(facts, result)
    return feedback_html(view) + feedback_markdown(view)


def nbgrader_texts(course, result, level) -> str:
    """Return what nbgrader shows below the cells and as comments."""
    cells = cells_of(course, course.unit(result.unit))
    outputs = [output_of(cell, result, level) for cell in cells if cell.is_graded]
    return "\n".join([*outputs, *comments_of(cells, result, level).values()])


def classroom50(result) -> str:
    place = Submission50("class", result.unit, "submit/1", "commit", "release")
    return classroom50_json(result.counting, place, datetime(2027, 1, 1, tzinfo=UTC))


GIVEN_TO_STUDENTS = {
    "pages": pages,
    "gradescope": lambda course, result, level: gradescope_json(result, level=level),
    "nbgrader": nbgrader_texts,
    "classroom50": lambda course, result, level: classroom50(result),
    "junit": lambda course, result, level: junit_xml([result]),
}


@pytest.mark.parametrize("level", [Level.NAME, Level.PROPERTY])
@pytest.mark.parametrize("form", GIVEN_TO_STUDENTS)
def test_nothing_holds_what_a_hidden_call_brought_into_the_open(results, form, level):
    course, looked_for = load_course(ROOT), 0
    for result in results:
        given = GIVEN_TO_STUDENTS[form](course, result, level)
        assert given
        secrets = hidden_texts(result)
        looked_for += len(secrets)
        found = [text for text in secrets if any(one in given for one in spellings(text))]
        assert not found, f"{result.student} {result.unit}: {found[:3]}"
    assert looked_for > 500


def spellings(text: str) -> set[str]:
    """Return a text as Markdown, JSON and XML write it."""
    return {text, text.replace("_", "\\_"), json.dumps(text)[1:-1], escape(text), escape(text, quote=False)}


def test_a_page_that_may_show_everything_does(results):
    course = load_course(ROOT)
    result = next(one for one in results if one.student == "raise" and one.unit == "rnn")
    facts = UnitFacts(course.title, course.unit("rnn"), Level.EVERYTHING)
    page = feedback_html(feedback_view(facts, result))
    assert any(text in page for text in hidden_texts(result))
