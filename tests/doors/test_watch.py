"""`grade watch` with a real judge: the verdicts of every way to run are the same, and a bad save costs one run.

Here because each kind of judge imports torch: it takes half a minute on a quiet machine.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.home.exchange import graded_by_watcher
from grader.home.warm_unit import WarmUnit
from grader.judge.client import Stop, grade_once
from grader.judge.home_judges import ForkingJudge, HomeJudge, SpareJudge
from grader.judge.protocol import PUBLIC_SECRET, Job
from grader.records import TestRecord
from grader.submissions.intake import Submission
from tests.benchmarks.watch import GRADE, ROOT, await_verdict, bundle_of, saved

UNIT = "perceptron"
BODIES = {
    "right": "return np.where(z >= 0, 1, 0).astype(z.dtype)",
    "wrong": "return np.where(z > 0, 1, 0).astype(z.dtype)",
    "stub": 'raise NotImplementedError("perceptron.step")',
    "raises": "return z + nothing",
    "loops": "while True: pass",
    "hog": "return [0.0] * 10**10",
    "leaves": "import os; os._exit(3)",
    "kills": "import os; os.abort()",
    "does not compile": "return z +",
    "prints": "print('z' * 10**6); return z",
    "forbidden": "import torch; return torch.relu(z)",
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched") / "a course"
    folder.mkdir()
    bundle_of(UNIT, folder)
    return folder


def job(bundle: Path, body: str) -> Job:
    course = load_course(bundle)
    files = {path.stem: path.read_text() for path in (bundle / "exercises" / UNIT).glob("*.py")}
    files = {stem: text for stem, text in files.items() if stem in course.unit(UNIT).files}
    files["neuron"] = files["neuron"].replace('raise NotImplementedError("perceptron.step")', body)
    return Job(
        Submission(UNIT, files), course.limits_of(UNIT), PUBLIC_SECRET, tasks=("step", "predict"), visible_only=True
    )


def comparable(records: list[TestRecord]) -> list[tuple[object, ...]]:
    """Return what a student reads of records, without times; of second records the later ones."""
    last = {record.test: record for record in records}
    return [
        (
            record.test,
            record.verdict,
            record.earned,
            record.feedback.message,
            record.feedback.got,
            record.feedback.likely,
        )
        for record in last.values()
    ]


@pytest.fixture(scope="module", params=["forks", "spare"])
def judge(request: pytest.FixtureRequest, bundle: Path) -> Iterator[HomeJudge]:
    if request.param == "forks" and sys.platform != "linux":
        pytest.skip("a judge that forks is Linux's")
    started = ForkingJudge(bundle, UNIT) if request.param == "forks" else SpareJudge(bundle, UNIT)
    started.wait_until_ready()
    yield started
    started.close()


@pytest.fixture(scope="module")
def cold(bundle: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what a cold run says of each body."""
    answers = {}
    for name, body in BODIES.items():
        records: list[TestRecord] = []
        grade_once(bundle, job(bundle, body), records.append)
        answers[name] = comparable(records)
    return answers


@pytest.mark.parametrize("name", BODIES)
def test_a_judge_that_is_ready_says_what_a_cold_one_says(bundle, judge, cold, name):
    records: list[TestRecord] = []
    judge.grade(job(bundle, BODIES[name]), records.append)
    assert comparable(records) == cold[name]
    assert records


def test_a_run_through_a_watcher_says_the_same(bundle, cold):
    warm = WarmUnit(load_course(bundle), load_course(bundle).unit(UNIT))
    try:
        for name in ("right", "wrong", "leaves", "does not compile"):
            records: list[TestRecord] = []
            assert graded_by_watcher(bundle, job(bundle, BODIES[name]), records.append) is not None
            assert comparable(records) == cold[name]
    finally:
        warm.close()


def test_an_endless_run_is_ended_from_another_thread(bundle, judge):
    stop = Stop()
    threading.Timer(1.0, stop.ask).start()
    start = time.process_time()
    with pytest.raises(Exception, match=r"judge|broke|ended"):
        judge.grade(job(bundle, BODIES["loops"]), lambda record: None, stop)
    assert time.process_time() - start < 5
    records: list[TestRecord] = []
    judge.grade(job(bundle, BODIES["right"]), records.append)
    assert {record.verdict for record in records if record.task == "step"} == {"passed"}


def test_every_save_gets_its_verdict_in_the_command_itself(bundle):
    path = bundle / "exercises" / UNIT / "neuron.py"
    stub = path.read_text()
    process = subprocess.Popen(
        [sys.executable, "-c", GRADE, "watch", UNIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=bundle,
        env=dict(os.environ) | {"COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    expected = {
        "leaves": "not allowed",  # importing os is refused before anything runs
        "loops": "did not return in time",
        "right": "✓",
        "does not compile": "SyntaxError",
        "wrong": "✗",
    }
    try:
        await_verdict(process.stdout)
        for name, words in expected.items():
            saved(path, stub.replace('raise NotImplementedError("perceptron.step")', BODIES[name]))
            printed = await_verdict(process.stdout)
            assert words in printed, printed
            assert max(map(len, printed.splitlines())) <= 80
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
        path.write_text(stub)
