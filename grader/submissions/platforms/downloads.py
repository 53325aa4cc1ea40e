"""Readers of the zip archives that Canvas, Moodle and Gradescope make of all submissions of an assignment."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from grader.errors import RejectedError
from grader.printable import escape
from grader.submissions.platforms.records import Delivery, Identity, LayoutReading, Root, Sureness, sureness_of
from grader.submissions.times import parsed_time
from grader.submissions.trees import Node

MAX_METADATA_BYTES = 64 * 1024**2
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?:\d+_(?P<file>.+)|(?P<text>(?:text|link)\.html))"
)
_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?")
_GRADESCOPE = re.compile(r"submission_\d+")
_METADATA = "submission_metadata.yml"


def canvas(root: Root) -> LayoutReading:
    """Read Canvas's download: files ``familygiven_LATE_1234_5678_name.zip``, in which 1234 is the person."""
    matches = {node.name: match for node in root.nodes if (match := _CANVAS.fullmatch(node.name))}
    reading = LayoutReading("canvas", "Canvas's download of an assignment")
    return _of_people(reading, root, matches, lambda match: match["file"] or match["text"])


def moodle(root: Root) -> LayoutReading:
    """Read Moodle's download: folders ``Given Family_1234_assignsubmission_file_``, or files that begin so."""
    matches = {node.name: match for node in root.nodes if (match := _MOODLE.fullmatch(node.name))}
    return _of_people(
        LayoutReading("moodle", "Moodle's download of an assignment"), root, matches, lambda match: match["file"]
    )


def _of_people(
    reading: LayoutReading,
    root: Root,
    matches: Mapping[str, re.Match[str]],
    file: Callable[[re.Match[str]], str | None],
) -> LayoutReading:
    """Complete a reading whose entries' names begin with a person: entries of the same person belong together."""
    people: dict[tuple[str, str], list[tuple[Node, re.Match[str]]]] = {}
    for node in root.nodes:
        if match := matches.get(node.name):
            people.setdefault((match["name"], match["id"]), []).append((node, match))
    deliveries = []
    for (name, number), parts in people.items():
        nodes = [replace(node, name=short) if (short := file(match)) else node for node, match in parts]
        deliveries.append(
            Delivery(
                student=escape(f"{name}_{number}"),
                path=parts[0][0].name,
                nodes=partial(_opened, nodes),
                people=(Identity(reading.layout, name=escape(name), id=number),),
                is_late=any(match.groupdict().get("late") for _, match in parts),
            )
        )
    strangers = tuple(node.name for node in root.nodes if node.name not in matches)
    return replace(
        reading,
        sureness=sureness_of(len(matches), len(strangers)),
        deliveries=tuple(deliveries),
        strangers=strangers,
    )


def _opened(nodes: Sequence[Node]) -> list[Node]:
    """Return what one person handed in; folders that a platform made around the files are left out."""
    opened: list[Node] = []
    for node in nodes:
        is_made = _MOODLE.fullmatch(node.name) is not None and node.children is not None
        opened += node.children() if is_made and node.children else [node]
    return opened


def gradescope(root: Root) -> LayoutReading:
    """Read Gradescope's export: folders ``submission_1234``, and the people in ``submission_metadata.yml``."""
    folders = [node for node in root.nodes if _GRADESCOPE.fullmatch(node.name) and node.is_folder]
    listing = next((node for node in root.nodes if node.name == _METADATA and node.read), None)
    stated = _metadata(listing)
    strangers = tuple(node.name for node in root.nodes if node not in folders and node.name != _METADATA)
    return LayoutReading(
        "gradescope",
        "Gradescope's export of an assignment",
        Sureness.NO if not folders else Sureness.CERTAIN if listing else Sureness.POSSIBLE,
        tuple(_of_gradescope(node, stated.get(node.name, _Stated())) for node in folders),
        strangers,
    )


class _Stated(Struct):
    """Facts about one submission in Gradescope's metadata."""

    people: list[dict[str, str]] = []
    created_at: str = ""


def _of_gradescope(node: Node, stated: _Stated) -> Delivery:
    people = tuple(
        Identity(
            "gradescope", escape(person.get("name", "")), escape(person.get("sid", "")), escape(person.get("email", ""))
        )
        for person in stated.people
    )
    known = [person.surest for person in people]
    handed_in = parsed_time(stated.created_at)
    return Delivery(
        student=next(filter(None, known), escape(node.name)),
        path=node.name,
        nodes=node.children or list,
        people=people,
        handed_in=handed_in,
        source="gradescope" if handed_in else "",
    )


def _metadata(node: Node | None) -> dict[str, _Stated]:
    """Return what Gradescope states about its submissions; nothing if the file cannot be read."""
    try:
        text = node.read(MAX_METADATA_BYTES).decode("utf-8-sig", "replace") if node and node.read else ""
    except RejectedError:
        return {}
    stated: dict[str, _Stated] = {}
    for name, key, value in _fields(text):
        facts = stated.setdefault(name, _Stated())
        if key == "name":
            facts.people.append({})
        if key == "created_at":
            facts.created_at = facts.created_at or value
        elif facts.people:
            facts.people[-1].setdefault(key, value)
    return stated


_KEY = re.compile(r"(?P<indent> *)(?:- )?:(?P<key>\w+):(?: (?P<value>.*))?")


def _fields(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield submission, key and value of the few lines of Gradescope's YAML that are needed."""
    name, section = "", ""
    for line in text.splitlines():
        if head := re.fullmatch(r"(submission_\d+):\s*", line):
            name, section = head[1], ""
        elif name and (match := _KEY.fullmatch(line.rstrip())):
            key, value = match["key"], match["value"] or ""
            if len(match["indent"]) == 2 and not line.lstrip().startswith("- "):
                section = key
            if (section == "submitters" and key in ("name", "sid", "email")) or key == section == "created_at":
                yield name, key, _plain(value)


def _plain(value: str) -> str:
    """Return a scalar of YAML without its quotes and anchor."""
    value = re.sub(r"^&\w+ ", "", value.strip())
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value
