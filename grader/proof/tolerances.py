"""Tries what no timed task may take: answers without work, arithmetic of half the bits, a factor that is a little off.

Every part of the reference's answer is spoilt by itself, on inputs of the task's own races. A comparison that takes the
spoilt answer would grant speed to whoever computes no more than that. Arguments of half the bits spoil the whole
answer: where thousands of rounding errors are added up they cancel, and a sum says nothing of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from grader.judge.outcomes import CheckFailed, GraderFault
from grader.records.problems import Problem
from grader.timing.closeness import CloseTo
from grader.timing.dry_run import Comparison
from grader.timing.workload import Workload
from grader.worker.device import Template, apart, together

INPUTS = 12  # calls that must all take an answer before it is a problem: a race has more
STEPS = 6  # of the search for how many zeros are taken
FACTOR = {"float32": 1.01, "float16": 1.01, "bfloat16": 1.05}


class ReferenceCall(NamedTuple):
    """One call of a race: what torch answers, tensor by tensor, and what it answers with half the bits.

    Attributes
    ----------
    template : Template
        Of the answer, without its tensors.
    exact, in_bfloat16, from_float16 : list of Tensor
        The answer; computed in bfloat16; computed from arguments that were rounded to float16.
    arguments : list of Tensor
        What the call was given.
    """

    template: Template
    exact: list[Any]
    in_bfloat16: list[Any]
    from_float16: list[Any]
    arguments: list[Any]


def tolerance_problems(unit: str, comparisons: Sequence[Comparison]) -> Iterator[Problem]:
    """Yield what the timed tests of a unit take although it is wrong.

    Parameters
    ----------
    unit : str
    comparisons : sequence of Comparison
        How each of its races compares answers; equal ones are tried once.
    """
    tried: list[tuple[str, str, Any]] = []
    for one in comparisons:
        key = (one.workload.task, one.dtype, one.compare)
        if key not in tried:
            tried.append(key)
            yield from (Problem(f"{unit}.{one.workload.task}", what) for what in taken(one))


def taken(comparison: Comparison) -> Iterator[str]:
    """Yield what a comparison takes of each part of the answer, in words."""
    calls = _Calls(comparison)
    for part in range(len(calls[0].exact)):
        for told, spoil in _wrong_answers(comparison.dtype, part):
            if all(calls.takes(number, {part: spoil(calls[number])}) for number in range(INPUTS)):
                found = _told(comparison, told, calls.names[part])
                yield f"{found}; it takes zeros in {calls.zeros(part):.0%} of the places"
                break  # the first is enough: whatever takes zeros takes more
    if comparison.dtype == "float32" and all(calls.takes_float16(number) for number in range(INPUTS)):
        yield _told(comparison, "arguments in float16", "all parts")


def _wrong_answers(dtype: str, part: int) -> Iterator[tuple[str, Callable[[ReferenceCall], Any]]]:
    """Yield what is tried on one part of an answer, and what puts it in that part's place."""
    yield "zeros", lambda call: zeroed(call.exact[part], 1.0)
    yield "zeros in 90 % of the places", lambda call: zeroed_anywhere(call.exact[part], 0.9)
    yield "zeros in the tenth of the places that matters least", lambda call: zeroed(call.exact[part], 0.1)
    if dtype == "float32":
        yield "arithmetic in bfloat16", lambda call: call.in_bfloat16[part]
    yield f"{FACTOR[dtype]} times the answer", lambda call: call.exact[part] * FACTOR[dtype]
    yield "ones", lambda call: _filled(call.exact[part], 1.0)
    yield "NaN", lambda call: _filled(call.exact[part], float("nan"))
    yield "an argument, unchanged", lambda call: _argument_like(call, call.exact[part])


def _told(comparison: Comparison, wrong: str, part: str) -> str:
    return (
        f"{comparison.test} takes {wrong} for {part} in {comparison.dtype}, in all of {INPUTS} calls: "
        "a smaller rtol, atol or share is needed (docs/timing.md)"
    )


