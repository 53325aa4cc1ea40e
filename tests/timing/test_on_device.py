"""Races on a device, with a stand-in for it: the protocol, the order of events, what is checked, what is said.

No test here needs a GPU, and none shows that a real one works: `tests/benchmarks/gpu_check.py` is for that. Memory is
shared with workers in threads of this process; through the wire it goes to real workers, sealed where that is reached.
"""

import contextlib
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.course.registry import Limits
from grader.errors import UnavailableError
from grader.judge import service
from grader.judge.budget import Budget
from grader.judge.items import TestInfo
from grader.judge.outcomes import BelowGold, CheckFailed, GraderFault, NoGpu, OutcomeException, StudentRaised, TooNoisy
from grader.judge.remote import LoadRequest, RemoteTransport
from grader.judge.student import Student
from grader.records import Isolation
from grader.sandbox import launcher as launcher_module
from grader.sandbox.gpus import Driver
from grader.sandbox.launcher import Launcher, launcher_for
from grader.sandbox.probe import require
from grader.submissions.intake import Submission
from grader.timing import batches, gpu, on_device
from grader.timing.batches import Batches, DeviceRunner, Layout, alike, comparing_batches, planned
from grader.timing.closeness import Closeness, CloseTo
from grader.timing.gpu_race import comparing
from grader.timing.gpu_state import CardReading
from grader.timing.race import Race
from grader.timing.rounds import LEAST
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload
from grader.worker.device import BatchBuffers, bits, block_bytes, cut, digest, mask, opened_storage
from tests.timing.stand_in import NAME, Products, StandIn, ThreadChannel, ThreadLauncher

TRACK = Path(__file__).parent / "track"
TEXT = (TRACK / "solutions/quick/workloads.py").read_text(encoding="utf-8")
SOLUTION = (TRACK / "solutions/quick/fast.py").read_text(encoding="utf-8")
SMALL_CACHE = 1 << 12  # bytes
SMALL = TEXT.replace("360", "48")  # where products are counted, their size is no matter
BODY = "    return x @ x @ x\n"
LIMITS = Limits(call_seconds=20.0, test_seconds=60.0, submission_seconds=200.0)
CUBE = (360, 360)


