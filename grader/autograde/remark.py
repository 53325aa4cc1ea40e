"""Remarks in the class table: a graded submission in a few words."""

import re
from collections.abc import Sequence

from grader.records import MEANINGS, Cause, CauseKind, TestRecord, Verdict

NOT_ATTEMPTED = "not attempted"
SHOWN_CAUSES = 3
SHOWN_TASKS = 3

_SLOW = "slower than the highest tier"
_UNMEASURED = {verdict: row.remark for verdict, row in MEANINGS.items() if row.costs_nothing and row.remark}
_ROOTS = {  # root causes, reported before others of the same file, in this order
    CauseKind.MISSING_FILE: "{file} is missing",
    CauseKind.NO_RETURN: "loading {file} did not return in time",
    CauseKind.MEMORY: "loading {file} needs more memory",
    CauseKind.CPU_TIME: "loading {file} used up its CPU time",
    CauseKind.PROCESS_ENDED: "loading {file} ended its process",
    CauseKind.SYNTAX_ERROR: "syntax error in {place}",
    CauseKind.IMPORT_AT_LOAD: "{file} would load without {lines}: imports {name}",
    CauseKind.MISSING_NAME: "{file} lacks {name}",
    CauseKind.CIRCULAR_IMPORT: "{file} lacks {name} while it is loaded: a circular import",
}
_EFFECTS = {
    CauseKind.FORBIDDEN: "{file} does not load: uses {name}, which is not allowed",
    CauseKind.EXCEPTION: "{file} does not load: {name}",
}

Group = tuple[str, str]  # kind of cause, and its identity within the kind
_GROUPS = ("loading", "import", "likely", "slow", *MEANINGS)  # order of causes that cost the same


def remark_of(tests: Sequence[TestRecord]) -> str:
    """Return a short remark on a submission.

    Parameters
    ----------
    tests : sequence of TestRecord

    Returns
    -------
    str
        Causes of lost points, the costliest first; then the tests that could not be measured and the points that the
        rest is out of. Empty only if no points are lost.
    """
    ran = [test for test in tests if test.verdict.meaning.ran]
    if ran and all(test.verdict is Verdict.NOT_ATTEMPTED for test in ran):
        return NOT_ATTEMPTED
    groups = _by_cost(tests)
    causes = [_cause_text(group, about) for group, about in groups[:SHOWN_CAUSES]]
    left = len(groups) - SHOWN_CAUSES
    more = [f"and {left} more cause{'s' * (left > 1)}"] if left > 0 else []
    return "; ".join([*causes, *more, *_not_measured(tests)])


def _by_cost(tests: Sequence[TestRecord]) -> list[tuple[Group, list[TestRecord]]]:
    """Return the causes of lost points with their tests, the costliest first."""
    groups: dict[Group, list[TestRecord]] = {}
    for test in tests:
        meaning = test.verdict.meaning
        if meaning.remark and not meaning.costs_nothing and test.points - test.earned > 1e-9:
            groups.setdefault(_group(test), []).append(test)
    return sorted(groups.items(), key=lambda group: (-_lost(group[1]), _GROUPS.index(group[0][0])))


def _lost(tests: Sequence[TestRecord]) -> float:
    return round(sum(test.points - test.earned for test in tests), 6)


def _group(test: TestRecord) -> Group:
    cause = test.feedback.cause
    if cause and cause.keeps_from_loading:
        return "loading", cause.file
    if cause and cause.kind is CauseKind.REFUSED_IMPORT:
        return "import", ""
    if test.feedback.likely:
        return "likely", test.feedback.likely
    if test.speed is not None and test.verdict is Verdict.FAILED:
        return "slow", ""
    return test.verdict, ""


def _cause_text(group: Group, tests: Sequence[TestRecord]) -> str:
    kind, text = group
    causes = [test.feedback.cause for test in tests if test.feedback.cause]
    if kind == "loading":
        return _load_failure(causes)
    if kind == "import":
        return f"uses {causes[0].name}, which may not be imported: {causes[0].file}, line {causes[0].line}"
    if kind == "likely":
        return _shortened(text)
    return f"{_SLOW if kind == 'slow' else MEANINGS[Verdict(kind)].remark}: {_tasks(tests)}"


def _not_measured(tests: Sequence[TestRecord]) -> list[str]:
    """Return the reasons for unmeasured tests, and the points that the rest is out of."""
    by_verdict = {verdict: [test for test in tests if test.verdict is verdict] for verdict in _UNMEASURED}
    reasons = [f"{_UNMEASURED[verdict]}: {_tasks(about)}" for verdict, about in by_verdict.items() if about]
    if not reasons:
        return []
    whole = sum(test.points for test in tests)
    lost = sum(test.points for about in by_verdict.values() for test in about)
    return [f"measured out of {whole - lost:g} of {whole:g} points ({', '.join(reasons)})"]


def _tasks(tests: Sequence[TestRecord]) -> str:
    tasks = list(dict.fromkeys(test.task for test in tests))
    more = f" and {len(tasks) - SHOWN_TASKS} more" if len(tasks) > SHOWN_TASKS else ""
    return ", ".join(tasks[:SHOWN_TASKS]) + more


def reviews_of(tests: Sequence[TestRecord]) -> tuple[str, ...]:
    """Return the review notes of some tests, each line once."""
    return tuple(dict.fromkeys(f"{test.task}: {test.feedback.review}" for test in tests if test.feedback.review))


def _load_failure(causes: Sequence[Cause]) -> str:
    """Return why files do not load: missing files and syntax errors first, since they cause the other failures."""
    order = [*_ROOTS]
    roots = sorted((cause for cause in causes if cause.kind in _ROOTS), key=lambda cause: order.index(cause.kind))
    files = [*dict.fromkeys(map(_of_file, roots))]
    return ", ".join(files[:SHOWN_TASKS]) if files else _of_file(causes[0])


def _of_file(cause: Cause) -> str:
    """Return the text for a cause that keeps a file from loading."""
    words = (_ROOTS | _EFFECTS)[cause.kind]
    place = f"{cause.file}, line {cause.line}" if cause.line else cause.file
    lines = f"lines {cause.line} and {cause.used_line}" if cause.used_line else f"line {cause.line}"
    return words.format(file=cause.file, place=place, lines=lines, name=cause.name or "an exception")


def _shortened(text: str) -> str:
    """Return a misconception's first sentence for use in a list."""
    sentence = re.split(r"[.:;](?:\s|$)", text, maxsplit=1)[0].strip()
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence
