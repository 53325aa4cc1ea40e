"""What the class table says of a graded submission in a few words."""

import re
from collections.abc import Sequence

from grader.records import MEANINGS, Feedback, TestRecord, Verdict
from grader.worker.imports import TOLD

NOT_ATTEMPTED = "not attempted"
SYNTAX = "syntax error"
SHOWN_CAUSES = 3
SHOWN_TASKS = 3
WITHOUT = "would load without"

_LOADING = re.compile(r".*\b(\w+\.py) does not load: (.*)", re.DOTALL)  # the last one is the cause of those before it
_MISSING = re.compile(r"(\w+\.py) is missing$")
_ENDED = re.compile(
    r"\bloading (\w+\.py) (did not return in time|needs more memory|used up its CPU time|ended its process)"
)
_PART_OF_COURSE = re.compile(r"No module named 'student\.(\w+)'")
_LACKS = re.compile(r"(?:needs|there is no) (\w+) (?:of|in) (\w+\.py)(?:: \2 does not define it)?$")
_RAISED = re.compile(r"\S+ (?:raised|returned) ")  # what follows are the student's own words
_SYNTAX = re.compile(r"\b(?:SyntaxError|IndentationError|TabError)\b")
_PLACE = re.compile(r"(?:(\w+\.py), )?\bline (\d+)\b")  # the file where the reason names one: it may be an imported one

_SLOW = "slower than the highest tier"
_UNMEASURED = {verdict: row.remark for verdict, row in MEANINGS.items() if row.costs_nothing and row.remark}

_AT_LOAD = {Verdict.CRASHED, Verdict.BLOCKED, Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY}

Cause = tuple[str, str]  # its kind, and what tells it from others of this kind
_KINDS = ("loading", "import", "likely", "slow", *MEANINGS)  # of causes that cost the same, the first is named first


def remark_of(tests: Sequence[TestRecord]) -> str:
    """Say in a few words what is the matter with a submission.

    Parameters
    ----------
    tests : sequence of TestRecord

    Returns
    -------
    str
        What cost points, the costliest cause first; then what could not be measured, and out of how many points the
        rest was. Empty only where no points are lost.
    """
    ran = [test for test in tests if test.verdict.meaning.ran]
    if ran and all(test.verdict is Verdict.NOT_ATTEMPTED for test in ran):
        return NOT_ATTEMPTED
    causes = _by_cost(tests)
    told = [_told(cause, about) for cause, about in causes[:SHOWN_CAUSES]]
    left = len(causes) - SHOWN_CAUSES
    more = [f"and {left} more cause{'s' * (left > 1)}"] if left > 0 else []
    return "; ".join([*told, *more, *_not_measured(tests)])


def _by_cost(tests: Sequence[TestRecord]) -> list[tuple[Cause, list[TestRecord]]]:
    """Return the causes of lost points with the tests that lost them, the costliest first."""
    groups: dict[Cause, list[TestRecord]] = {}
    for test in tests:
        meaning = test.verdict.meaning
        if meaning.remark and not meaning.costs_nothing and test.points - test.earned > 1e-9:
            groups.setdefault(_cause(test), []).append(test)
    return sorted(groups.items(), key=lambda group: (-_lost(group[1]), _KINDS.index(group[0][0])))


def _lost(tests: Sequence[TestRecord]) -> float:
    return round(sum(test.points - test.earned for test in tests), 6)


def _cause(test: TestRecord) -> Cause:
    message = "" if _RAISED.match(test.feedback.message) else test.feedback.message
    if test.verdict in _AT_LOAD and (file := _file_at_fault(message)):
        return "loading", file
    if test.verdict is Verdict.BLOCKED and TOLD.search(message):
        return "import", ""
    if test.feedback.likely:
        return "likely", test.feedback.likely
    if test.speed is not None and test.verdict is Verdict.FAILED:
        return "slow", ""
    return test.verdict, ""


