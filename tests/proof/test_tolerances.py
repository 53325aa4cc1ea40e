"""Wrong answers that `grade check` tries in every race: zeros, half of the bits, a factor that is a little off.

Expected values: by construction, a comparison that is one step too generous for one of them; and the issue's own case,
a tolerance of 1e-7 beside gradients of which the median is 30 times smaller.
"""

import pytest
import torch

from grader.judge.outcomes import CheckFailed
from grader.proof import tolerances
from grader.proof.tolerances import refused, taken, tolerance_problems, zeroed, zeroed_anywhere
from grader.timing.closeness import BY_DTYPE, Closeness, CloseTo, Comparison, typical
from grader.timing.workload import Workload
from tests.timing.test_race_inputs import comparisons

NORMAL = "torch.empty(500, device=device, dtype=dtype).normal_(generator=generator)"
WHOLE = "torch.empty(500, device=device, dtype=dtype).random_(1, 9, generator=generator)"
TEXT = """import torch

def twice__inputs(generator, device="cpu", dtype=torch.float32):
    return ({drawn},)

def twice__reference(x):
    return 2 * x, x[:3].sum()

def twice__work(x):
    return 1.0, 1.0
"""


def comparison(closeness: Closeness, drawn: str = NORMAL, dtype: str = "float32") -> Comparison:
    compare = CloseTo(closeness, ("doubled", "total"))
    return Comparison("test_speed", dtype, Workload(TEXT.format(drawn=drawn), "twice", 7), compare)


RIGHT = {"doubled": 1e-4, "total": 1e-4}


@pytest.mark.parametrize(
    ("closeness", "drawn", "expected"),
    [
        (Closeness(1e-4, atol=100.0), NORMAL, "zeros for doubled"),
        (Closeness({**RIGHT, "doubled": 1.0}), NORMAL, "zeros for doubled"),
        (Closeness({**RIGHT, "total": 1.0}), NORMAL, "zeros for total"),
        (Closeness(RIGHT, share=0.3), NORMAL, "zeros in the tenth of the places that matters least for doubled"),
        (Closeness({**RIGHT, "doubled": 5e-3}), NORMAL, "arithmetic in bfloat16 for doubled"),
        (Closeness(1e-3), NORMAL, "arguments in float16 for all parts"),
        (Closeness({**RIGHT, "doubled": 1.1e-2}), WHOLE, "1.01 times the answer for doubled"),
        (Closeness({**RIGHT, "total": 1.1e-2}), WHOLE, "1.01 times the answer for total"),
    ],
)
def test_a_comparison_that_takes_too_much_is_told(closeness: Closeness, drawn: str, expected: str) -> None:
    sentences = list(taken(comparison(closeness, drawn)))
    assert any(
        line.startswith(f"test_speed takes {expected} in float32, in all of 12 calls: ") for line in sentences
    ), sentences


def test_a_random_choice_of_zeros_is_tried_where_the_smallest_ones_are_looked_at() -> None:
    def no_zeros_among_the_smallest(answer: object, expected: object) -> None:
        CloseTo(Closeness(1e-4))(answer[1], expected[1])  # type: ignore[index]
        assert isinstance(answer, tuple)
        if bool((answer[0] == 0).all()):
            CloseTo(Closeness(0.0))(answer[0], expected[0])  # type: ignore[index]

    sentences = list(taken(comparison(Closeness(0.0))._replace(compare=no_zeros_among_the_smallest)))
    assert [line.partition(" in float32")[0] for line in sentences] == [
        "test_speed takes zeros in 90 % of the places for number 1 of the answer's tensors"
    ]


def test_answers_without_work_are_tried() -> None:
    def only_zeros_are_wrong(answer: object, expected: object) -> None:
        assert isinstance(answer, tuple)
        if any(bool((part == 0).any()) for part in answer) or not any(bool((part == 1).all()) for part in answer):
            raise CheckFailed("wrong")

    sentences = list(taken(comparison(Closeness(0.0))._replace(compare=only_zeros_are_wrong)))
    assert sentences[0].startswith("test_speed takes ones for number 1 of the answer's tensors in float32")


def test_a_comparison_that_is_strict_enough_is_not_told() -> None:
    assert list(taken(comparison(Closeness(1e-4, share=1e-4)))) == []
    assert list(taken(comparison(BY_DTYPE["bfloat16"], dtype="bfloat16"))) == []


def test_in_bfloat16_a_factor_of_a_twentieth_is_too_much() -> None:
    (sentence,) = taken(comparison(Closeness({"doubled": 5.5e-2, "total": 1e-2}), dtype="bfloat16"))
    assert sentence.startswith("test_speed takes 1.05 times the answer for doubled in bfloat16")


def test_a_problem_says_which_task_and_how_many_zeros_are_taken_and_equal_comparisons_are_tried_once() -> None:
    one = comparison(Closeness(RIGHT, share=1.0))
    (problem,) = tolerance_problems("doubles", [one, one._replace(test="test_speed_again")], {})
    assert problem.where == "doubles.twice"
    assert problem.what.endswith("is needed (docs/timing.md); it takes zeros in 50% of the places")


def test_the_issues_own_tolerance_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An atol that was 36 times the median entry: 87 % zeros passed, on logits of a spread of 3."""
    monkeypatch.setattr(tolerances, "INPUTS", 2)  # of 17 million numbers each
    one = next(iter(comparisons("softmax_cross_entropy_fast", 11)))
    loose = one._replace(compare=CloseTo(Closeness(1e-4, atol=1e-7), ("loss", "dlogits")))
    (sentence,) = taken(loose)
    assert "takes zeros in the tenth of the places that matters least for dlogits" in sentence
    share = int(sentence.partition("it takes zeros in ")[2].partition("%")[0])
    assert 60 <= share <= 99


def test_a_solution_that_comes_near_the_tolerance_is_told() -> None:
    """Scores of 10,000 made the descent of a logistic neuron chaotic: with some secrets its solution failed."""
    (sentence,) = refused(comparison(Closeness(1e-4)), lambda x: (2.00012 * x, x[:3].sum()))
    assert sentence.startswith(
        "test_speed: the solution uses more than 50% of the tolerance in call 0 (doubled is wrong)"
    )
    assert list(refused(comparison(Closeness(1e-4)), lambda x: (2.00008 * x, x[:3].sum()))) == []


# the pieces


def test_the_smallest_numbers_become_zeros() -> None:
    numbers = torch.tensor([0.0, -3.0, 1.0, 2.0, -4.0])
    assert zeroed(numbers, 0.5).tolist() == [0.0, -3.0, 0.0, 0.0, -4.0]
    assert zeroed(numbers, 0.0).tolist() == [0.0, -3.0, 0.0, 2.0, -4.0]
    assert not zeroed(numbers, 1.0).any()
    assert zeroed(numbers[:1], 1.0).tolist() == [0.0]
    assert 0.87 < float((zeroed_anywhere(torch.ones(4000), 0.9) == 0).float().mean()) < 0.93


def test_what_is_typical_is_the_median_of_what_is_not_zero() -> None:
    assert typical(torch.tensor([0.0, 0.0, 0.0, -1.0, 2.0, 3e4, torch.inf])) == 2.0
    assert typical(torch.zeros(3)) == 0.0
    assert typical(torch.full((300, 1000), 7.0)) == 7.0
