"""Memory layouts and shared memory: the same in this process and in a worker, for NumPy and for torch."""

import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from grader.course.model import Limits
from grader.judge import LAYOUTS, in_layout, layouts, to_torch
from grader.judge.budget import Budget
from grader.judge.describe import describe_call
from grader.judge.local import LocalTransport
from grader.judge.outcomes import CheckFailed, WorkerDied
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.shapes import read_signatures
from grader.judge.student import Student, Transport
from grader.sandbox.fork_server import ForkLauncher
from grader.sandbox.launcher import Launcher
from grader.sandbox.subprocess_worker import SpawnLauncher
from grader.submissions.intake import Submission

LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=200.0, memory_mib=1024)
SOURCE = """
import numpy as np

buffers, last, count = {}, [], [0]

def strides(x): return x.strides if isinstance(x, np.ndarray) else x.stride()
def doubled(x): return 2 * x
def itself(x): return x
def flat(x): return x.reshape(-1)
def deep(pair): return {"first": [pair["x"][1:]]}
def scalar(x): return float(x[0])
def broadcast(x): return np.broadcast_to(x, (2, *x.shape))
def forward(x): return 2 * x, x
def leaky_forward(x): return x, x

def buffered(x):
    out = buffers.setdefault(x.shape, np.empty_like(x))
    np.multiply(2, x, out=out)
    return out

def haunted(x):
    if last:
        last[0] += 1
    last[:] = [2 * x]
    return last[0]

def alternating(x):
    count[0] += 1
    out = buffers.setdefault(count[0] % 2, np.empty_like(x))
    out[...] = x
    return out

def detached(x): return x.detach()
def row(x): return x[1]
def twice(x): return 2 * x
"""
SIGNATURES = read_signatures(
    """
def flat(x: Float[Array, "N D"]) -> Float[Array, "M"]: ...
def forward(x: Float[Array, "N"]) -> tuple[Float[Array, "N"], Cache]: ...
def leaky_forward(x: Float[Array, "N"]) -> tuple[Float[Array, "N"], Cache]: ...
"""
)
X = np.arange(6.0).reshape(2, 3)


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    started = ForkLauncher() if sys.platform == "linux" else SpawnLauncher()
    yield started
    started.close()


def local_transport() -> Transport:
    names: dict[str, object] = {}
    exec(SOURCE, names)
    return LocalTransport(names.__getitem__, wrap=True)


def remote_transport(launcher: Launcher, library: str) -> RemoteTransport:
    load = LoadRequest(Submission("unit", {"layer": SOURCE}), {}, library)
    transport = RemoteTransport(launcher, load, LIMITS, Budget(LIMITS))
    transport.default_file = "layer"
    return transport


@pytest.fixture(params=["local", "numpy", "torch"])
def student(request: pytest.FixtureRequest, launcher: Launcher) -> Iterator[Student]:
    if request.param == "local":
        yield Student(local_transport(), SIGNATURES)
        return
    transport = remote_transport(launcher, request.param)
    yield Student(transport, SIGNATURES)
    transport.close()


@pytest.fixture(params=["local", "torch"])
def student_of_torch(request: pytest.FixtureRequest, launcher: Launcher) -> Iterator[Student]:
    if request.param == "local":
        yield Student(local_transport(), SIGNATURES)
        return
    transport = remote_transport(launcher, "torch")
    yield Student(transport, SIGNATURES)
    transport.close()


def test_an_array_has_its_layout_in_the_student_s_code(student: Student) -> None:
    assert student.strides(X) == (24, 8)
    assert student.strides(in_layout(X, "fortran")) == (8, 16)
    assert student.strides(in_layout(X, "strided")) == (48, 16)
    assert student.strides(in_layout(X, "reversed")) == (-24, -8)
    assert student.strides([X.T][0]) == (8, 24)


