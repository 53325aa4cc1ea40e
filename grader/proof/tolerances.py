"""Wrong answers that no timed task may accept: answers without work, half-precision arithmetic, a small wrong factor.

Each part of the reference's answer is corrupted by itself, on inputs of the task's own races. A comparison that accepts
a corrupted answer would reward code that computes no more than that. Half-precision arguments corrupt the whole answer,
except that thousands of rounding errors in a sum cancel out and do not show.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from grader.judge.outcomes import CheckFailed, GraderFault
from grader.records.proof import Problem
from grader.timing.closeness import CloseTo, Comparison
from grader.timing.workload import Workload
from grader.worker.device import Template, tree_flatten, tree_unflatten

INPUTS = 12  # an answer is a problem if it is accepted in all of these calls; a race has more
PARTS = 12  # about so many parts of an answer are spoilt: the tensors of a long list are compared alike
MARGIN = 0.5  # share of the tolerance that the solution may use
STEPS = 6  # bisection steps for the accepted share of zeros
FACTOR = {"float32": 1.01, "float16": 1.01, "bfloat16": 1.05}


class ReferenceCall(NamedTuple):
    """One call of a race: the reference's answer in full and in half precision.

    Attributes
    ----------
    template : Template
        Structure of the answer, without its tensors.
    exact, in_bfloat16, from_float16 : list of Tensor
        The answer; the answer computed in bfloat16; the answer to arguments rounded to float16.
    arguments : list of Tensor
        Tensors among the call's arguments.
    """

    template: Template
    exact: list[Any]
    in_bfloat16: list[Any]
    from_float16: list[Any]
    arguments: list[Any]


def tolerance_problems(
    unit: str, comparisons: Sequence[Comparison], solutions: Mapping[str, Callable[..., Any]]
) -> Iterator[Problem]:
    """Yield the wrong answers that the timed tests of a unit accept, and right ones that they nearly refuse.

    Parameters
    ----------
    unit : str
    comparisons : sequence of Comparison
        Comparison of each of its races; equal ones are tried once.
    solutions : mapping of str to callable
        The course's own functions, by task.
    """
    tried: list[tuple[str, str, Any]] = []
    for one in comparisons:
        key = (one.workload.task, one.dtype, one.compare)
        if key not in tried:
            tried.append(key)
            task = one.workload.task
            sentences = [*taken(one), *(refused(one, solutions[task]) if task in solutions else ())]
            yield from (Problem(f"{unit}.{task}", what) for what in sentences)


def taken(comparison: Comparison) -> Iterator[str]:
    """Yield a message for each part of the answer for which a comparison accepts a wrong value."""
    calls = _Calls(comparison)
    count = len(calls[0].exact)
    for part in range(0, count, max(1, count // PARTS) | 1):
        for wrong, spoil in _wrong_answers(comparison.dtype, part):
            if all(calls.takes(number, {part: spoil(calls[number])}) for number in range(INPUTS)):
                sentence = _acceptance(comparison, wrong, calls.names[part])
                yield f"{sentence}; it takes zeros in {calls.zeros(part):.0%} of the places"
                break  # one is enough: a comparison that accepts zeros accepts more
    if comparison.dtype == "float32" and all(calls.takes_float16(number) for number in range(INPUTS)):
        yield _acceptance(comparison, "arguments in float16", "all parts")


def refused(comparison: Comparison, solution: Callable[..., Any]) -> Iterator[str]:
    """Yield a problem if the solution comes near the tolerance: with other inputs a right answer would fail.

    Parameters
    ----------
    comparison : Comparison
    solution : callable
    """
    compare, workload = comparison.compare, comparison.workload
    if comparison.dtype != "float32" or not isinstance(compare, CloseTo):
        return
    strict = CloseTo(compare.closeness.scaled(MARGIN), compare.names)
    for number in range(INPUTS):
        answer, expected = solution(*workload.inputs(number)), workload.ask("reference", *workload.inputs(number))
        try:
            strict(answer, expected)
        except CheckFailed as failed:
            yield (
                f"{comparison.test}: the solution uses more than {MARGIN:.0%} of the tolerance in call {number} "
                f"({failed.feedback().message}): draw inputs whose answer rounding errors move less, or widen it"
            )
            return


def _wrong_answers(dtype: str, part: int) -> Iterator[tuple[str, Callable[[ReferenceCall], Any]]]:
    """Yield each wrong value for one part of an answer: its description, and a function that computes it."""
    yield "zeros", lambda call: zeroed(call.exact[part], 1.0)
    yield "zeros in 90 % of the places", lambda call: zeroed_anywhere(call.exact[part], 0.9)
    yield "zeros in the tenth of the places that matters least", lambda call: zeroed(call.exact[part], 0.1)
    if dtype == "float32":
        yield "arithmetic in bfloat16", lambda call: call.in_bfloat16[part]
    yield f"{FACTOR[dtype]} times the answer", lambda call: call.exact[part] * FACTOR[dtype]
    yield "ones", lambda call: _filled(call.exact[part], 1.0)
    yield "NaN", lambda call: _filled(call.exact[part], float("nan"))
    yield "an argument, unchanged", lambda call: _argument_like(call, call.exact[part])


def _acceptance(comparison: Comparison, wrong: str, part: str) -> str:
    return (
        f"{comparison.test} takes {wrong} for {part} in {comparison.dtype}, in all of {INPUTS} calls: "
        "a smaller rtol, atol or share is needed (docs/timing.md)"
    )


class _Calls:
    """Calls of a race, drawn on demand; the first and the latest are kept."""

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
        """Return whether the comparison accepts an answer with some tensors replaced, if that makes it wrong."""
        call = self[number]
        parts = [spoilt.get(part, tensor) for part, tensor in enumerate(call.exact)]
        if all(bool((part == right).all()) for part, right in zip(parts, call.exact, strict=True)):
            return False
        try:
            self._comparison.compare(tree_unflatten(call.template, parts), tree_unflatten(call.template, call.exact))
        except CheckFailed:
            return False
        return True

    def takes_float16(self, number: int) -> bool:
        """Return whether the comparison accepts the answer to arguments rounded to float16."""
        return self.takes(number, dict(enumerate(self[number].from_float16)))

    def zeros(self, part: int) -> float:
        """Return the accepted share of zeros in the first call, smallest numbers first."""
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
    template = tree_flatten(workload.ask("reference", *arguments), exact)
    given: list[Any] = []
    tree_flatten(arguments, given)
    if dtype != "float32":
        return ReferenceCall(template, exact, [], [], given)
    halved = _answer(workload, _rounded(arguments, "float16"))
    return ReferenceCall(template, exact, _in_bfloat16(workload, arguments), halved, given)


def _answer(workload: Workload, arguments: Any) -> list[Any]:
    """Return the tensors of the reference's answer, in float32."""
    tensors: list[Any] = []
    tree_flatten(workload.ask("reference", *arguments), tensors)
    return [tensor.float() for tensor in tensors]


