"""Requires: a cache stays in the worker, whatever it is; its backward function gets it, and nothing of it travels.

Catches: a cache that comes in at the cap and cannot go out again, which was nobody's fault and cost nothing; caches
that fill the worker; one of a worker that has died, taken for another object of the next one.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.course.model import Limits
from grader.judge.budget import Budget
from grader.judge.client import WarmJudge
from grader.judge.local import LocalTransport
from grader.judge.outcomes import CheckFailed, WorkerDied
from grader.judge.protocol import Job
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.remote_objects import Handle
from grader.judge.shapes import read_signatures
from grader.judge.student import Student
from grader.records import TestRecord, Verdict
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.intake import Submission
from grader.worker.objects import Places

LINUX = sys.platform == "linux"
LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=200.0, memory_mib=512)
HOMES = {"forward": "layer", "backward": "layer", "other": "second", "far": "third"}
SIGNATURES = read_signatures(
    """
def forward(x: Float[Array, "N"]) -> tuple[Float[Array, "N"], Cache]: ...
def backward(dout: Float[Array, "N"], cache: Cache) -> Float[Array, "N"]: ...
def other(cache: Cache): ...
def far(cache: Cache): ...
"""
)
X = np.arange(3.0)
LAYER = "import numpy as np\ndef forward(x): return 2 * x, {cache}\ndef backward(dout, cache): {backward}\n"
SMALL = 1000  # bytes of a frame

CACHES = {
    "arrays": ("(x, np.zeros(1 << 20))", "return dout * len(cache[1])"),
    "the input": ("x", "return dout + 0 * cache"),
    "none": ("None", "assert cache is None; return dout"),
    "a dictionary": ("{'x': x}", "return dout + 0 * cache['x']"),
    "a function": ("lambda slope: slope + 0 * x", "return cache(dout)"),
    "an object": ("type('Own', (), {'x': x})()", "return dout + 0 * cache.x"),
    "a generator": ("iter([x])", "return dout + 0 * next(cache)"),
    "zeros at the cap": ("[0] * 999_980", "return dout + sum(cache)"),
    "more than may travel": ("np.zeros(40 << 20)", "return dout + cache[0]"),
}

Open = Callable[..., Student]


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    started = ForkLauncher() if LINUX else SpawnLauncher()
    yield started
    started.close()


@pytest.fixture
def open_student(launcher: Launcher) -> Iterator[Open]:
    opened: list[RemoteTransport] = []

    def build(**files: str) -> Student:
        opened.append(RemoteTransport(launcher, LoadRequest(Submission("unit", files), HOMES), LIMITS, Budget(LIMITS)))
        return Student(opened[-1], SIGNATURES)

    yield build
    for transport in opened:
        transport.close()


def layer(cache: str, backward: str = "return dout") -> str:
    return LAYER.format(cache=cache, backward=backward)


def frames_of(student: Student, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the size of each frame, in either direction."""
    sizes: list[int] = []
    transport = student._transport
    assert isinstance(transport, RemoteTransport)
    encode, spend = transport._encoded, transport.sizes.spend
    monkeypatch.setattr(
        transport, "_encoded", lambda request: [sizes.append(sum(map(len, parts := encode(request)))), parts][1]
    )
    monkeypatch.setattr(transport.sizes, "spend", lambda size: [sizes.append(size), spend(size)])
    return sizes