class _Calls:
    """Calls of a race, drawn when they are needed; the first one is kept, and the last."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison, self._first = comparison, _call(comparison, 0)
        self._last = 0, self._first
        self.names = _names(comparison, self._first)

    def __getitem__(self, number: int) -> ReferenceCall:
        if number == 0:
            return self._first
        if self._last[0] != number:
            self._last = number, _call(self._comparison, number)
        return self._last[1]

    def takes(self, number: int, spoilt: Mapping[int, Any]) -> bool:
        """Tell whether the comparison takes an answer some of whose tensors are spoilt, and which is wrong."""
        call = self[number]
        parts = [spoilt.get(part, tensor) for part, tensor in enumerate(call.exact)]
        if all(bool((mine == right).all()) for mine, right in zip(parts, call.exact, strict=True)):
            return False
        try:
            self._comparison.compare(together(call.template, parts), together(call.template, call.exact))
        except CheckFailed:
            return False
        return True

    def takes_float16(self, number: int) -> bool:
        """Tell whether the comparison takes the answer to arguments that were rounded to float16."""
        return self.takes(number, dict(enumerate(self[number].from_float16)))

    def zeros(self, part: int) -> float:
        """Return in which share of the places of the first call zeros are taken, those that matter least first."""
        low, high = 0.0, 1.0
        if self.takes(0, {part: zeroed(self[0].exact[part], 1.0)}):
            return 1.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            is_taken = self.takes(0, {part: zeroed(self[0].exact[part], middle)})
            low, high = (middle, high) if is_taken else (low, middle)
        return low


def _call(comparison: Comparison, number: int) -> ReferenceCall:
    workload, dtype = comparison.workload, comparison.dtype
    arguments = workload.inputs(number, "cpu", dtype)
    exact: list[Any] = []
    template = apart(workload.ask("reference", *arguments), exact)
    given: list[Any] = []
    apart(arguments, given)
    if dtype != "float32":
        return ReferenceCall(template, exact, [], [], given)
    halved = _answer(workload, _rounded(arguments, "float16"))
    return ReferenceCall(template, exact, _in_bfloat16(workload, arguments), halved, given)


def _answer(workload: Workload, arguments: Any) -> list[Any]:
    """Return the tensors of the reference's answer, in float32."""
    tensors: list[Any] = []
    apart(workload.ask("reference", *arguments), tensors)
    return [tensor.float() for tensor in tensors]


def _in_bfloat16(workload: Workload, arguments: Any) -> list[Any]:
    """Return the answer computed in bfloat16; where torch cannot do that on a CPU, from arguments in bfloat16."""
    try:
        return _answer(workload, _cast(arguments, "bfloat16"))
    except GraderFault:
        return _answer(workload, _rounded(arguments, "bfloat16"))


def _rounded(arguments: Any, dtype: str) -> Any:
    return _cast(_cast(arguments, dtype), "float32")


def _cast(arguments: Any, dtype: str) -> Any:
    """Return arguments whose tensors of floating-point numbers have another dtype."""
    import torch

    tensors: list[Any] = []
    template = apart(arguments, tensors)
    kind = getattr(torch, dtype)
    return together(template, [tensor.to(kind) if tensor.is_floating_point() else tensor for tensor in tensors])


def _names(comparison: Comparison, call: ReferenceCall) -> list[str]:
    """Return what the tensors of an answer are called."""
    answer = together(call.template, call.exact)
    if not isinstance(comparison.compare, CloseTo):
        return [f"number {part + 1} of the answer's tensors" for part in range(len(call.exact))]
    names = []
    for name, part, _ in comparison.compare.parts(answer, answer):
        tensors: list[Any] = []
        apart(part, tensors)
        names += [name if len(tensors) == 1 else f"{name}, tensor {index + 1}" for index in range(len(tensors))]
    return names


def _filled(tensor: Any, number: float) -> Any:
    """Return a tensor of the same form that consists of one number."""
    return tensor.clone().fill_(number if tensor.is_floating_point() else 1)


def _argument_like(call: ReferenceCall, tensor: Any) -> Any:
    """Return an argument of a tensor's form; zeros where there is none."""
    alike = (given for given in call.arguments if (given.shape, given.dtype) == (tensor.shape, tensor.dtype))
    return next(alike, _filled(tensor, 0.0))


def zeroed(tensor: Any, share: float) -> Any:
    """Return a copy of a tensor with zeros for that share of its numbers, the smallest; one number at least.

    Numbers that are 0 already are not counted.
    """
    size = tensor.abs()
    numbers = size[size > 0]
    if not len(numbers):
        return tensor
    edge = numbers.float().kthvalue(max(1, int(share * len(numbers)))).values
    return tensor.masked_fill(size <= edge, 0)


def zeroed_anywhere(tensor: Any, share: float) -> Any:
    """Return a copy of a tensor with zeros in that share of its places, whichever they are."""
    import torch

    places = torch.empty(tensor.shape).uniform_(generator=torch.Generator().manual_seed(tensor.numel()))
    return tensor.masked_fill(places < share, 0)