def workload() -> Workload:
    return Workload(TEXT, "cube_fast", 7)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def private_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for other races on this machine: each test has a card of its own."""
    monkeypatch.setattr("grader.timing.gpu_state.lock_paths", lambda: (tmp_path / "card.lock",))


# what lies in a worker


def test_locking_twice_restores_every_bit_and_once_changes_all_numbers() -> None:
    for tensor in (
        torch.randn(5, 3),
        torch.randn(4, dtype=torch.float64),
        torch.randn(7).to(torch.bfloat16),
        torch.arange(6),
        torch.tensor([True, False]),
        torch.randn(()),
        torch.randn(3, dtype=torch.complex64),
    ):
        before = tensor.clone()
        mask(tensor, 2**63 - 1)
        assert not torch.equal(bits(tensor), bits(before))
        mask(tensor, 2**63 - 1)
        assert torch.equal(tensor, before)


@pytest.mark.parametrize("dtype", [torch.int8, torch.bfloat16, torch.float32, torch.int64])
def test_a_lock_leaves_no_bit_as_it_was_and_no_two_elements_alike(dtype: torch.dtype) -> None:
    """Each of the bits of 4000 equal elements is flipped in about half of them: 2000, give or take 6 x 32 (1e-9)."""
    tensor = torch.full((4000,), 3, dtype=dtype)
    flipped = bits(tensor.clone())
    mask(tensor, 12345)
    flipped = flipped ^ bits(tensor)
    for place in range(8 * tensor.element_size()):
        count = int(((flipped >> place) & 1).sum())
        assert abs(count - 2000) < 6.2 * 32, place


def test_buffers_are_cut_apart_without_overlap_and_aligned() -> None:
    specs = [(torch.float32, (3, 5)), (torch.int64, ()), (torch.bfloat16, (0, 2)), (torch.float64, (7,))]
    block = torch.zeros(block_bytes(2, specs), dtype=torch.uint8)
    rows = cut(block, 2, specs)
    for number, tensor in enumerate(tensor for row in rows for tensor in row):
        assert tensor.numel() == 0 or (tensor.data_ptr() - block.data_ptr()) % 256 == 0
        tensor.fill_(number)
    for number, tensor in enumerate(tensor for row in rows for tensor in row):
        assert bool((tensor == number).all())
    assert [tuple(tensor.shape) for tensor in rows[1]] == [(3, 5), (), (0, 2), (7,)]


@pytest.mark.parametrize(
    "handle",
    [
        None,
        (),
        [0, b"h", 1, 0, b"", 0],
        (0, "h", 1, 0, b"", 0),
        (True, b"h", 1, 0, b"", 0),
        (0, b"h" * 5000, 1, 0, b"", 0),
        (0, b"h", 1, 0, b"", 0, b"event"),
    ],
)
def test_what_is_no_handle_is_refused_before_torch_sees_it(handle: Any) -> None:
    with pytest.raises(ValueError, match="no handle of a buffer"):
        opened_storage(handle)


def batch_buffers(answer: tuple[Any, ...] = (torch.float32, (2,))) -> BatchBuffers:
    return BatchBuffers("cpu", (1, ("tuple", [("tensor", 0)]), ("tensor", 0), [(torch.float32, (2,))], [answer]), None)


@pytest.mark.parametrize(
    "wrong", [lambda x: x[:1], lambda x: x.double(), lambda x: (x,), torch.nn.Parameter, lambda x: 1.0]
)
def test_an_answer_of_another_form_is_not_copied_out(wrong: Callable[[Any], Any]) -> None:
    ready = batch_buffers()
    masked = torch.ones(2)
    mask(masked, 5)
    ready.put(0, (bits(masked),))
    ready.run(lambda x: 2 * x, 0, [5])
    assert ready.take(0)[0].tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="another form, shape or dtype"):
        ready.run(wrong, 0, [0])


def test_buffers_that_are_too_small_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.worker.device.opened_storage", lambda handle: torch.zeros(3, dtype=torch.uint8))
    with pytest.raises(ValueError, match="smaller"):
        BatchBuffers("cpu", (1, ("tuple", []), ("tensor", 0), [], [(torch.float32, (2,))]), (0, b"h", 1, 0, b"", 0))


# what lies in a batch


def test_a_batch_is_larger_than_twice_the_cache_and_distinct() -> None:
    layout = planned(workload(), StandIn(shares=False), "float32", shared=False)
    slot_bytes = 4 * CUBE[0] * CUBE[1]
    assert layout.slots * slot_bytes > 2 << 20 >= (layout.slots - 1) * slot_bytes
    rows = batches.drawn_batch(workload(), StandIn(shares=False), "float32", layout, 3)
    following = batches.drawn_batch(workload(), StandIn(shares=False), "float32", layout, 4)
    firsts = {float(row[0][0, 0]) for row in (*rows, *following)}
    assert len(firsts) == 2 * layout.slots


def test_with_shared_memory_a_batch_is_longer_as_far_as_memory_goes() -> None:
    one = block_bytes(1, [(torch.float32, CUBE)] * 2)
    for free, slots in ((1 << 32, 16), (16 * 7 * one, 7), (16 * 5 * one, 5)):
        assert planned(workload(), StandIn(shares=True, free=free), "float32", shared=True).slots == slots


def test_too_little_memory_costs_nobody_points() -> None:
    with pytest.raises(NoGpu, match="a stand-in has too little free memory"):
        planned(workload(), StandIn(shares=False, free=1 << 20), "float32", shared=True)


def test_arguments_that_differ_in_more_than_tensors_are_the_grader_s_fault() -> None:
    text = TEXT.replace("(torch.empty(360", "(int(torch.rand((), generator=generator) * 1e6), torch.empty(360")
    text = text.replace("def cube_fast__reference(x)", "def cube_fast__reference(n, x)")
    changing = Workload(text, "cube_fast", 7)
    layout = planned(changing, StandIn(shares=False), "float32", shared=False)
    with pytest.raises(GraderFault, match="other shapes or numbers from call to call"):
        batches.drawn_batch(changing, StandIn(shares=False), "float32", layout, 1)


# the order of events


class Wire:
    """A transport that answers as a worker would, and writes down when it was asked for what."""

    def __init__(self, device: StandIn, function: Callable[[Any], Any] = lambda x: x + 1) -> None:
        self._device, self._function = device, function
        self.seen: list[torch.Tensor] = []
        self.lying: list[torch.Tensor] = []  # in the buffers when a call begins

    def cpu_seconds(self) -> float:
        self._device.events.append("clock")
        return float(self._device.events.count("clock"))

    def on_device(self, request: str, function: str, *fields: Any) -> Any:
        self._device.events.append(request)
        if request == "allocate":
            self.batch_buffers = BatchBuffers(*fields)
            return None
        if request == "put":
            self.seen.append(fields[1][0].clone().view(torch.float32))
            return self.batch_buffers.put(*fields)
        if request == "run":
            self.lying = [row[0].clone() for row in self.batch_buffers._inputs]
            return self.batch_buffers.run(self._function, *fields)
        return self.batch_buffers.take(*fields)


LAYOUT = Layout(2, ("tuple", [("tensor", 0)]), ("tensor", 0), ((torch.float32, (3,)),), ((torch.float32, (3,)),))
ROWS = ([torch.tensor([1.0, 2.0, 3.0])], [torch.tensor([4.0, 5.0, 6.0])])


@pytest.fixture
def sharing(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    device = StandIn(shares=True)
    monkeypatch.setattr("grader.worker.device.opened_storage", device.opened)
    return device


def device_runner(device: StandIn, wire: Any, *, shared: bool, is_ours: bool = False) -> DeviceRunner:
    return DeviceRunner(wire, "f", device, LAYOUT, shared=shared, is_ours=is_ours)


def test_with_shared_memory_nothing_but_the_keys_goes_through_the_wire(sharing: StandIn) -> None:
    wire = Wire(sharing)
    answers = device_runner(sharing, wire, shared=True).run(ROWS)
    assert [answer.tolist() for answer in answers] == [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]
    assert without_clocks(sharing) == ["allocate", "flush", "run", "run", "synchronize"]


def test_without_it_arguments_come_before_the_flush_and_answers_after_the_run() -> None:
    device = StandIn(shares=False)
    answers = device_runner(device, Wire(device), shared=False).run(ROWS)
    assert [answer.tolist() for answer in answers] == [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]
    assert without_clocks(device) == ["allocate", "put", "put", "flush", "run", "run", "take", "take"]


def without_clocks(device: StandIn) -> list[str]:
    return [event for event in device.events if event != "clock"]


@pytest.mark.parametrize("shared", [True, False])
def test_arguments_are_locked_until_the_clock_runs_and_stay_as_they_are_here(sharing: StandIn, shared: bool) -> None:
    wire = Wire(sharing)
    before = [row[0].clone() for row in ROWS]
    for _ in range(3):
        wire.seen.clear()
        device_runner(sharing, wire, shared=shared).run(ROWS)
        assert len(wire.seen) == (0 if shared else 2)
        assert not any(torch.equal(seen, row[0]) for seen, row in zip(wire.seen, ROWS, strict=False))
    assert all(torch.equal(row[0], kept) for row, kept in zip(ROWS, before, strict=True))


def test_the_clock_runs_from_the_keys_to_the_judge_s_own_copy(sharing: StandIn) -> None:
    runner = device_runner(sharing, Wire(sharing), shared=True)
    runner.run(ROWS)
    rests, race = ["clock"], ["clock", "run", "run", "synchronize", "clock"]
    assert sharing.events == ["allocate", "flush", *race, *rests]
    assert runner.cpu_seconds() == 1.0


@pytest.mark.parametrize("shared", [True, False])
def test_a_call_s_arguments_are_locked_until_the_answer_before_it_is_there(sharing: StandIn, shared: bool) -> None:
    """So no batch can be computed in one launch: the second call's numbers cannot be read while the first is made."""
    wire = Wire(sharing)
    lying: list[list[torch.Tensor]] = []

    def look(x: torch.Tensor) -> torch.Tensor:
        lying.append(wire.lying)
        return x + 1

    wire._function = look
    device_runner(sharing, wire, shared=shared).run(ROWS)
    first, second = lying
    assert not torch.equal(first[1], ROWS[1][0])
    assert torch.equal(second[0], ROWS[0][0])  # unmasked, called, and answered before


