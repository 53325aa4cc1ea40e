"""Surroundings of the attacks: a course with canaries, listeners on the loopback interface, a folder to stay empty.

Everything here can be read and written by everybody, so that nothing but the walls keeps attackers out.
"""

import contextlib
import secrets
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.cut import build_exercises
from grader.course.registry import Course, load_course
from tests.attacks.corpus import ATTACKS

COURSE = Path(__file__).parent / "course"
KINDS = ("SUITE", "SOLUTION", "WRONG", "SECRET", "ENVIRONMENT", "OUTSIDE", "NEIGHBOUR")
NEIGHBOURS = ("a_neighbour", "m_neighbour", "z_neighbour")
HALF_HONEST = "half_honest"


@dataclass
class Place:
    """The besieged course and what stands around it.

    Attributes
    ----------
    root : Path
    course : Course
    canaries : dict of str to str
        By where they are hidden.
    filled_in : dict of str to str
        What attackers know: paths and ports.
    knocks : list of bytes
        What the listeners have heard.
    """

    root: Path
    course: Course
    canaries: dict[str, str]
    filled_in: dict[str, str] = field(default_factory=dict)
    knocks: list[bytes] = field(default_factory=list)

    @property
    def submissions(self) -> Path:
        """The class folder."""
        return self.root / "class"

    @property
    def marks(self) -> Path:
        """Folder in which attackers leave a file if they can."""
        return self.root / "marks"

    def heard(self, name: str) -> bool:
        """Tell whether an attack reached a listener."""
        return any(name.encode() in knock for knock in self.knocks)


@contextlib.contextmanager
def besieged() -> Iterator[Place]:
    """Set the place up, and take it away afterwards."""
    root = Path(tempfile.mkdtemp(prefix="besieged-"))
    root.chmod(0o755)
    try:
        with contextlib.ExitStack() as stack:
            place = _set_up(root)
            _listen(place, stack)
            _hand_in(place)
            yield place
    finally:
        shutil.rmtree(root)


def _set_up(root: Path) -> Place:
    canaries = {kind: f"CANARY-{kind}-{secrets.token_hex(8)}" for kind in KINDS}
    shutil.copytree(COURSE, root / "course", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (root / "course").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for kind, canary in canaries.items():
            text = text.replace(f"@CANARY-{kind}@", canary)
        path.write_text(text, encoding="utf-8")
    (root / "course/.course-secret").write_text(canaries["SECRET"] + "\n", encoding="utf-8")
    course = load_course(root / "course")
    build_exercises(course.root, course)
    for name in ("class", "marks", "outside"):
        (root / name).mkdir()
    (root / "marks").chmod(0o1777)
    (root / "outside/gradebook.jsonl").write_text(canaries["OUTSIDE"], encoding="utf-8")
    filled_in = {
        "COURSE": root / "course",
        "OUTSIDE": root / "outside",
        "CLASS": root / "class",
        "MARKS": root / "marks",
    }
    filled_in |= {"PREFIX": Path(sys.prefix), "BASE": Path(sys.base_prefix)}
    return Place(root, course, canaries, {name: str(path) for name, path in filled_in.items()})


def _hand_in(place: Place) -> None:
    """Write the class: neighbours, one who solved half, and the attackers."""
    for name in NEIGHBOURS:
        for unit in ("numbers", "tensors"):
            files = {path.stem: path for path in (place.course.root / "solutions" / unit).glob("*.py")}
            for stem, path in files.items():
                text = path.read_text(encoding="utf-8").replace(place.canaries["SOLUTION"], place.canaries["NEIGHBOUR"])
                _write(place.submissions / name / unit / f"{stem}.py", text)
    _write(place.submissions / HALF_HONEST / "numbers/honest.py", _honest(place, "numbers"))
    _write(place.submissions / HALF_HONEST / "numbers/target.py", "def softmax(x):\n    return 0 * x\n")
    for attack in ATTACKS.values():
        folder = place.submissions / attack.name
        if attack.build:
            attack.build(folder, place.course.root)
            continue
        _write(folder / attack.unit / "honest.py", _honest(place, attack.unit))
        _write(folder / attack.unit / "target.py", attack.source(place.filled_in))
        for name, text in attack.beside.items():
            _write(
                folder / attack.unit / name, text.replace("@MARKS@", str(place.marks)).replace("@NAME@", attack.name)
            )


def _honest(place: Place, unit: str) -> str:
    return (place.course.root / "solutions" / unit / "honest.py").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _listen(place: Place, stack: contextlib.ExitStack) -> None:
    """Open the listeners; each notes what it hears until the place is taken away."""
    abstract = f"deepgrade-attack-{secrets.token_hex(4)}"
    names = place.filled_in | {"UNIX": str(place.root / "listener"), "ABSTRACT": abstract, "TCP6": "9"}
    lines = {
        "TCP": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        "UDP": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        "UNIX": _bound(socket.AF_UNIX, socket.SOCK_STREAM, names["UNIX"]),
        "ABSTRACT": _bound(socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}"),
    }
    with contextlib.suppress(OSError):  # no IPv6 here
        lines["TCP6"] = _bound(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
    (place.root / "listener").chmod(0o666)
    for name, line in lines.items():
        if line.family in (socket.AF_INET, socket.AF_INET6):
            names[name] = str(line.getsockname()[1])
        thread = threading.Thread(target=_hear, args=(line, place.knocks), daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(_hang_up, line)
    place.filled_in = names


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # a datagram socket is not connected, and is woken all the same
        line.shutdown(socket.SHUT_RDWR)


def _bound(family: int, kind: int, address: object) -> socket.socket:
    line = socket.socket(family, kind)
    try:
        line.bind(address)
    except OSError:
        line.close()
        raise
    if kind == socket.SOCK_STREAM:
        line.listen(64)
    return line


def _hear(line: socket.socket, knocks: list[bytes]) -> None:
    """Note what comes until the socket is shut down."""
    with line:
        while True:
            try:
                if line.type == socket.SOCK_STREAM:
                    caller, _ = line.accept()
                    with caller:
                        caller.settimeout(1)
                        knocks.append(caller.recv(4096) or b"somebody")
                else:
                    data, address = line.recvfrom(4096)
                    if address is None or not data:
                        return
                    knocks.append(data)
            except TimeoutError:
                knocks.append(b"somebody who said nothing")
            except OSError:
                return
