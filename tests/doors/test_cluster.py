"""A real cluster of this machine: a scheduler and workers as processes, killed, restarted and refused.

Whatever happens to them, the gradebook is the one that this machine makes alone.
"""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.autograde.journal import NAME, Journal
from grader.cli.serve import GRADE
from grader.cluster.certificates import make_certificates
from grader.course.registry import Course
from grader.records import Status
from tests.doors.environments import free_port
from tests.toy_course import make_course, write

STUDENTS = tuple(f"s{number:02}" for number in range(12))
SECRET = "a-secret-that-nobody-may-see-in-a-log"
PATIENCE = 120.0  # seconds for what takes two on a quiet machine
SLOWLY = '''\
"""Counting, slowly."""


def total(x):
    """Add everything up."""
    for _ in range({rounds}):
        pass
    return float(x.sum()) + {error}
'''
PRYING = '''\
"""Looks for the cluster's key, and speaks to its scheduler; each that it reaches spoils the answer."""

import sys


def key():
    return open("{key}").read()


def scheduler():
    socket = sys.modules["importlib._bootstrap"]._gcd_import("socket")
    socket.create_connection(("127.0.0.1", {port}), 2).close()


def total(x):
    reached = 0
    for attempt in (key, scheduler):
        try:
            attempt()
            reached += 1
        except Exception:
            pass
    return 100.0 * reached or float(x.sum())
'''


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course with secret and certificates, as the machines of a cluster have it."""
    made = make_course(tmp_path / "course")
    write(made.root / ".course-secret", f"{SECRET}\n")
    make_certificates(made.root / ".cluster")
    return made


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """Return a class in which every third has a wrong answer."""
    for number, student in enumerate(STUDENTS):
        text = SLOWLY.format(error=int(number % 3 == 0), rounds=2_000_000 if number < 3 else 6_000_000)
        write(tmp_path / "class" / student / "counts/count.py", text)
    return tmp_path / "class"


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DEEPGRADE_SECRET"} | {"COLUMNS": "200"}


class Machines:
    """Processes of a cluster on this machine.

    Parameters
    ----------
    folder : Path
        For their printed lines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        self.runs: list[subprocess.Popen[str]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, root: Path, *options: str, until: str, **variables: str) -> "subprocess.Popen[bytes]":
        """Start `grade worker`, and return when it has printed something."""
        log = self.folder / f"machine{len(self.running)}.log"
        with log.open("wb") as output:
            command = [*GRADE, f"--course={root}", "worker", self.address, *options]
            process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment() | variables, start_new_session=True
            )
        self.running.append(process)
        wait_for(lambda: until in log.read_text(encoding="utf-8"), lambda: log.read_text(encoding="utf-8"))
        return process

    def scheduler(self, root: Path) -> "subprocess.Popen[bytes]":
        return self.start(root, "--scheduler", "--jobs", "0", until="listens")

    def worker(self, root: Path, jobs: int = 1) -> "subprocess.Popen[bytes]":
        return self.start(root, "--jobs", str(jobs), until="joined")

    def grade(self, course: Course, submissions: Path, out: Path, *options: str) -> "subprocess.Popen[str]":
        """Start `grade autograde` with these machines."""
        engine = ("--engine", f"dask://{self.address}")
        run = start_autograde(course, submissions, out, *engine, *options)
        self.runs.append(run)
        return run

    def printed(self) -> str:
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        """End everything, also what a failed test left."""
        for run in self.runs:
            if run.poll() is None:
                run.kill()
            run.communicate()
        for process in self.running:
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            process.wait(PATIENCE)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    folder = tmp_path / "logs"
    folder.mkdir()
    made = Machines(folder)
    yield made
    made.close()


def start_autograde(
    course: Course, submissions: Path, out: Path, *options: str, **variables: str
) -> "subprocess.Popen[str]":
    command = [*GRADE, f"--course={course.root}", "autograde", str(submissions), "--out", str(out), *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment() | variables,
        start_new_session=True,
    )


def wait_for(happened: Callable[[], object], seen: Callable[[], object] = lambda: "") -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, seen()
        time.sleep(0.05)


def ended(run: "subprocess.Popen[str]", code: int = 0) -> str:
    printed, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == code, printed
    return printed


def graded(out: Path) -> int:
    """Return how many submissions of a running class are in the journal."""
    if not (out / NAME).is_file():
        return 0
    try:
        with Journal(out / NAME, read_only=True) as journal:
            return sum(result.status is Status.GRADED for result in journal.results())
    except Exception:  # the file is just being made
        return 0


