"""One grading run over the whole corpus, and what it did to the machine."""

import contextlib
import ctypes
import io
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import msgspec
from rich.console import Console

from grader.autograde.run import autograde
from grader.records import Isolation, Result, Status
from grader.records.run import Event, Finished, Outcome
from grader.report.data_files import write_results
from grader.report.screens import Marks
from grader.report.student import unit_report
from grader.report.table import class_table, summary_lines
from tests.attacks.attack import HONEST_POINTS, Attack
from tests.attacks.corpus import ATTACKS
from tests.attacks.place import HALF_HONEST, NEIGHBOURS, Place, besieged

SUBREAPER = 36
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")
BREACH = "BREACH"
LONGEST_SECONDS = 12.0  # of one submission: the course's limit is 7
LARGEST_MIB = 1536.0  # of the judge: torch alone takes some 400
RECORD_BYTES = 30_000  # a record's feedback cannot grow beyond this, whatever is answered
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Siege:
    """Result of one run.

    Attributes
    ----------
    results : dict of tuple to Result
        By student and unit.
    heard, marked : set of str
        Attacks that reached a listener, or left a file outside.
    canaries : dict of str to str
    shown : str
        Everything that was printed or written for people.
    seconds : float
    replaced : int
        How many zygotes had to be started anew.
    damage : list of str
        What the run as a whole left behind or changed.
    """

    outcome: Outcome
    results: dict[tuple[str, str], Result]
    heard: set[str]
    marked: set[str]
    canaries: dict[str, str]
    shown: str
    seconds: float
    replaced: int = 0
    damage: list[str] = field(default_factory=list)

    def records_text(self, student: str, unit: str) -> str:
        """Return everything that a student's records say."""
        result = self.results[student, unit]
        feedback = [text for test in result.tests for text in _texts(test.feedback)]
        return "\n".join([result.remark, *feedback])

    def problems(self, attack: Attack) -> list[str]:
        """Return in which ways an attack got through, or was not the attack that it should be; empty if contained."""
        result = self.results[attack.name, attack.unit]
        text = self.records_text(attack.name, attack.unit)
        problems = [f"a canary of {kind}" for kind, canary in self.canaries.items() if canary in text]
        if result.earned > attack.earned:
            problems.append(f"{result.earned - attack.earned:g} points gained")
        if result.status is Status.GRADER_ERROR:
            problems.append(f"not graded: {result.remark}")
        if any(test.verdict in ("skipped", "grader_error") for test in result.tests):
            problems.append("a test that does not count against it")
        if result.status is Status.GRADED and result.measured != self.results[NEIGHBOURS[0], attack.unit].measured:
            problems.append("measured out of other points than its neighbour")
        used = result.timing.charged + result.timing.judge_cpu
        if used > LONGEST_SECONDS:
            problems.append(f"it used {used:.0f} s of its workers' and the judge's time")
        if result.timing.judge_mib > LARGEST_MIB:
            problems.append(f"the judge had {result.timing.judge_mib:.0f} MiB for it")
        if BREACH in text:
            problems.append(text[text.index(BREACH) :].splitlines()[0][:120])
        problems += ["reached a listener"] * (attack.name in self.heard) + ["left a file"] * (
            attack.name in self.marked
        )
        if result.earned < attack.earned:
            problems.append(f"its honest part brought {result.earned:g} of {attack.earned:g}")
        if len(msgspec.json.encode(result)) > RECORD_BYTES * max(1, len(result.tests)):
            problems.append("a record of unbounded size")
        if not re.search(attack.evidence, text):
            problems.append(f"no trace of it (expected: {attack.evidence})")
        return problems

    def happened(self, attack: Attack) -> str:
        """Say in one line how an attack ended."""
        result = self.results[attack.name, attack.unit]
        lines = [test.feedback.message or test.verdict for test in result.tests if test.earned < test.points]
        lines.sort(key=lambda line: "there is no" in line)
        text = result.remark if result.status is not Status.GRADED else next(iter(lines), "graded")
        return STEERING.sub("?", " ".join(text.split()))

    def excused(self) -> float:
        """Return the points that no longer count against attackers: of those that count against their neighbour."""
        graded = [self.results[attack.name, attack.unit] for attack in ATTACKS.values()]
        counted = [result for result in graded if result.status in (Status.GRADED, Status.GRADER_ERROR)]
        return sum(max(0.0, self.results[NEIGHBOURS[0], result.unit].measured - result.measured) for result in counted)

    def gained(self, leaving_out: Sequence[Attack] = ()) -> float:
        """Return the points that all attacks together got beyond their honest parts."""
        counted = (attack for attack in ATTACKS.values() if attack not in leaving_out)
        earned = ((self.results[attack.name, attack.unit].earned, attack.earned) for attack in counted)
        return sum(max(0.0, points - honest) for points, honest in earned)