@pytest.mark.parametrize("kind", CACHES)
def test_nothing_of_a_cache_crosses_the_wall(open_student: Open, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    student = open_student(layer=layer(*CACHES[kind]))
    student.forward(X)  # the first call sends the files
    sizes = frames_of(student, monkeypatch)
    out, cache = student.forward(X)
    np.testing.assert_array_equal(out, 2 * X)
    assert type(cache) is Handle
    factor = 1 << 20 if kind == "arrays" else 1
    np.testing.assert_array_equal(student.backward(X, cache), factor * X)
    assert len(sizes) == 4
    assert max(sizes) < SMALL


def test_a_cache_goes_into_containers_and_to_other_functions(open_student: Open) -> None:
    student = open_student(layer=layer("[x]"), second="def other(cache): return cache[0]['it'][0] + 1\n")
    _, cache = student.forward(X)
    np.testing.assert_array_equal(student.other([{"it": cache}]), X + 1)


def test_caches_that_nobody_has_any_more_are_let_go(open_student: Open) -> None:
    student = open_student(layer=layer("np.ones(16 << 20)", "return dout * cache[-1]"))
    for _ in range(12):  # 128 MiB each, where 512 are allowed
        _, cache = student.forward(X)
        np.testing.assert_array_equal(student.backward(X, cache), X)


def test_a_cache_of_a_worker_that_has_died_is_missed(open_student: Open) -> None:
    student = open_student(
        layer=layer("[x]"),
        second="from .third import far\ndef other(cache): return 1\n",
        third="__import__('os')._exit(3)\n",
    )
    _, cache = student.forward(X)
    with pytest.raises(WorkerDied) as caught:
        student.other(cache)
    assert caught.value.message == (
        "the list that an earlier call returned is gone with its process: "
        "loading third.py ended its process with exit status 3"
    )
    _, cache = student.forward(X)  # and its number is not taken for another object's
    assert student.other(cache) == 1


def test_a_cache_of_an_earlier_test_is_missed(open_student: Open) -> None:
    student = open_student(layer=layer("[x]"))
    _, cache = student.forward(X)
    transport = student._transport
    assert isinstance(transport, RemoteTransport)
    transport.start_test(transport.sizes)
    student.forward(X)
    for use in (lambda: student.backward(X, cache), lambda: cache[0]):
        with pytest.raises(WorkerDied, match="the list that an earlier call returned is gone with its process"):
            use()


def here(**functions: object) -> Student:
    return Student(LocalTransport(functions.__getitem__, wrap=True), SIGNATURES)


BACKWARD = {
    "multiplies": "cache[0][:] *= 2; return dout * cache[0]",
    "consumes": "return dout * cache.pop()",
    "keeps": "return dout * cache[0]",
}


@pytest.mark.parametrize("kind", BACKWARD)
@pytest.mark.parametrize("remote", [True, False])
def test_a_cache_that_is_changed_in_place_is_noticed(open_student: Open, kind: str, *, remote: bool) -> None:
    text = layer("[x + 1]", BACKWARD[kind])
    namespace: dict[str, object] = {}
    exec(text, namespace)
    student = open_student(layer=text) if remote else here(**namespace)
    _, cache = student.forward(X)
    assert isinstance(cache, Handle)
    if kind == "keeps":
        np.testing.assert_array_equal(student.backward.keeping_arguments(X, cache), X * (X + 1))
    else:
        with pytest.raises(CheckFailed, match="backward changes its argument cache in place"):
            student.backward.keeping_arguments(X, cache)


@pytest.mark.parametrize(
    ("annotation", "places"),
    [
        ("Cache", True),
        ("tuple[float, Cache]", (False, True)),
        ("tuple[float, tuple[Cache, float], list[Cache]]", (False, (True, False), True)),
        ("tuple[Cache, ...]", True),
        ("Cache | None", True),
        ("tuple[float, object]", False),
        ("tuple[float, dict[str, float]]", False),
        ("list[float]", False),
    ],
)
def test_the_signature_says_where_caches_are(annotation: str, places: Places) -> None:
    assert read_signatures(f"def f(x) -> {annotation}: ...")["f"].caches == places


@pytest.mark.skipif(not LINUX, reason="forked judges are Linux's")
def test_a_cache_of_zeros_at_the_cap_costs_nothing(tmp_path: Path) -> None:
    root = shutil.copytree(Path(__file__).parent / "tower", tmp_path / "tower")
    files = {path.stem: path.read_text(encoding="utf-8") for path in (root / "solutions/tower").glob("*.py")}
    files["low"] += "\nplain_forward, plain_backward = scale_forward, scale_backward\n"
    files["low"] += "def scale_forward(x, w):\n    out, cache = plain_forward(x, w)\n"
    files["low"] += "    return out, (cache, [0] * 999_980)\n"
    files["low"] += "def scale_backward(dout, cache):\n    return plain_backward(dout, cache[0])\n"
    records: list[TestRecord] = []
    with WarmJudge(root, ["tower"], "a secret") as judge:
        judge.wait_until_ready()
        tasks = ("scale_forward", "scale_backward", "block_forward", "block_backward")
        judge.grade(Job(Submission("tower", files), LIMITS, "a secret", tasks=tasks), records.append)
    assert len(records) > 3
    assert {record.verdict for record in records} == {Verdict.PASSED}, records
