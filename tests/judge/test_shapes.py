"""Results are held to the shapes that the stub's signature promises."""

import numpy as np
import pytest

from grader.judge.outcomes import CheckFailed
from grader.judge.remote_objects import Handle
from grader.judge.shapes import holds_objects, read_signatures, require_result
from grader.wire import HandleRef

STUB = '''
def conv(
    x: Float[Array, "N C H W"], w: Float[Array, "F C KH KW"], *, stride: int = 1
) -> tuple[Float[Array, "N F HO WO"], Cache]:
    """Convolve.

    Returns
    -------
    out : the images
    cache : whatever
    """

def loss(scores: Float[Array, "N C"], y: Int[Array, "N"]) -> tuple[Float[Array, ""], Float[Array, "N C"]]:
    """Return loss and gradient."""

def total(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return a sum."""

def square(n: int) -> Float[Array, "M M"]:
    """Return a square matrix."""

def anything(x):
    """Return anything."""
'''
SIGNATURES = read_signatures(STUB)
X, W = np.zeros((2, 3, 9, 8)), np.zeros((4, 3, 3, 2))


def problem(function: str, args: tuple[object, ...], result: object) -> tuple[str, str, str]:
    with pytest.raises(CheckFailed) as caught:
        require_result(function, SIGNATURES[function], args, {}, result)
    return caught.value.told.message, caught.value.told.got, caught.value.told.expected


def test_right_results_pass() -> None:
    require_result("conv", SIGNATURES["conv"], (X, W), {"stride": 2}, (np.zeros((2, 4, 4, 4)), object()))
    require_result("loss", SIGNATURES["loss"], (np.zeros((2, 3)), np.zeros(2, int)), {}, (0.5, np.zeros((2, 3))))
    require_result("square", SIGNATURES["square"], (3,), {}, np.zeros((3, 3)))
    require_result("anything", SIGNATURES["anything"], (3,), {}, "text")


def test_a_numpy_number_is_an_array_without_axes() -> None:
    require_result("total", SIGNATURES["total"], (np.zeros(3),), {}, np.zeros(3).sum())
    assert problem("total", (np.zeros(3),), 0.0)[0] == "the result of total is not an array"
    assert problem("square", (3,), np.float64(0))[0] == "the result of square is not an array"


def test_what_may_hold_objects_is_known() -> None:
    assert [name for name, each in SIGNATURES.items() if holds_objects(each.result)] == ["conv"]


def test_a_wrong_shape_names_the_result_and_the_letters() -> None:
    message, got, expected = problem("conv", (X, W), (np.zeros((2, 4, 4)), None))
    assert (message, got) == ("out has the wrong shape", "float64 (2, 4, 4)")
    assert expected == "float array of shape (N, F, HO, WO) with N=2, F=4"


def test_a_letter_has_one_size() -> None:
    assert problem("square", (3,), np.zeros((3, 4)))[0] == "the result of square has the wrong shape"
    assert problem("loss", (np.zeros((2, 3)), np.zeros(2, int)), (0.0, np.zeros((3, 2))))[0].endswith(
        "has the wrong shape"
    )


def test_a_pair_that_is_none_says_what_belongs_in_it() -> None:
    assert problem("conv", (X, W), np.zeros((2, 4, 4, 4))) == (
        "the result of conv has the wrong form",
        "float64 (2, 4, 4, 4)",
        "2 values: out, cache",
    )


def test_a_wrong_kind_of_number_is_told() -> None:
    assert problem("square", (3,), np.zeros((3, 3), int))[0] == "the result of square has the wrong dtype"
    assert problem("square", (3,), [[0.0]])[0] == "the result of square is not an array"


HANDLE = Handle(HandleRef(0, "Liar"), lambda *request, **fields: True)


@pytest.mark.parametrize("result", [HANDLE, [HANDLE], (1, HANDLE), {"a": HANDLE}, {"a": [0, (HANDLE,)]}])
def test_an_object_is_no_answer_where_data_is_promised(result: object) -> None:
    for text in ("def f(x): ...", "def f(x) -> float: ...", "def f(x) -> dict[str, int] | None: ..."):
        with pytest.raises(CheckFailed, match="is not plain data"):
            require_result("f", read_signatures(text)["f"], (1,), {}, result)


def test_an_object_may_come_where_the_signature_says_so() -> None:
    for text in ("def f(x) -> Cache: ...", "def f(x) -> object: ...", "class V: ...\ndef f(x) -> V: ..."):
        require_result("f", read_signatures(text)["f"], (1,), {}, HANDLE)
    require_result("g", read_signatures("def g(x) -> tuple[float, Cache]: ...")["g"], (1,), {}, (0.5, HANDLE))


def test_an_object_s_own_comparisons_and_truth_are_not_asked() -> None:
    assert (HANDLE == 3) is False
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(HANDLE)


def test_a_vector_where_a_scalar_belongs_is_told() -> None:
    assert problem("loss", (np.zeros((2, 3)), np.zeros(2, int)), (np.zeros(2), np.zeros((2, 3))))[0].endswith(
        "wrong shape"
    )