def test_a_tensor_has_its_layout_in_the_student_s_code(student_of_torch: Student) -> None:
    (x,) = (to_torch(X),)
    assert [student_of_torch.strides(in_layout(x, name)) for name in LAYOUTS] == [(1, 2), (6, 2), (6, 2)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_another_layout_has_the_same_numbers(layout: str) -> None:
    for array in (X, np.arange(4), np.ones((2, 1, 3), dtype=bool), np.zeros((0, 2)), to_torch(X), torch.arange(3)):
        copy = in_layout(array, layout)
        assert type(copy) is type(array)
        assert (copy.dtype, copy.shape) == (array.dtype, array.shape)
        assert bool((copy == array).all())
    assert in_layout(3, layout) == 3


def test_layouts_gives_all_arrays_the_same_one() -> None:
    alone = [x.strides for x in layouts(X)]
    assert alone == [(8, 16), (48, 16), (-24, -8)]
    assert [(x.strides, y.strides) for x, y in layouts(X, X)] == [(strides, strides) for strides in alone]
    with pytest.raises(ValueError, match="no memory layout 'diagonal': fortran, strided, reversed"):
        in_layout(X, "diagonal")


def test_the_call_says_which_layout_an_argument_has() -> None:
    def shown(value: object) -> str:
        return describe_call("f", ("x",), (value,), {})

    names = ["in Fortran order", "with gaps in memory", "running backwards in memory"]
    assert [shown(x) for x in layouts(X)] == [f"f(x float64 (2, 3) {name})" for name in names]
    assert [shown(x) for x in layouts(to_torch(X))][:2] == [f"f(x tensor float64 (2, 3) {name})" for name in names[:2]]
    assert shown(X) == "f(x float64 (2, 3))"
    assert shown(torch.eye(2).to_sparse()) == "f(x tensor float32 (2, 2))"


@pytest.mark.parametrize("name", ["itself", "flat", "broadcast"])
def test_an_answer_in_the_memory_of_an_argument_is_refused(student: Student, name: str) -> None:
    with pytest.raises(CheckFailed, match=f"{name} returns memory of its argument (x|number 1)") as wrong:
        getattr(student, name).returning_new_arrays(X)
    assert "to change the one is to change the other" in wrong.value.feedback().got


def test_the_argument_is_named_however_it_is_passed(student: Student) -> None:
    with pytest.raises(CheckFailed, match="flat returns memory of its argument x"):
        student.flat.returning_new_arrays(x=X)
    with pytest.raises(CheckFailed, match="deep returns memory of its argument pair"):
        student.deep.returning_new_arrays(pair={"x": X})


@pytest.mark.parametrize("name", ["doubled", "scalar"])
def test_a_new_answer_is_given_back(student: Student, name: str) -> None:
    for x in (X[0], X[1], X[0]):
        answer = getattr(student, name).returning_new_arrays(x)
        assert np.array_equal(answer, 2 * x if name == "doubled" else x[0])


def test_a_copy_in_another_layout_is_new(student: Student) -> None:
    assert np.array_equal(student.flat.returning_new_arrays(np.asfortranarray(X)), np.arange(6.0))


def test_a_buffer_that_is_used_again_is_refused(student: Student) -> None:
    student.buffered.returning_new_arrays(X)
    with pytest.raises(CheckFailed, match="buffered returns the same memory in two calls"):
        student.buffered.returning_new_arrays(X)


def test_buffers_that_take_turns_are_found_by_the_third_call(student: Student) -> None:
    student.alternating.returning_new_arrays(X)
    student.alternating.returning_new_arrays(X)
    with pytest.raises(CheckFailed, match="the same memory in two calls"):
        student.alternating.returning_new_arrays(X)


def test_an_answer_that_a_later_call_changes_is_refused(student: Student) -> None:
    student.haunted.returning_new_arrays(X)
    with pytest.raises(CheckFailed, match="a second call of haunted changes what the first one returned"):
        student.haunted.returning_new_arrays(X)


def test_a_cache_may_hold_arguments_and_an_answer_may_not(student: Student) -> None:
    out, _ = student.forward.returning_new_arrays(X[0])
    assert np.array_equal(out, 2 * X[0])
    with pytest.raises(CheckFailed, match="leaky_forward returns memory of its argument x"):
        student.leaky_forward.returning_new_arrays(X[0])


@pytest.mark.parametrize("name", ["detached", "row"])
def test_tensors_share_memory_as_arrays_do(student_of_torch: Student, name: str) -> None:
    x = to_torch(X, grad=True)
    with pytest.raises(CheckFailed, match=f"{name} returns memory of its argument number 1"):
        getattr(student_of_torch, name).returning_new_arrays(x)
    for _ in range(2):
        assert torch.equal(student_of_torch.twice.returning_new_arrays(x), 2 * x)


def test_another_test_knows_nothing_of_the_first_one_s_answers(launcher: Launcher) -> None:
    transport = remote_transport(launcher, "numpy")
    student = Student(transport, SIGNATURES)
    student.buffered.returning_new_arrays(X)
    transport.start_test(transport.sizes)
    student.buffered.returning_new_arrays(X)
    transport.close()


LIES = ("5", "(('argument', '7'),)", "(('argument', []),)", "(('points', '100'),)", "((),)", "[('earlier', '')]")


@pytest.mark.parametrize("lie", LIES)
def test_what_no_worker_reports_is_no_answer(launcher: Launcher, lie: str) -> None:
    source = f"""
import sys
sys.modules["grader.worker.aliasing"].NewAnswers.aliases = lambda *args: {lie}
def f(x): return 2 * x
"""
    load = LoadRequest(Submission("unit", {"layer": source}), {"f": "layer"})
    transport = RemoteTransport(launcher, load, LIMITS, Budget(LIMITS))
    with pytest.raises(WorkerDied, match="in a form that no worker sends"):
        Student(transport, {}).f.returning_new_arrays(X)
    transport.close()
