"""What the class table says of a graded submission in a few words."""

import re
from collections import Counter
from collections.abc import Sequence

from grader.records import COSTS_NOTHING, Feedback, TestRecord, Verdict
from grader.worker.imports import TOLD

NOT_ATTEMPTED = "not attempted"
SYNTAX = "syntax error"
SHOWN_MISCONCEPTIONS = 2

_LOADING = re.compile(r".*\b(\w+\.py) does not load: (.*)", re.DOTALL)  # the last one is the cause of those before it
_MISSING = re.compile(r"(\w+\.py) is missing$")
_LACKS = re.compile(r"needs (\w+) of (\w+\.py): \2 does not define it$")
_SYNTAX = re.compile(r"\b(?:SyntaxError|IndentationError|TabError)\b")
_PLACE = re.compile(r"(?:(\w+\.py), )?\bline (\d+)\b")  # the file where the reason names one: it may be an imported one

_ENDINGS = {
    Verdict.GRADER_ERROR: "grader error",
    Verdict.TIMED_OUT: "timed out",
    Verdict.OUT_OF_MEMORY: "out of memory",
    Verdict.BLOCKED: "blocked",
    Verdict.NOT_MEASURED: "not measured, the machine was too busy",
    Verdict.TOO_NOISY: "too noisy to time, run it again",
}


def remark_of(tests: Sequence[TestRecord]) -> str:
    """Say in a few words what is the matter with a submission.

    Parameters
    ----------
    tests : sequence of TestRecord

    Returns
    -------
    str
        Mistakes of the grader's own first, then a file that does not load, then likely misconceptions, then limits
        that were exceeded; empty where there is nothing to remark.
    """
    ran = [test for test in tests if test.verdict not in COSTS_NOTHING - {Verdict.GRADER_ERROR}]
    if ran and all(test.verdict is Verdict.NOT_ATTEMPTED for test in ran):
        return NOT_ATTEMPTED
    own_mistakes = _ended(tests, Verdict.GRADER_ERROR)
    return own_mistakes or _load_failure(tests) or _refused_import(tests) or _misconceptions(tests) or _limits(tests)


def reviews_of(tests: Sequence[TestRecord]) -> tuple[str, ...]:
    """Return what a person should look at behind the measurements, each line once."""
    return tuple(dict.fromkeys(f"{test.task}: {test.feedback.review}" for test in tests if test.feedback.review))


def _load_failure(tests: Sequence[TestRecord]) -> str:
    """Say which file does not load; a missing file or a syntax error goes before what it brings about elsewhere."""
    messages = [test.feedback.message for test in tests]
    missing = [f"{found[1]} is missing" for message in messages if (found := _MISSING.search(message))]
    lacking = [f"{found[2]} lacks {found[1]}" for message in messages if (found := _LACKS.search(message))]
    failed = [_why_it_does_not_load(found[1], found[2], test.feedback) for test, found in _not_loading(tests)]
    syntax = [why for why in failed if why.startswith(SYNTAX)]
    return next(iter([*missing, *syntax, *failed, *lacking]), "")


def _not_loading(tests: Sequence[TestRecord]) -> list[tuple[TestRecord, re.Match[str]]]:
    return [(test, found) for test in tests if (found := _LOADING.search(test.feedback.message))]


def _refused_import(tests: Sequence[TestRecord]) -> str:
    """Say which import that is not on the list was used by a function."""
    blocked = [test.feedback.message for test in tests if test.verdict is Verdict.BLOCKED]
    told = next((found for message in blocked if (found := TOLD.search(message))), None)
    return f"uses {told['module']}, which is not there: {told['file']}, line {told['line']}" if told else ""


def _why_it_does_not_load(file: str, reason: str, feedback: Feedback) -> str:
    if refused := TOLD.match(reason):
        return f"{file} would load without {_lines(refused['line'], file, feedback)}: imports {refused['module']}"
    if not (_SYNTAX.search(reason) or reason.startswith("line ")):
        return f"{file} does not load: {reason.partition(':')[0].strip()}"
    place = _PLACE.search(reason)
    return f"{SYNTAX} in {place[1] or file}, line {place[2]}" if place else f"{SYNTAX} in {file}"


def _lines(first: str, file: str, feedback: Feedback) -> str:
    """Return the line of the import, and the one that uses it."""
    used = _PLACE.search(feedback.where[-1]) if feedback.where else None
    if used is None or used[1] != file or used[2] == first:
        return f"line {first}"
    return f"lines {first} and {used[2]}"


def _misconceptions(tests: Sequence[TestRecord]) -> str:
    counted = Counter(test.feedback.likely for test in tests if test.feedback.likely)
    return "; ".join(_shortened(text) for text, _ in counted.most_common(SHOWN_MISCONCEPTIONS))


def _shortened(text: str) -> str:
    """Return a misconception's first sentence, as part of a list."""
    sentence = re.split(r"[.:;](?:\s|$)", text, maxsplit=1)[0].strip()
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def _limits(tests: Sequence[TestRecord]) -> str:
    return next((text for verdict in _ENDINGS if (text := _ended(tests, verdict))), "")


def _ended(tests: Sequence[TestRecord], verdict: Verdict) -> str:
    tasks = dict.fromkeys(test.task for test in tests if test.verdict is verdict)
    return f"{_ENDINGS[verdict]}: {', '.join(tasks)}" if tasks else ""