def _texts(feedback: object) -> Iterator[str]:
    for value in msgspec.structs.asdict(feedback).values():  # type: ignore[arg-type]  # a record is a struct
        yield "\n".join(value) if isinstance(value, tuple) else str(value)


def besiege(jobs: int = 2) -> Siege:
    """Grade the whole corpus in one run, behind the walls of the tier `sealed`."""
    with besieged() as place, _no_orphans() as orphans:
        before = _state(place)
        secrets = {"DEEPGRADE_SECRET": place.canaries["SECRET"], "DEEPGRADE_CANARY": place.canaries["ENVIRONMENT"]}
        watch = Watch()
        start = time.perf_counter()
        with mock.patch.dict(os.environ, secrets):
            outcome = autograde(
                place.course,
                place.submissions,
                out=place.root / "out",
                jobs=jobs,
                tier=Isolation.SEALED,
                on_event=watch.hear,
            )
        siege = Siege(
            outcome=outcome,
            results={(result.student, result.unit): result for result in outcome.results},
            heard={name for name in ATTACKS if place.heard(name)},
            marked={name for name in ATTACKS if (place.marks / name).exists()},
            canaries=place.canaries,
            shown=_shown(place, outcome),
            seconds=time.perf_counter() - start,
        )
        siege.replaced = watch.replaced
        siege.damage = [*_damage(siege, place), *watch.damage(), *_differences(before, _state(place)), *orphans()]
    return siege


def _shown(place: Place, outcome: Outcome) -> str:
    """Return everything that a run shows: the class table, its summary, every student's screen, the files beside it."""
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(class_table(place.course, outcome.results, 160))
    for line in summary_lines(outcome):
        console.print(line, markup=False)
    for result in outcome.results:
        unit = place.course.unit(result.unit)
        console.print(unit_report(unit, result.tests, Marks(), 160, every_test=True, full=True))
    written = [path for path in write_results(place.course, outcome, place.root / "out") if path.suffix != ".json"]
    texts = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in written]
    return "\n".join([console.export_text(), *texts])


def _damage(siege: Siege, place: Place) -> list[str]:
    """Say what is wrong with the run as a whole."""
    problems = [f"note: {note}" for note in siege.outcome.notes]
    for name in NEIGHBOURS:
        for unit in ("numbers", "tensors"):
            result = siege.results[name, unit]
            if not (result.tests and result.earned == result.measured == sum(test.points for test in result.tests)):
                problems.append(
                    f"{name} has {result.earned:g} points in {unit}: {siege.records_text(name, unit)[:300]}"
                )
    if siege.results[HALF_HONEST, "numbers"].earned != HONEST_POINTS:
        problems.append("the one who solved half does not have half")
    written = [path.read_bytes() for path in (place.root / "out").rglob("*") if path.is_file()]
    for kind, canary in siege.canaries.items():
        if canary in siege.shown or any(canary.encode() in data for data in written):
            problems.append(f"a canary of {kind} stands in what the run wrote")
    if steering := STEERING.search(siege.shown.replace("\r\n", "\n")):
        problems.append(
            f"the reports carry {steering[0]!r}: {siege.shown[max(0, steering.start() - 60) : steering.end()]!r}"
        )
    if formula := re.search(r'(?m)(?:^|,)"?[=+@](?![0-9.])[^,\n]*', siege.shown):
        problems.append(f"a spreadsheet would compute {formula[0]!r}")
    strangers = {path.name for path in place.marks.iterdir()} - siege.marked
    return [*problems, *(f"a file of the name {name}" for name in sorted(strangers))]


