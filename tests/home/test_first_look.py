"""The first look, before any verdict: syntax errors with advice, examples of docstrings, silence about the rest."""

import os
import subprocess
import sys
import threading

import pytest

from grader.home.first_look import FirstLook, sentences

FILE = '''\
def half(x):
    """Halve.

    >>> half(4)
    2.0
    """
    return x / 2


def twice(x):
    """Double.

    >>> twice(4)
    8
    """
    raise NotImplementedError("toy.twice")
'''
TASKS = {"half": "a", "twice": "a"}


def said(text: str, tasks: dict[str, str] = TASKS) -> list[tuple[str, bool]]:
    return list(sentences({"a": text}, tasks))


def test_an_example_that_holds_is_told_and_a_stub_is_not():
    assert said(FILE) == [("half: as in the example of its docstring", False)]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return x // 2", "half(4) gives 2, and its docstring says 2.0"),
        ("return", "half(4) gives nothing, and its docstring says 2.0"),
        ("return x / y", "half(4) raises NameError: name 'y' is not defined"),
    ],
)
def test_an_example_that_does_not_hold_is_told(body, sentence):
    assert said(FILE.replace("return x / 2", body)) == [(sentence, True)]


def test_a_syntax_error_is_told_with_its_line_and_advice():
    ((sentence, is_wrong),) = said(FILE.replace("return x / 2", "return x && 2"))
    assert sentence.startswith("SyntaxError: a.py, line 7: invalid syntax; ")
    assert "Python says `and`" in sentence
    assert is_wrong


@pytest.mark.parametrize("text", ["", "import nothing_like_it\n", "1 / 0\n", "half = 3\n"])
def test_what_the_tests_say_better_is_left_to_them(text):
    assert said(text) == []


def test_neither_torch_nor_pytest_is_imported():
    code = (
        "import sys\nfrom grader.home.first_look import sentences\n"
        f"print(list(sentences({{'a': {FILE!r}}}, {TASKS!r})))\n"
        "sys.exit(bool({'torch', 'pytest', 'hypothesis', 'msgspec', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "half" in done.stdout


def test_the_process_says_it_and_what_the_student_prints_is_not_mixed_in():
    heard, come = [], threading.Event()

    def tell(sentence, is_wrong):
        heard.append((sentence, is_wrong))
        come.set()

    look = FirstLook()
    look.look({"a": FILE.replace("return x / 2", "print('deep'); return x / 2")}, {"half": "a"}, tell)
    assert come.wait(60)
    look.close()
    assert heard == [("half(4) gives deep 2.0, and its docstring says 2.0", True)]


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(3)"])
def test_code_that_does_not_come_back_is_said_nothing_about(monkeypatch, body):
    monkeypatch.setattr("grader.home.first_look.SECONDS", 0.5)
    heard: list[str] = []
    look = FirstLook()
    look.look({"a": FILE.replace("return x / 2", body)}, {"half": "a"}, lambda *said: heard.append(said))
    look._process.wait(60)
    look.close()
    assert heard == []
    assert look._process.pid != os.getpid()