def gradebook(out: Path) -> list[list[str]]:
    """Return the rows of results.csv and, without times, of tests.csv."""
    rows = []
    for name in ("results.csv", "tests.csv"):
        with (out / name).open(encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
        kept = [number for number, title in enumerate(table[0]) if "seconds" not in title]
        rows += [[row[number] for number in kept] for row in table]
    return rows


@pytest.fixture
def alone(course: Course, submissions: Path, tmp_path: Path) -> list[list[str]]:
    """Return the gradebook that this machine makes by itself."""
    ended(start_autograde(course, submissions, tmp_path / "alone"))
    return gradebook(tmp_path / "alone")


def processes_of(group: int) -> list[str]:
    """Return the processes of a session that are still there."""
    left = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = status.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == group and state != "Z":
            left.append(status.parent.name)
    return left


def test_a_worker_killed_in_the_middle_changes_no_grade(
    course: Course, submissions: Path, machines: Machines, alone: list[list[str]], tmp_path: Path
) -> None:
    machines.scheduler(course.root)
    victim, _ = machines.worker(course.root), machines.worker(course.root)
    run = machines.grade(course, submissions, tmp_path / "out")
    wait_for(lambda: graded(tmp_path / "out") >= 2, machines.printed)
    victim.send_signal(signal.SIGKILL)
    assert graded(tmp_path / "out") < len(STUDENTS), "it was killed too late"
    printed = ended(run)
    assert "is gone: its jobs go to others; 1 left" in printed
    assert gradebook(tmp_path / "out") == alone
    wait_for(lambda: not processes_of(victim.pid), lambda: processes_of(victim.pid))  # judge and sandboxes went too
    assert SECRET not in printed + machines.printed()


def test_a_scheduler_killed_and_started_again_changes_no_grade(
    course: Course, submissions: Path, machines: Machines, alone: list[list[str]], tmp_path: Path
) -> None:
    scheduler = machines.scheduler(course.root)
    for _ in range(2):
        machines.worker(course.root)
    run = machines.grade(course, submissions, tmp_path / "out")
    wait_for(lambda: graded(tmp_path / "out") >= 2, machines.printed)
    scheduler.send_signal(signal.SIGKILL)
    scheduler.wait()
    assert graded(tmp_path / "out") < len(STUDENTS), "it was killed too late"
    machines.scheduler(course.root)
    printed = ended(run)
    assert "the scheduler is gone" in printed
    assert "the scheduler is back" in printed
    assert gradebook(tmp_path / "out") == alone


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let programs that are started be interrupted, also where these tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_leaves_a_journal_that_the_same_command_goes_on_with(
    course: Course, submissions: Path, machines: Machines, alone: list[list[str]], tmp_path: Path
) -> None:
    machines.scheduler(course.root)
    machines.worker(course.root)
    run = machines.grade(course, submissions, tmp_path / "out")
    wait_for(lambda: graded(tmp_path / "out") >= 2, machines.printed)
    run.send_signal(signal.SIGINT)
    assert graded(tmp_path / "out") < len(STUDENTS), "it was stopped too late"
    printed, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130, printed
    assert "the same command goes on" in printed
    done = graded(tmp_path / "out")
    assert 2 <= done < len(STUDENTS)
    printed = ended(machines.grade(course, submissions, tmp_path / "out"))
    assert f"{len(STUDENTS) - done} submissions run" in printed
    assert gradebook(tmp_path / "out") == alone


def test_a_job_that_ends_one_worker_after_the_other_is_given_up(
    course: Course, submissions: Path, machines: Machines, tmp_path: Path
) -> None:
    machines.scheduler(course.root)
    worker = machines.worker(course.root)
    run = machines.grade(course, submissions, tmp_path / "out")
    for attempt in range(4):
        wait_for(lambda group=worker.pid: len(processes_of(group)) > 1)  # it has started a judge
        worker.send_signal(signal.SIGKILL)
        if attempt < 3:
            worker = machines.worker(course.root)
    printed = ended(run, 3)
    assert "none is left, waiting for one" in printed
    assert "4 workers ended while they graded it" in printed


def test_a_worker_without_walls_is_refused_with_the_words_of_its_doctor(
    course: Course, machines: Machines, tmp_path: Path
) -> None:
    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    machines.scheduler(course.root)
    command = [*GRADE, f"--course={course.root}", "worker", machines.address]
    refused = subprocess.run(
        command, capture_output=True, text=True, env=environment() | {"PATH": str(folder)}, check=False
    )
    assert refused.returncode == 2
    assert "the tier sealed is not reached here: bubblewrap is not installed" in refused.stderr
    assert "install bubblewrap" in refused.stderr
    assert "grade doctor" in refused.stderr


def test_two_versions_of_the_course_do_not_mix(
    course: Course, submissions: Path, machines: Machines, alone: list[list[str]], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(course.root, other)
    suite = other / "tests/hidden/counts/test_count.py"
    suite.write_text(suite.read_text(encoding="utf-8").replace("points=3", "points=5"), encoding="utf-8")
    machines.scheduler(course.root)
    machines.worker(other)
    printed = ended(machines.grade(course, submissions, tmp_path / "out"), 2)
    assert "none of the 1 worker can grade" in printed
    assert "it has another version of the course (counts)" in printed
    machines.worker(course.root)
    printed = ended(machines.grade(course, submissions, tmp_path / "out"))
    assert "is refused: it has another version of the course (counts)" in printed
    assert gradebook(tmp_path / "out") == alone


def test_another_secret_another_cluster_and_nobody_at_all_are_told(
    course: Course, submissions: Path, machines: Machines, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert "nothing listens at" in ended(machines.grade(course, submissions, out), 2)
    other = make_course(tmp_path / "other")
    write(other.root / ".course-secret", "another secret\n")
    shutil.copytree(course.root / ".cluster", other.root / ".cluster")
    machines.scheduler(course.root)
    machines.worker(other.root)
    assert "it has another course secret" in ended(machines.grade(course, submissions, out), 2)
    shutil.rmtree(course.root / ".cluster")
    assert "there are no certificates in" in ended(machines.grade(course, submissions, out), 2)
    make_certificates(course.root / ".cluster")
    assert "certificates of another cluster" in ended(machines.grade(course, submissions, out), 2)


def answers(out: Path) -> tuple[float, str]:
    """Return the points of a class of one, and what its first test got."""
    with Journal(out / NAME, read_only=True) as journal:
        (result,) = journal.results()
    return result.earned, result.tests[0].feedback.got


def test_students_code_reaches_neither_key_nor_scheduler(course: Course, machines: Machines, tmp_path: Path) -> None:
    text = PRYING.format(key=course.root / ".cluster/key.pem", port=machines.port)
    write(tmp_path / "class/eve/counts/count.py", text)
    machines.scheduler(course.root)
    machines.worker(course.root)
    ended(start_autograde(course, tmp_path / "class", tmp_path / "open", "--tier", "self"))
    points, got = answers(tmp_path / "open")
    assert (points, got) == (0, "200")  # without walls it reaches both
    ended(machines.grade(course, tmp_path / "class", tmp_path / "out"))
    assert answers(tmp_path / "out") == (4.0, "")


SBATCH = """#!/bin/sh
# Pretends to be Slurm's: runs the script at once, on this machine, in the environment that it was called in.
cp "$1" "$JOBS/$$.sh"
setsid sh "$JOBS/$$.sh" >"$JOBS/$$.log" 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -- "-$1"
"""
SETTINGS = """\
jobqueue:
  slurm:
    cores: 1
    memory: 2GB
"""


def test_slurm_with_a_pretended_sbatch(
    course: Course, submissions: Path, alone: list[list[str]], tmp_path: Path
) -> None:
    jobs = tmp_path / "jobs"
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL, "jobqueue.yaml": SETTINGS}.items():
        write(jobs / name, text)
        (jobs / name).chmod(0o755)
    variables = {"PATH": f"{jobs}:{os.environ['PATH']}", "JOBS": str(jobs), "DASK_CONFIG": str(jobs)}
    run = start_autograde(course, submissions, tmp_path / "out", "--engine", "slurm:2", **variables)
    printed = ended(run)
    assert "2 jobs handed to Slurm" in printed
    assert gradebook(tmp_path / "out") == alone
    logs = "\n".join(path.read_text(encoding="utf-8") for path in [*jobs.glob("*.log"), *jobs.glob("*.sh")])
    assert SECRET not in logs + printed
    write(jobs / "jobqueue.yaml", "jobqueue: {}\n")
    run = start_autograde(course, submissions, tmp_path / "out", "--engine", "slurm", **variables)
    assert "no jobs for Slurm" in ended(run, 2)