def _in_bfloat16(workload: Workload, arguments: Any) -> list[Any]:
    """Return the answer computed in bfloat16, or from arguments rounded to it if torch lacks the CPU kernel."""
    try:
        return _answer(workload, _cast(arguments, "bfloat16"))
    except GraderFault:
        return _answer(workload, _rounded(arguments, "bfloat16"))


def _rounded(arguments: Any, dtype: str) -> Any:
    return _cast(_cast(arguments, dtype), "float32")


def _cast(arguments: Any, dtype: str) -> Any:
    """Return the arguments with floating-point tensors cast to another dtype."""
    import torch

    tensors: list[Any] = []
    template = tree_flatten(arguments, tensors)
    kind = getattr(torch, dtype)
    return tree_unflatten(template, [tensor.to(kind) if tensor.is_floating_point() else tensor for tensor in tensors])


def _names(comparison: Comparison, call: ReferenceCall) -> list[str]:
    """Return the names of an answer's tensors."""
    answer = tree_unflatten(call.template, call.exact)
    if not isinstance(comparison.compare, CloseTo):
        return [f"number {part + 1} of the answer's tensors" for part in range(len(call.exact))]
    names = []
    for name, part, _ in comparison.compare.parts(answer, answer):
        tensors: list[Any] = []
        tree_flatten(part, tensors)
        names += [name if len(tensors) == 1 else f"{name}, tensor {index + 1}" for index in range(len(tensors))]
    return names


def _filled(tensor: Any, number: float) -> Any:
    """Return a tensor of the same shape and dtype filled with one number (1 if it is not floating-point)."""
    return tensor.clone().fill_(number if tensor.is_floating_point() else 1)


def _argument_like(call: ReferenceCall, tensor: Any) -> Any:
    """Return an argument with a tensor's shape and dtype; zeros if there is none."""
    alike = (given for given in call.arguments if (given.shape, given.dtype) == (tensor.shape, tensor.dtype))
    return next(alike, _filled(tensor, 0.0))


def zeroed(tensor: Any, share: float) -> Any:
    """Return a copy of a tensor with the given share of its numbers, the smallest, set to zero; at least one.

    Numbers that are already 0 do not count.
    """
    size = tensor.abs()
    numbers = size[size > 0]
    if not len(numbers):
        return tensor
    edge = numbers.float().kthvalue(max(1, int(share * len(numbers)))).values
    return tensor.masked_fill(size <= edge, 0)


def zeroed_anywhere(tensor: Any, share: float) -> Any:
    """Return a copy of a tensor with zeros in the given share of its places, chosen at random."""
    import torch

    places = torch.empty(tensor.shape).uniform_(generator=torch.Generator().manual_seed(tensor.numel()))
    return tensor.masked_fill(places < share, 0)