def test_answers_that_were_not_written_are_not_those_of_the_batch_before(sharing: StandIn) -> None:
    wire = Wire(sharing)
    runner = device_runner(sharing, wire, shared=True)
    runner.run(ROWS)
    wire.batch_buffers.run = lambda function, slot, keys, seal: 0  # type: ignore[method-assign]  # says that it is done
    assert all(bool(answer.isnan().all()) for answer in runner.run(ROWS))


def test_answers_that_come_through_the_wire_were_there_when_the_clock_stopped() -> None:
    device = StandIn(shares=False)
    wire = Wire(device)
    runner = device_runner(device, wire, shared=False)
    put_off: list[Callable[[], object]] = []
    run, take = wire.batch_buffers.run, wire.batch_buffers.take

    def later(function: Any, slot: int, keys: Any, seal: int) -> int:
        put_off.append(lambda: run(function, slot, keys, seal))
        return 0

    def take_at_last(slot: int) -> tuple[Any, ...]:
        while put_off:
            put_off.pop()()
        return take(slot)

    wire.batch_buffers.run, wire.batch_buffers.take = later, take_at_last  # type: ignore[method-assign]
    with pytest.raises(CheckFailed, match="the answers of f were not there when the clock stopped"):
        runner.run(ROWS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.int64, torch.bool])