class Watch:
    """Looks at the zygotes while the run goes on: they must live through it, or be replaced."""

    def __init__(self) -> None:
        self.zygotes: list[frozenset[int]] = []

    def hear(self, event: Event) -> None:
        """Note which zygotes there are when a submission has ended."""
        if isinstance(event, Finished) and event.result.status is Status.GRADED:
            self.zygotes.append(frozenset(pid for pid, words in _descendants() if words.startswith("bwrap")))

    def damage(self) -> list[str]:
        """Say whether zygotes have died without being replaced."""
        if not self.zygotes or not self.zygotes[0]:
            return ["no zygote was seen"]
        return [] if len(self.zygotes[-1]) >= len(self.zygotes[0]) else ["a zygote has died and was not replaced"]

    @property
    def replaced(self) -> int:
        """Number of zygotes that took the place of another."""
        return len(frozenset().union(*self.zygotes)) - len(self.zygotes[0]) if self.zygotes else 0


@contextlib.contextmanager
def _no_orphans() -> Iterator[object]:
    """Become the parent of whatever loses its own; yield a function that tells who is left."""
    prctl = ctypes.CDLL(None).prctl
    known = {pid for pid, _ in _descendants()}
    prctl(SUBREAPER, 1, 0, 0, 0)

    def left() -> list[str]:
        end = time.monotonic() + 60
        while True:
            orphans = [f"a process is left: {words}" for pid, words in _descendants() if pid not in known]
            if not orphans or time.monotonic() > end:
                return orphans
            time.sleep(0.05)
            _reap(known)

    try:
        yield left
    finally:
        prctl(SUBREAPER, 0, 0, 0, 0)


def _reap(known: set[int]) -> None:
    """Take note of orphans that have ended, so that they do not count as left behind."""
    for pid, _ in _descendants():
        if pid not in known:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _descendants() -> list[tuple[int, str]]:
    """Return the processes below this one, with their commands."""
    parents: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            program = text[text.index("(") + 1 : text.rindex(")")]
            parents[int(folder.name)] = (int(text.rpartition(")")[2].split()[1]), f"{program} {words[:80]}")
    descendants, waiting = [], [os.getpid()]
    while waiting:
        parent = waiting.pop()
        children = [(pid, words) for pid, (above, words) in parents.items() if above == parent]
        descendants += children
        waiting += [pid for pid, _ in children]
    return descendants


def _state(place: Place) -> dict[str, frozenset[str]]:
    """Return what an attack could change for good: mounts, shared memory, files of the course and of everybody."""
    files = [path for name in ("course", "outside", "class") for path in (place.root / name).rglob("*")]
    kept = [path for path in files if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts]
    everybodys = [path for folder in SHARED_FOLDERS for path in Path(folder).glob("*deepgrade-attack*")]
    shared = [Path(f"/proc/sysvipc/{kind}") for kind in ("shm", "sem", "msg")]
    return {
        "mounts": frozenset(Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()),
        "files": frozenset(f"{path} {path.stat().st_mode:o} {path.stat().st_mtime_ns}" for path in kept),
        "temporary files": frozenset(map(str, everybodys)),
        "shared memory": frozenset(f"{path.name} {_ids(path)}" for path in shared if path.exists()),
    }


def _ids(path: Path) -> list[str]:
    return [" ".join(line.split()[:2]) for line in path.read_text(encoding="ascii").splitlines()[1:]]


def _differences(before: dict[str, frozenset[str]], after: dict[str, frozenset[str]]) -> list[str]:
    return [
        f"{what} changed: {sorted(before[what] ^ after[what])[:3]}" for what in before if before[what] != after[what]
    ]