def _file_at_fault(message: str) -> str:
    """Return the file that is missing, lacks a name or does not load; nothing where all files were loaded."""
    if found := _PART_OF_COURSE.search(message):
        return f"{found[1]}.py"
    if found := _LACKS.search(message):
        return found[2]
    if found := _MISSING.search(message) or _ENDED.search(message):
        return found[1]
    if not (found := _LOADING.search(message)):
        return ""
    place = _PLACE.search(found[2]) if _SYNTAX.search(found[2]) else None
    return place[1] or found[1] if place else found[1]


def _told(cause: Cause, tests: Sequence[TestRecord]) -> str:
    kind, text = cause
    if kind == "loading":
        return _load_failure(tests)
    if kind == "import":
        return _refused_import(tests)
    if kind == "likely":
        return _shortened(text)
    return f"{_SLOW if kind == 'slow' else MEANINGS[Verdict(kind)].remark}: {_tasks(tests)}"


def _not_measured(tests: Sequence[TestRecord]) -> list[str]:
    """Say out of how many points the rest was measured, and why."""
    found = {verdict: [test for test in tests if test.verdict is verdict] for verdict in _UNMEASURED}
    told = [f"{_UNMEASURED[verdict]}: {_tasks(about)}" for verdict, about in found.items() if about]
    if not told:
        return []
    whole = sum(test.points for test in tests)
    lost = sum(test.points for about in found.values() for test in about)
    return [f"measured out of {whole - lost:g} of {whole:g} points ({', '.join(told)})"]


def _tasks(tests: Sequence[TestRecord]) -> str:
    tasks = list(dict.fromkeys(test.task for test in tests))
    more = f" and {len(tasks) - SHOWN_TASKS} more" if len(tasks) > SHOWN_TASKS else ""
    return ", ".join(tasks[:SHOWN_TASKS]) + more


def reviews_of(tests: Sequence[TestRecord]) -> tuple[str, ...]:
    """Return what a person should look at behind the measurements, each line once."""
    return tuple(dict.fromkeys(f"{test.task}: {test.feedback.review}" for test in tests if test.feedback.review))


def _load_failure(tests: Sequence[TestRecord]) -> str:
    """Say which file does not load; a missing file or a syntax error goes before what it brings about elsewhere."""
    messages = [test.feedback.message for test in tests]
    missing = [f"{found[1]} is missing" for message in messages if (found := _MISSING.search(message))]
    lacking = [f"{found[2]} lacks {found[1]}" for message in messages if (found := _LACKS.search(message))]
    failed = [_why_it_does_not_load(found[1], found[2], test.feedback) for test, found in _not_loading(tests)]
    certain = [why for why in failed if why.startswith(SYNTAX) or WITHOUT in why]
    ended = [f"loading {found[1]} {found[2]}" for message in messages if (found := _ENDED.search(message))]
    roots = list(dict.fromkeys([*missing, *ended, *certain, *lacking]))
    return ", ".join(roots[:SHOWN_TASKS]) if roots else next(iter(failed), "")


def _not_loading(tests: Sequence[TestRecord]) -> list[tuple[TestRecord, re.Match[str]]]:
    return [(test, found) for test in tests if (found := _LOADING.search(test.feedback.message))]


def _refused_import(tests: Sequence[TestRecord]) -> str:
    """Say which import that is not on the list was used by a function."""
    blocked = [test.feedback.message for test in tests if test.verdict is Verdict.BLOCKED]
    told = next((found for message in blocked if (found := TOLD.search(message))), None)
    return f"uses {told['module']}, which may not be imported: {told['file']}, line {told['line']}" if told else ""


def _why_it_does_not_load(file: str, reason: str, feedback: Feedback) -> str:
    if refused := TOLD.match(reason):
        return f"{file} {WITHOUT} {_lines(refused['line'], file, feedback)}: imports {refused['module']}"
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


def _shortened(text: str) -> str:
    """Return a misconception's first sentence, as part of a list."""
    sentence = re.split(r"[.:;](?:\s|$)", text, maxsplit=1)[0].strip()
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence
