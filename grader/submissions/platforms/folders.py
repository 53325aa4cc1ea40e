"""Readers of layouts with a folder per person: the plain one, nbgrader's, and clones of GitHub repositories."""

import re
from collections.abc import Sequence
from functools import partial
from itertools import takewhile

from grader.errors import RejectedError
from grader.printable import display, escape
from grader.submissions.archives import without_suffix
from grader.submissions.platforms.records import Delivery, Identity, LayoutReading, Root, Sureness
from grader.submissions.times import parsed_time
from grader.submissions.trees import LINKED_FOLDER, Node

TIMESTAMP = "timestamp.txt"
SUBMITTED = "submitted"
_EXCHANGE = re.compile(r"(?P<student>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>[^+]+)(?:\+[^+]*)?")


def plain(root: Root) -> LayoutReading:
    """Read the plain layout: a folder per student, and in it folders or archives named by units."""
    folders = [node for node in root.nodes if _may_be_student(node)]
    is_clear = any(without_suffix(child.name) in root.units for node in folders for child in node.listed())
    return LayoutReading(
        "plain",
        "the plain layout, a folder per student",
        Sureness.NO if not folders else Sureness.CERTAIN if is_clear else Sureness.POSSIBLE,
        tuple(_of_folder(node) for node in folders),
        tuple(node.name for node in root.nodes if node not in folders),
        is_one_assignment=False,
    )


def _may_be_student(node: Node) -> bool:
    return (node.is_folder or node.odd == LINKED_FOLDER) and not node.name.startswith(".")


def _of_folder(node: Node) -> Delivery:
    return Delivery(escape(node.name), node.name, partial(_inside, node), (Identity("plain", id=escape(node.name)),))


def _inside(node: Node) -> list[Node]:
    if node.children is None:
        raise RejectedError(f"the folder {display(node.name)} is a link")
    return node.children()


def nbgrader(root: Root) -> LayoutReading:
    """Read nbgrader's ``submitted/<student>/<assignment>/``, or the folder ``inbound`` of its exchange."""
    if any(_EXCHANGE.fullmatch(node.name) for node in root.nodes):
        return _exchange(root)
    students = [node for node in root.nodes if node.is_folder and not node.name.startswith(".")]
    attempts = [(student, attempt) for student in students for attempt in student.listed() if attempt.is_folder]
    is_stamped = bool(attempts) and all(_time_of(attempt) for _, attempt in attempts)
    is_named = root.name == SUBMITTED and bool(attempts)
    return LayoutReading(
        "nbgrader",
        "nbgrader's submitted/<student>/<assignment>/",
        Sureness.CERTAIN if is_named or is_stamped else Sureness.NO,
        tuple(_of_nbgrader(student.name, attempt.name, _time_of(attempt), attempt) for student, attempt in attempts),
        tuple(node.name for node in root.nodes if node not in students),
    )


def _exchange(root: Root) -> LayoutReading:
    matches = [(node, match) for node in root.nodes if node.is_folder and (match := _EXCHANGE.fullmatch(node.name))]
    others = tuple(node.name for node in root.nodes if not _EXCHANGE.fullmatch(node.name))
    return LayoutReading(
        "nbgrader",
        "the folder inbound of nbgrader's exchange",
        Sureness.POSSIBLE if others else Sureness.CERTAIN,
        tuple(_of_nbgrader(match["student"], match["assignment"], match["time"], node) for node, match in matches),
        others,
    )


def _of_nbgrader(student: str, assignment: str, time: str, node: Node) -> Delivery:
    handed_in = parsed_time(time)
    return Delivery(
        student=escape(student),
        path=node.name if "+" in node.name else f"{student}/{assignment}",
        nodes=partial(_without_timestamp, node),
        people=(Identity("nbgrader", id=escape(student)),),
        assignment=assignment,
        handed_in=handed_in,
        source="nbgrader" if handed_in else "",
    )


def _without_timestamp(node: Node) -> list[Node]:
    return [child for child in _inside(node) if child.name != TIMESTAMP]


def _time_of(attempt: Node) -> str:
    """Return the content of nbgrader's file with the time; empty if there is none."""
    stamp = next((child for child in attempt.listed() if child.name == TIMESTAMP and child.read), None)
    try:
        return stamp.read(100).decode("ascii", "replace").strip() if stamp and stamp.read else ""
    except RejectedError:
        return ""


def classroom(root: Root) -> LayoutReading:
    """Read GitHub clones: ``<classroom>-<assignment>-<user>`` of Classroom 50, or ``<assignment>-<user>``."""
    folders = [node for node in root.nodes if node.is_folder and not node.name.startswith(".")]
    prefix, is_stated = _prefix([node.name for node in folders], root)
    is_cloned = bool(folders) and all(any(child.name == ".git" for child in node.listed()) for node in folders)
    sureness = Sureness.CERTAIN if is_stated or is_cloned else Sureness.POSSIBLE
    return LayoutReading(
        "classroom",
        f"GitHub repositories {escape(prefix)}-<user>",
        sureness if prefix else Sureness.NO,
        tuple(_of_clone(node, prefix) for node in folders) if prefix else (),
        tuple(node.name for node in root.nodes if node not in folders),
    )


def _prefix(names: Sequence[str], root: Root) -> tuple[str, bool]:
    """Return what stands before the users' names, and whether a name outside the repositories says so."""
    stated = root.name.removesuffix("-submissions")
    if stated != root.name and names and all(_has_user(name, stated) for name in names):
        return stated, True
    for unit in sorted(root.units, key=len, reverse=True):
        match = re.match(rf"(?:.+-)?{re.escape(unit).replace('_', '[-_]')}(?=-.)", names[0]) if names else None
        if match and all(_has_user(name, match[0]) for name in names):
            return match[0], True
    return (_common_words(names), False) if len(names) > 1 else ("", False)


def _common_words(names: Sequence[str]) -> str:
    """Return the words between hyphens with which all names begin, at least one less than the shortest has."""
    words = [name.split("-")[:-1] for name in names]
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return "-".join(column[0] for column in same)


def _has_user(name: str, prefix: str) -> bool:
    return name.startswith(f"{prefix}-") and len(name) > len(prefix) + 1


def _of_clone(node: Node, prefix: str) -> Delivery:
    login = escape(node.name[len(prefix) + 1 :])
    return Delivery(login, node.name, partial(_inside, node), (Identity("classroom", login=login),), assignment=prefix)
