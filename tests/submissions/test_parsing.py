"""Student text is parsed in a process with limits of its own: whatever it does there, whoever asks gets a sentence."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.course.normalized_ast import module_digest
from grader.errors import RejectedError
from grader.submissions import parsing
from grader.submissions.parsing import Reading, normalized_source, nothing, read_files, read_text, read_texts, readable

MINUS_SIGNS = f"x = {'-' * 17_000}1\n"
BOMBS = {
    "minus signs": MINUS_SIGNS,
    "a sum of 10,000 terms": f"x = {'+'.join(['1'] * 10_000)}\n",
    "a wall of elif": "if a: pass\n" + "elif b: pass\n" * 10_000,
    "attributes": f"x{'.a' * 100_000}\n",
    "subscripts": f"x{'[0]' * 100_000}\n",
    "calls of calls": f"x{'()' * 100_000}\n",
    "lambdas": f"x = {'lambda: ' * 20_000}1\n",
    "not": f"x = {'not ' * 20_000}1\n",
    "conditions": f"x = {'1 if 1 else ' * 20_000}1\n",
    "powers": f"x = {'1**' * 20_000}1\n",
    "a million statements": "1;" * 1_000_000,
    "an f-string whose fields take quadratic time": f"x = f'{'{a}' * 300_000}'\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_its_own_file_and_no_other(name: str) -> None:
    readings = read_files(nothing, {"before": "x = 1\n", "bomb": BOMBS[name], "after": "y = 2\n"})
    assert (readings["before"], readings["after"]) == (Reading(), Reading())
    assert readings["bomb"].message("bomb.py").startswith("bomb.py cannot be read by Python's parser: ")
    assert not readings["bomb"].is_syntax


def test_the_line_that_is_nested_too_deep_is_named() -> None:
    reading = read_text(nothing, f"import math\n\n{MINUS_SIGNS}y = 1\n")
    assert reading.message("conv.py") == "conv.py cannot be read by Python's parser: nested too deep, line 3"


def test_a_file_that_cannot_be_read_is_loaded_as_one_that_says_so() -> None:
    files = {"conv": MINUS_SIGNS, "wrong": "def f(:", "fine": "x = 1\n"}
    loaded = readable(files)
    assert {stem: loaded[stem] for stem in ("wrong", "fine")} == {stem: files[stem] for stem in ("wrong", "fine")}
    with pytest.raises(SyntaxError, match="cannot be read by Python's parser: nested too deep") as caught:
        exec(loaded["conv"], {})
    assert (caught.value.filename, caught.value.lineno) == ("conv.py", 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [("def f(:", 1), ("x = 1\ny = " + "[" * (1 << 20), 2), ("x = " + "9" * 5000, 1), ("x = '\0'", 1), ("x = (", 1)],
)
def test_a_syntax_error_is_told_as_one(text: str, line: int) -> None:
    reading = read_text(nothing, text)
    assert (reading.is_syntax, reading.line) == (True, line)
    assert reading.message("f.py").startswith(f"f.py has a syntax error in line {line}: ")


def test_what_is_deep_and_loads_all_the_same_is_read() -> None:
    text = f"x = {'+'.join(['1'] * 2000)}\n"
    exec(compile(text, "x", "exec"), {})
    assert read_text(module_digest, text).result


def test_several_threads_may_ask_at_once() -> None:
    text = "x = " + "(" * 40 + "1" + ")" * 40 + "\n" + "y = [[[0]]]\n" * 2000
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda source: read_text(nothing, source), [text] * 24)) == [Reading()] * 24


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each question has a process of its own")
def test_a_process_that_has_died_is_started_again() -> None:
    parsing.start()
    process = parsing._Kept.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert read_text(nothing, "x = 1\n") == Reading()


def test_a_process_for_each_question_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["x = 1\n", MINUS_SIGNS, "def f(:", "y = 2\n"]
    expected = read_texts(nothing, texts)
    monkeypatch.setattr(parsing, "_can_fork", lambda: False)
    assert read_texts(nothing, texts) == expected


def test_nothing_of_it_outlives_who_asks() -> None:
    program = "from grader.submissions import parsing; parsing.start(); print(parsing._Kept.process.pid)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    if sys.platform == "linux":
        with pytest.raises(ProcessLookupError):
            os.kill(int(done.stdout), 0)


PLAIN = "import torch\n\ndef f(x):\n    return x + 1\n"


@pytest.mark.parametrize(
    "same",
    [
        "import torch  # a comment\ndef f(x): return (x + 1)\n",
        "'''About it.'''\nimport torch\n\n\ndef f(x):\n    '''Add one.'''\n    return x + 1\n",
    ],
)
def test_modules_that_differ_in_comments_docstrings_and_formatting_are_the_same(same: str) -> None:
    assert normalized_source(same) == normalized_source(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN + "torch.relu = f\n",
        PLAIN.replace("x", "y"),
        PLAIN.replace("1", "1.0"),
        PLAIN.replace("x)", "x: int)"),
        PLAIN.replace("def", "@g\ndef"),
        PLAIN.replace("return", "'''Add.'''; f.__doc__; return"),
    ],
)
def test_modules_that_may_do_something_else_are_not_the_same(other: str) -> None:
    assert normalized_source(other) != normalized_source(PLAIN)


@pytest.mark.parametrize(
    "way", ["f.__doc__", "import inspect", "import os.path, sys", "getattr(f, name)", "open(name)"]
)
def test_a_module_that_can_look_at_its_own_text_equals_nothing_but_the_same_text(way: str) -> None:
    assert normalized_source(f"{way}\n") == normalized_source(f"{way}\n")
    assert normalized_source(f"{way}  # a comment\n") != normalized_source(f"{way}\n")


def test_a_module_that_cannot_be_parsed_has_no_normalized_form() -> None:
    with pytest.raises(RejectedError, match="nested too deep, line 1"):
        normalized_source(MINUS_SIGNS)


def test_a_text_that_the_parser_has_given_up_on_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_GIVEN_UP", {})
    before = read_texts(nothing, [MINUS_SIGNS, "x = 1\n"])
    asked: list[list[str]] = []
    original = parsing._ask
    monkeypatch.setattr(parsing, "_ask", lambda request: asked.append(request["texts"]) or original(request))
    assert read_texts(nothing, ["x = 1\n", MINUS_SIGNS]) == before[::-1]
    assert asked == [["x = 1\n"]]


def test_only_the_latest_of_them_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_GIVEN_UP", {})
    monkeypatch.setattr(parsing, "MOST_GIVEN_UP", 2)
    read_texts(nothing, [f"{MINUS_SIGNS}# {number}" for number in range(3)])
    assert [text[-1] for text in parsing._GIVEN_UP] == ["1", "2"]


def test_a_text_that_was_read_need_not_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_GIVEN_UP", {})
    monkeypatch.setattr(parsing, "_READABLE", {})
    files = {"read": "x = 1\n", "torn": "x = (\n", "bomb": MINUS_SIGNS}
    first = readable(files)
    assert (first["read"], first["torn"]) == (files["read"], files["torn"])
    asked: list[list[str]] = []
    original = parsing._ask
    monkeypatch.setattr(parsing, "_ask", lambda request: asked.append(request["texts"]) or original(request))
    assert readable({**files, "new": "y = 2\n"}) == {**first, "new": "y = 2\n"}
    assert asked == [["y = 2\n"]]


def test_what_is_remembered_of_texts_that_were_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_READABLE", {})
    monkeypatch.setattr(parsing, "MOST_READABLE", 2)
    for number in range(3):
        readable({"file": f"x = {number}\n"})
    assert len(parsing._READABLE) == 1


def test_a_parser_that_does_not_start_is_nobodys_mistake_but_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(parsing, "_can_fork", lambda: False)
    monkeypatch.setattr(parsing, "_command", lambda *arguments: command)
    with pytest.raises(RuntimeError, match="a mistake in what reads student text"):
        read_text(nothing, "x = 1\n")


def test_a_text_whose_process_has_died_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def killed_at_first(request: dict[str, list[str]]) -> list[Reading]:
        asked.append(request["texts"])
        return [Reading()] * (1 if len(asked) == 1 else len(request["texts"]))

    monkeypatch.setattr(parsing, "_ask", killed_at_first)
    assert read_texts(nothing, ["a", "b", "c"]) == [Reading()] * 3
    assert asked == [["a", "b", "c"], ["b", "c"]]


def test_a_text_that_kills_its_process_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def killed_by_b(request: dict[str, list[str]]) -> list[Reading]:
        asked.append(request["texts"])
        return [Reading() for _ in request["texts"][: request["texts"].index("b") if "b" in request["texts"] else None]]

    monkeypatch.setattr(parsing, "_GIVEN_UP", {})
    monkeypatch.setattr(parsing, "_ask", killed_by_b)
    assert [bool(reading.problem) for reading in read_texts(nothing, ["a", "b", "c"])] == [False, True, False]
    assert asked == [["a", "b", "c"], ["b", "c"], ["c"]]
