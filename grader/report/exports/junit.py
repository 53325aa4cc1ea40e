"""Results as JUnit's XML: a suite per submission, a case per test, as test reporters read it."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from grader.records import Result, Status, TestRecord

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML 1.0 has not


def junit_xml(results: Sequence[Result]) -> str:
    """Return results as JUnit XML.

    Parameters
    ----------
    results : sequence of Result
        A refused or missing hand-in is a suite with one error that says why.

    Returns
    -------
    str
        XML 1.0, UTF-8. Outputs of hidden tests are left out.
    """
    root = ElementTree.Element("testsuites", name="deepgrade")
    for result in results:
        _suite(root, result)
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _suite(root: ElementTree.Element, result: Result) -> None:
    failed = [test for test in result.counting if test.verdict.meaning.blames_code]
    skipped = [test for test in result.counting if test.verdict.meaning.costs_nothing]
    graded = result.status is Status.GRADED
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_text(f"{result.student}.{result.unit}"),
        tests=str(len(result.counting) if graded else 1),
        failures=str(len(failed)),
        errors=str(int(not graded)),
        skipped=str(len(skipped)),
        time=f"{result.timing.total:.3f}",
    )
    if not graded:
        case = ElementTree.SubElement(suite, "testcase", classname=result.unit, name="hand-in", time="0.000")
        ElementTree.SubElement(case, "error", message=_text(f"{result.status.value}: {result.remark}"))
    for test in result.counting:
        _case(suite, test)


def _case(suite: ElementTree.Element, test: TestRecord) -> None:
    name = f"{test.title} ({test.earned:g}/{test.points:g})"
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"{test.unit}.{test.task}", name=_text(name), time=f"{test.seconds:.3f}"
    )
    meaning = test.verdict.meaning
    if meaning.costs_nothing:
        ElementTree.SubElement(case, "skipped", message=_text(meaning.words))
    elif meaning.blames_code:
        message = "" if test.hidden else test.feedback.likely or test.feedback.message or test.feedback.differs
        failure = ElementTree.SubElement(case, "failure", type=test.verdict.value, message=_text(message))
        failure.text = _text("" if test.hidden else "\n".join(test.feedback.where))


def _text(text: str) -> str:
    """Return text that XML can hold."""
    return _FORBIDDEN.sub("\ufffd", text)