def test_a_digest_follows_from_every_bit_every_place_and_the_seal(dtype: torch.dtype) -> None:
    tensor = torch.arange(6).reshape(2, 3).to(dtype)
    one = digest([tensor, tensor + 1], 5)
    changed = tensor.clone()
    changed.view(torch.uint8).view(-1)[-1] ^= 1
    others = [[changed, tensor + 1], [tensor, changed], [tensor + 1, tensor], [tensor.flip(0), tensor + 1]]
    assert one == digest([tensor.clone(), tensor + 1], 5)
    assert 0 <= one < 1 << 64
    assert one not in [digest([first, second.to(first.dtype)], 5) for first, second in others if len(first)]
    assert one != digest([tensor, tensor + 1], 6)


@pytest.mark.parametrize("forged", [None, (), (torch.ones(4),), (torch.ones(3).double(),), [torch.ones(3)], (1.0,)])
def test_an_answer_through_the_wire_is_held_to_its_form(forged: Any) -> None:
    device = StandIn(shares=False)
    wire = Wire(device)
    runner = device_runner(device, wire, shared=False)
    wire.batch_buffers.take = lambda slot: forged  # type: ignore[method-assign]
    with pytest.raises(OutcomeException, match="in a form that no worker sends"):
        runner.run(ROWS)


def test_what_fails_in_our_lane_is_our_fault_and_in_the_student_s_is_theirs() -> None:
    class Failing:
        def cpu_seconds(self) -> None:
            return None

        def on_device(self, request: str, *fields: Any) -> None:
            if request != "allocate":
                raise StudentRaised(("ValueError",), "no", function="f")

    device = StandIn(shares=False)
    with pytest.raises(GraderFault, match="f of the workloads ended: f raised ValueError: no"):
        device_runner(device, Failing(), shared=False, is_ours=True).run(ROWS)
    with pytest.raises(StudentRaised):
        device_runner(device, Failing(), shared=False).run(ROWS)


# measurements of several batches


class Costing:
    """A runner whose batches cost what a test says."""

    def __init__(self, *costs: float) -> None:
        self._costs, self._spent, self.count = costs, 0.0, 0

    def run(self, arguments: Any) -> None:
        self._spent += self._costs[self.count % len(self._costs)]
        self.count += 1

    def cpu_seconds(self) -> float:
        return self._spent


def test_several_batches_in_a_row_are_one_measurement() -> None:
    runner, reference = Costing(0.001, 0.005), Costing(0.001)
    pairs = Batches(runner, reference, lambda number: (), lambda a, b: None, rng=np.random.default_rng(1))
    pairs.passes = 2
    pairs.run(4)
    assert (runner.count, reference.count, len(pairs)) == (8, 8, 4)
    assert pairs.ratios() == pytest.approx(3.0)
    assert pairs.seconds()[1] == pytest.approx(0.002)


