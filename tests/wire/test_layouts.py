"""Arrays and tensors keep their memory layout on the way to a worker, and have none on the way back."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from grader.wire import OverSizeLimit, SizeLimits, WireError, decode
from grader.wire.layouts import GAP, MemoryLayout, arranged, layout_of
from tests.wire.values import arrays, frame_of, identical, raw_frame

X = np.arange(24.0).reshape(2, 3, 4)
VIEWS = {
    "fortran": np.asfortranarray(X),
    "channels last": X.transpose(0, 2, 1),
    "a part of every row": X[:, :, :3],
    "every second number": X[..., ::2],
    "every second row": X[:, ::2],
    "backwards": X[::-1],
    "backwards in two axes": X[::-1, :, ::-1],
    "backwards with gaps, transposed": X[:, ::-2].T,
    "one row of many": X[:1, ::-1],
    "a column": X[0, :, 1],
}


def sent_to_worker(value: object, **options: SizeLimits) -> object:
    return decode(frame_of(value, layouts=True), layouts=True, **options)


@pytest.mark.parametrize("name", VIEWS)
def test_an_array_arrives_in_its_layout(name: str) -> None:
    view = VIEWS[name]
    arrived = sent_to_worker(view)
    assert isinstance(arrived, np.ndarray)
    assert np.array_equal(arrived, view)
    assert layout_of(arrived) == layout_of(view) is not None
    assert not arrived.flags.c_contiguous
    assert arrived.flags.f_contiguous == view.flags.f_contiguous
    assert arrived.flags.writeable


def test_what_lies_in_the_gaps_is_no_number_to_compute_with() -> None:
    arrived = arranged(np.ones((2, 2)), MemoryLayout((0, 1), (1, GAP)))
    raw = np.lib.stride_tricks.as_strided(arrived, (2, 2), (16, 8))
    assert np.isnan(raw).sum() == 2


@settings(max_examples=100, derandomize=True)
@given(arrays(), st.data())
def test_arrays_of_every_dtype_keep_their_numbers(array: np.ndarray, data: st.DataObject) -> None:
    steps = [data.draw(st.sampled_from((1, -1, 2, -2))) for _ in range(array.ndim)]
    view = array.transpose(data.draw(st.permutations(range(array.ndim))))[tuple(slice(None, None, s) for s in steps)]
    arrived = sent_to_worker(view)
    assert identical(np.array(arrived, order="C"), np.array(view, order="C"))
    assert layout_of(arrived) == layout_of(view)


@pytest.mark.parametrize(
    "view",
    [X, np.ones(()), np.ones((3, 0, 2)).T, np.broadcast_to(1.0, (2, 2)), sliding_window_view(X, 2, 2)],
    ids=["C order", "a scalar", "empty", "broadcast", "overlapping windows"],
)  # fmt: skip
def test_others_arrive_in_c_order(view: np.ndarray) -> None:
    arrived = sent_to_worker(view)
    assert arrived.flags.c_contiguous
    assert np.array_equal(arrived, view)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool], ids=str)
def test_a_tensor_arrives_in_its_layout(dtype: torch.dtype) -> None:
    tensor = torch.arange(24).reshape(2, 3, 4).to(dtype)
    for view in (tensor.permute(2, 0, 1), tensor[:, ::2], tensor[..., :3]):
        arrived = sent_to_worker(view)
        assert torch.equal(arrived, view)
        assert not arrived.is_contiguous()
    assert sent_to_worker(tensor).is_contiguous()


def test_a_tensor_with_a_gradient_stays_a_leaf() -> None:
    arrived = sent_to_worker(torch.ones(2, 3, requires_grad=True).T)
    assert arrived.is_leaf
    assert arrived.requires_grad
    assert arrived.stride() == (1, 3)


def test_answers_have_no_layout() -> None:
    assert decode(frame_of(X.T)).flags.c_contiguous
    with pytest.raises(WireError, match="only an array that is sent to a worker has a memory layout"):
        decode(frame_of(X.T, layouts=True))


ARRAY = [11, "f8", [2, 2]]
NUMBERS = np.ones(4).tobytes()


@pytest.mark.parametrize(
    "node",
    [
        [21, ARRAY, [0, 0], [1, 1]],
        [21, ARRAY, [0], [1]],
        [21, ARRAY, [0, 2], [1, 1]],
        [21, ARRAY, [0, 1], [1, 3]],
        [21, ARRAY, [0, 1], [1, 0]],
        [21, ARRAY, [0, 1], [1, 1.0]],
        [21, ARRAY, [0, True], [1, 1]],
        [21, ARRAY, [0, 1], None],
        [21, [21, ARRAY, [1, 0], [1, 1]], [1, 0], [1, 1]],
        [21, [0, [1]], [0], [1]],
        [21, [], [0], [1]],
        [21, 5, [], []],
    ],
    ids=str,
)
def test_a_layout_that_is_none_is_refused(node: list[object]) -> None:
    with pytest.raises(WireError):
        decode(raw_frame(node, NUMBERS), layouts=True)


def test_a_tensor_cannot_run_backwards() -> None:
    with pytest.raises(WireError, match="run forward"):
        decode(raw_frame([21, [15, "f8", [2, 2], False], [0, 1], [1, -1]], NUMBERS), layouts=True)


def test_gaps_count_toward_the_size() -> None:
    frame = frame_of(np.ones(2 * 40)[::2], layouts=True)
    limits = SizeLimits(frame_bytes=40 * 8 + 200)
    with pytest.raises(OverSizeLimit):
        decode(frame, layouts=True, size_limits=limits)
    assert math.isclose(np.sum(decode(frame, layouts=True)), 40.0)