@pytest.mark.parametrize(("shared", "passes"), [(True, 4), (False, 1)])
def test_a_measurement_takes_ten_milliseconds_where_inputs_are_shared(shared: bool, passes: int) -> None:
    race = object.__new__(on_device.DeviceRace)
    race.shared = shared
    gate = Batches(Costing(0.003), Costing(0.003), lambda n: (), lambda a, b: None, rng=np.random.default_rng(1))
    assert race._passes(gate, 0.0) == passes


def test_a_reference_that_costs_less_than_the_way_to_it_is_the_grader_s_fault() -> None:
    race = object.__new__(on_device.DeviceRace)
    race.shared, race._workload, race._device = True, workload(), StandIn(shares=True)
    gate = Batches(Costing(1e-5), Costing(1e-5), lambda n: (), lambda a, b: None, rng=np.random.default_rng(1))
    with pytest.raises(GraderFault, match="10 us for a batch of cube_fast on a stand-in: larger inputs"):
        race._passes(gate, 1e-3)


# comparing


def test_close_answers_are_told_on_the_device_and_others_are_looked_at() -> None:
    looked: list[Any] = []
    compare = comparing_batches(lambda answer, reference: looked.append(answer), CloseTo(Closeness(1e-4, 1e-6)))
    near, far = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.1])
    compare([near + 1e-6, far], [near, near])
    assert [one.tolist() for one in looked] == [far.tolist()]
    looked.clear()
    comparing_batches(lambda answer, reference: looked.append(answer))([near], [near])
    assert len(looked) == 1


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (torch.tensor([float("nan")]), torch.tensor([float("nan")])),
        (torch.tensor([float("inf")]), torch.tensor([float("inf")])),
        (torch.ones(2).double(), torch.ones(2)),
        (torch.ones(1), torch.ones(2)),
        ((torch.ones(2),), torch.ones(2)),
        (1.0, 1.0),
    ],
)
def test_only_finite_tensors_of_one_form_are_surely_close(answer: Any, reference: Any) -> None:
    assert not alike(answer, reference, CloseTo(Closeness(1.0, 1.0)))


@pytest.mark.parametrize(
    ("near", "close"),
    [
        (Closeness(0.0, share=0.011), True),
        (Closeness(0.0, share=0.009), False),
        (Closeness(0.0, 0.2, 0.009), True),
        (Closeness({"out": 0.02}), False),
    ],
)
def test_close_may_be_a_share_of_what_is_typical(near: Closeness, *, close: bool) -> None:
    reference = torch.tensor([0.0, -10.0, 1e4])
    assert alike(reference + torch.tensor([0.0, 0.1, 0.0]), reference, CloseTo(near)) is close
    assert alike(reference[:0], reference[:0], CloseTo(near))  # nothing, and nothing is wrong with it


def test_close_may_be_another_factor_for_every_part() -> None:
    reference = torch.tensor([1.0, 2.0])
    near = CloseTo(Closeness({"out": 0.02, "dx": 0.0}), ("out", "dx"))
    assert alike((reference * 1.01, reference), (reference, reference), near)
    assert not alike((reference, reference * 1.01), (reference, reference), near)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_dtype_s_own_tolerances_stand_in_for_the_test_s(dtype: str) -> None:
    reference = torch.linspace(1.0, 2.0, 5).to(getattr(torch, dtype))
    compare = comparing(dtype, None, ())
    compare([reference], [reference])
    with pytest.raises(CheckFailed):
        compare([reference * 1.1], [reference])


# whole races


@pytest.fixture
def course(tmp_path: Path) -> Path:
    shutil.copytree(TRACK, tmp_path / "course")
    (tmp_path / "course/solutions/quick/workloads.py").write_text(SMALL, encoding="utf-8")
    return tmp_path / "course"


def race_of(course: Path, launcher: Any, body: str, seed: int = 5) -> tuple[Race, ReferenceWorkers]:
    files = {"fast": SOLUTION.replace(BODY, f"    {body}\n")}
    submission = LoadRequest(Submission("quick", files), {"cube_fast": "fast", "broken_fast": "fast"}, "torch")
    transport = RemoteTransport(launcher, submission, LIMITS, Budget(LIMITS))
    transport.default_file = "fast"
    workers = ReferenceWorkers(launcher, "quick", LIMITS, submission)
    workers._transports["dry run", ""] = transport  # closed with the others
    info = TestInfo(course, "quick", "fast", "cube_fast", "test_speed_on_a_gpu", 3.0, hidden=True)
    return Race(info, Student(transport, {}), seed, workers), workers


def raced(course: Path, launcher: Any, body: str, **options: Any) -> Race:
    for _ in range(3):
        race, workers = race_of(course, launcher, body)
        try:
            race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4, **options)
        except TooNoisy as noisy:
            reason = noisy.message
        else:
            return race
        finally:
            workers.close()
    pytest.skip(reason)


def use(monkeypatch: pytest.MonkeyPatch, device: StandIn) -> StandIn:
    monkeypatch.setattr(gpu, "require_gpu", lambda: device)
    monkeypatch.setattr("grader.worker.device.opened_storage", device.opened)
    monkeypatch.setattr("grader.timing.noise.SLOWED", 100.0)  # a CPU's neighbours are no matter here
    monkeypatch.setattr("grader.timing.noise.QUIET", (0.01, 100.0))
    monkeypatch.setattr("grader.timing.measuring.WALL", 1000)
    monkeypatch.setattr(ThreadChannel, "products", Products(monkeypatch))
    return device


@pytest.fixture(scope="module")
def walled() -> Iterator[Launcher]:
    """Return the strongest launcher that can hold a GPU's worker."""
    if sys.platform != "linux":
        pytest.skip("forked workers are Linux's")
    try:
        require(Isolation.SEALED)
        launcher = launcher_for(Isolation.SEALED)
    except UnavailableError:
        launcher = launcher_for(Isolation.SELF)
    yield launcher
    launcher.close()


def test_with_shared_memory_as_fast_as_torch_is_gold(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    monkeypatch.setattr(device, "reading", lambda: CardReading(1410))
    launcher = ThreadLauncher()
    race = raced(course, launcher, "return x @ x @ x")
    assert race.feedback.timed.endswith(" ms, 1410 MHz) · gold")
    assert f" workers, {NAME}, float32, batches of " in race.feedback.timed
    assert "through the wire" not in race.feedback.timed
    buffers = (
        planned(Workload(SMALL, "cube_fast", 7), StandIn(shares=True, cache=SMALL_CACHE), "float32", shared=True).size
        >> 20
    )
    assert {one.gpu_mib for one in launcher.limits} == {0, 1024 + 256 + 4 * buffers}  # 0: the dry run's


def test_the_student_s_worker_is_not_there_until_the_device_was_found_quiet(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(pairs: Any) -> None:
        raise TooNoisy("busy")

    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    monkeypatch.setattr("grader.timing.on_device.require_quiet", noisy)
    race, workers = race_of(course, ThreadLauncher(), "return x @ x @ x")
    with contextlib.closing(workers), pytest.raises(TooNoisy):
        race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4)
    assert not [worker for worker, _ in workers._transports if worker.startswith("student_worker")]


@pytest.mark.parametrize("used", ["", "between calls its worker used 0.90 s of CPU time in 1.00 s"])
def test_torch_is_measured_before_beside_without_and_again_beside_the_student_s_worker(
    course: Path, monkeypatch: pytest.MonkeyPatch, used: str
) -> None:
    """Clocks alone fail nobody: the worker's own use has to show that it was at work between its calls."""
    times = iter([0.010, 2.0, 0.010, 2.0])
    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    monkeypatch.setattr(on_device, "typical", lambda *batches: next(times))
    monkeypatch.setattr(on_device.DeviceRace, "_summed_up", pytest.fail)
    monkeypatch.setattr("grader.timing.noise.Rests.sentence", lambda rests: used)
    launcher = ThreadLauncher()
    race, workers = race_of(course, launcher, "return x @ x @ x")
    with contextlib.closing(workers), pytest.raises(OutcomeException, match=r"torch took 200\.00 x its time") as ended:
        race.on_gpu("cube_fast", rtol=1e-4, atol=1e-4)
    assert isinstance(ended.value, CheckFailed if used else TooNoisy)
    assert bool(ended.value.feedback().review) is not bool(used)
    ours = 3  # the reference twice, and the one that stands still
    assert sum(limits.gpu_mib > 0 for limits in launcher.limits) >= ours + LEAST + 1  # one a round, and once more


def test_a_driver_that_opens_no_handle_is_told_and_the_race_goes_through_the_wire(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: Any) -> Any:
        raise RuntimeError("CUDA error: invalid resource handle")

    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    monkeypatch.setattr("grader.worker.device.opened_storage", refuse)
    race = raced(course, ThreadLauncher(), "return x @ x @ x")
    assert ", inputs through the wire) · gold" in race.feedback.timed


def test_behind_real_walls_inputs_go_through_the_wire_and_a_slow_one_is_bronze(
    course: Path, monkeypatch: pytest.MonkeyPatch, walled: Launcher
) -> None:
    use(monkeypatch, StandIn(shares=False, cache=SMALL_CACHE))
    (course / "solutions/quick/workloads.py").write_text(TEXT, encoding="utf-8")
    with pytest.raises(BelowGold, match=r"silver needs 2\.33 x torch's time or less") as slow:
        raced(course, walled, "[x @ x @ x for _ in range(2)]; return x @ x @ x")
    assert slow.value.timed.endswith(", inputs through the wire) · bronze")
    assert slow.value.credit == pytest.approx(1 / 3)


def test_an_answer_that_is_wrong_on_the_device_alone_ends_the_race(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """global calls
    calls = globals().get("calls", 0) + 1
    return x @ x @ x if calls < 30 else x * 0"""
    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    with pytest.raises(CheckFailed) as wrong:
        raced(course, ThreadLauncher(), body)
    assert "places" in wrong.value.told.differs


def test_what_raises_in_a_batch_is_the_student_s(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = """global calls
    calls = globals().get("calls", 0) + 1
    return x @ x @ x if calls < 5 else 1 / 0"""
    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    with pytest.raises(StudentRaised, match="ZeroDivisionError"):
        raced(course, ThreadLauncher(), body)


def test_a_device_that_was_not_calibrated_costs_nothing_and_names_the_command(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    message = "cube_fast is not calibrated for a stand-in, bfloat16: grade calibrate quick --gpu --dtype bfloat16"
    with pytest.raises(NoGpu) as missing:
        raced(course, ThreadLauncher(), "return x", dtypes=("float32", "bfloat16"))
    assert missing.value.message == message


def test_the_tier_weak_times_nothing_on_a_gpu(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    launcher = ThreadLauncher()
    launcher.tier = Isolation.WEAK
    with pytest.raises(NoGpu, match="need the tier sealed, this is weak: grade doctor"):
        raced(course, launcher, "return x")


def test_a_judge_prepares_workers_with_a_gpu_where_there_is_a_card(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher_module, "find_driver", Driver)
    assert service.wanted_zygotes(course, ("quick",), Isolation.SEALED) == ["torch"]
    monkeypatch.setattr(launcher_module, "find_driver", lambda: Driver((Path("/dev/nvidia0"),)))
    assert service.wanted_zygotes(course, ("quick",), Isolation.SEALED) == ["torch", "torch+gpu"]
    assert service.wanted_zygotes(course, ("quick",), Isolation.WEAK) == ["torch"]


def test_two_dtypes_are_two_races_and_the_lower_tier_counts(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = course / "tests/hidden/quick/tiers.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("another device", NAME), encoding="utf-8")
    device = use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))
    small = Workload(TEXT, "cube_fast", 5).inputs(0, "cpu", "bfloat16")
    assert small[0].dtype is torch.bfloat16
    asked: list[str] = []

    def once(self: Any, runner: Any, compare: Any, **options: Any) -> on_device.Measurement:
        asked.append(self._dtype)
        ratio = 1.0 if self._dtype == "float32" else 2.0
        return on_device.Measurement(ratio, ratio, ratio, 9, f"{device.name}, {self._dtype}", 0.01, 0.01)

    monkeypatch.setattr(on_device.DeviceRace, "measure", once)
    with pytest.raises(BelowGold) as slow:
        raced(course, ThreadLauncher(), "return x @ x @ x", dtypes=("float32", "bfloat16"))
    assert asked == ["float32", "bfloat16"]
    assert slow.value.credit == pytest.approx(2 / 3)
    assert slow.value.timed.count("x torch's time") == 2
    assert slow.value.message == "gold needs 1.78 x torch's time or less"


def test_a_time_that_no_card_can_have_is_refused(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = use(monkeypatch, StandIn(shares=True, cache=SMALL_CACHE))

    def at_once(self: Any, runner: Any, compare: Any, **options: Any) -> on_device.Measurement:
        return on_device.Measurement(0.5, 0.5, 0.5, 9, device.name, 1e-12, 0.01)

    monkeypatch.setattr(on_device.DeviceRace, "measure", at_once)
    with pytest.raises(CheckFailed, match="on any card there is, so it was not done in these calls"):
        raced(course, ThreadLauncher(), "return x @ x @ x")


# CUDA itself, as far as a machine without it can tell


def test_the_floor_is_below_what_any_card_needs() -> None:
    assert gpu.least_seconds(5e15, 0.0) == pytest.approx(1.0)
    assert gpu.least_seconds(0.0, 2e13) == pytest.approx(1.0)


class FakeStorage:
    def _share_cuda_(self) -> tuple[Any, ...]:
        return (0, b"handle", 64 << 20, 0, b"/torch_1", 3, b"event", True)


class FakeArena:
    def data_ptr(self) -> int:
        return 4096

    def numel(self) -> int:
        return 64 << 20

    def untyped_storage(self) -> FakeStorage:
        return FakeStorage()


def cuda_with(monkeypatch: pytest.MonkeyPatch, pieces: list[dict[str, int]]) -> gpu.Cuda:
    card = object.__new__(gpu.Cuda)
    card._torch, card._shared = torch, []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "memory_snapshot", lambda: pieces)
    return card


def test_a_handle_is_bytes_and_numbers_without_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    card = cuda_with(monkeypatch, [{"address": 4096, "total_size": 64 << 20}])
    assert card.share(FakeArena()) == (0, b"handle", 64 << 20, 0, b"/torch_1", 3)


@pytest.mark.parametrize("piece", [{"address": 4096, "total_size": 65 << 20}, {"address": 0, "total_size": 64 << 20}])
def test_memory_beside_which_something_else_lies_is_not_shared(
    monkeypatch: pytest.MonkeyPatch, piece: dict[str, int]
) -> None:
    assert cuda_with(monkeypatch, [piece]).share(FakeArena()) is None


def test_what_was_shared_with_workers_that_were_killed_is_counted_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    card, counted = cuda_with(monkeypatch, [{"address": 4096, "total_size": 64 << 20}]), []
    monkeypatch.setattr(torch.UntypedStorage, "_release_ipc_counter", lambda *counter, device: counted.append(counter))
    monkeypatch.setattr(torch.cuda, "ipc_collect", lambda: counted.append(("collected",)))
    card.share(FakeArena())
    card.forget()
    card.forget()
    assert counted == [(b"/torch_1", 3), ("collected",), ("collected",)]


def test_a_driver_that_gives_no_handle_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: FakeStorage) -> None:
        raise RuntimeError("CUDA error: operation not supported")

    monkeypatch.setattr(FakeStorage, "_share_cuda_", refuse)
    assert cuda_with(monkeypatch, [{"address": 4096, "total_size": 64 << 20}]).share(FakeArena()) is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_the_reason_is_said() -> None:
    with pytest.raises(NoGpu, match="no GPU that torch can use"):
        gpu.require_gpu()


def test_what_a_judge_and_a_zygote_import_before_they_fork_starts_no_cuda() -> None:
    program = """
import torch
import grader.judge.service, grader.judge.session, grader.timing.race, grader.timing.on_device
from grader.worker import zygote
from grader.worker.device import require_untouched
zygote.preload("torch")
require_untouched()
print(torch.cuda.is_initialized())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_the_script_for_a_machine_with_a_gpu_says_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(__file__).parents[2]
    script = root / "tests/benchmarks/gpu_check.py"
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.syspath_prepend(str(root))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out) == (0, "no GPU that torch can use: nothing to check here\n")
