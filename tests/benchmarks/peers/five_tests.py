"""The five hidden tests of `conv2d_forward` without this course's engine: plain functions of the student's function.

They have the names of those in `tests/hidden/convolution/test_conv.py`, as many cases, and the same demands.
`python five_tests.py FILE COUNT` runs them many times in one process, without any protection, then as often again, and
prints the CPU seconds of that.
"""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

Options = dict[str, Any]
Function = Callable[..., tuple[np.ndarray, Any]]
STRIDES, PADDINGS, DILATIONS = [(2, 3), (2, 1), (1, 2), 2, 1], [(1, 2), (2, 1), (0, 1), 1, 0], [2, (2, 1), (1, 2)]


def drawn(rng: np.random.Generator, options: Options, per_group: int = 2, filters: int = 4) -> list[np.ndarray]:
    """Draw images, filters and biases."""
    groups = options["groups"]
    shapes = (2, per_group * groups, 6, 8), (filters * groups, per_group, 2, 3), (filters * groups,)
    return [rng.normal(size=shape) for shape in shapes]


def require(out: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray, **options: Any) -> None:
    """Compare a convolution with torch's, in numbers, shape and dtype."""
    expected = F.conv2d(*(torch.from_numpy(np.ascontiguousarray(array)) for array in (x, w, b)), **options).numpy()
    assert out.dtype == expected.dtype
    tolerance = 1e-4 if out.dtype == np.float32 else 1e-8
    np.testing.assert_allclose(out, expected, rtol=tolerance, atol=tolerance)


def refuses(function: Function, *args: Any, **options: Any) -> None:
    """Fail unless a call raises ValueError."""
    try:
        function(*args, **options)
    except ValueError:
        return
    raise AssertionError("no ValueError")


def test_agrees_with_torch_for_every_stride_padding_and_dilation(conv2d_forward: Function) -> None:
    """Compare six windows with torch's."""
    rng = np.random.default_rng(1)
    for case in range(6):
        window = {"stride": STRIDES[case % 5], "padding": PADDINGS[case % 5], "dilation": DILATIONS[case % 3]}
        options = window | {"groups": 1}
        arrays = drawn(rng, options)
        require(conv2d_forward(*arrays, **options)[0], *arrays, **options)


def test_keeps_groups_apart(conv2d_forward: Function) -> None:
    """Compare four windows in groups with torch's."""
    rng = np.random.default_rng(2)
    for case in range(4):
        window = {"stride": STRIDES[2 + case % 3], "padding": PADDINGS[2 * case % 4], "dilation": DILATIONS[case % 3]}
        options = window | {"groups": 2 + case % 2}
        arrays = drawn(rng, options, per_group=3, filters=2)
        require(conv2d_forward(*arrays, **options)[0], *arrays, **options)


def test_computes_in_float32_and_leaves_its_arguments_alone(conv2d_forward: Function) -> None:
    """Compare in float32, and look at the arguments afterwards."""
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in [(2, 3, 6, 5), (4, 3, 2, 3), (4,)]]
    before = [array.copy() for array in arrays]
    require(conv2d_forward(*arrays, padding=1)[0], *arrays, padding=1)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_refuses_a_kernel_larger_than_the_padded_image(conv2d_forward: Function) -> None:
    """Call it with a kernel that just fits, and with two that do not."""
    rng = np.random.default_rng(4)
    x, w, b = rng.normal(size=(1, 2, 3, 4)), rng.normal(size=(3, 2, 5, 2)), rng.normal(size=3)
    require(conv2d_forward(x, w, b, padding=1)[0], x, w, b, padding=1)
    refuses(conv2d_forward, x, w, b)
    refuses(conv2d_forward, x, w, b, padding=1, dilation=2)


def test_one_image_gives_an_output_and_an_empty_batch_an_empty_one(conv2d_forward: Function) -> None:
    """Compare one image in three layouts in memory, and no image; answers share no memory with arguments."""
    rng = np.random.default_rng(5)
    images, w, b = rng.normal(size=(1, 4, 5, 7)), rng.normal(size=(6, 2, 2, 3)), rng.normal(size=6)
    options = {"stride": (1, 2), "padding": (0, 1), "groups": 2}
    earlier: list[np.ndarray] = []
    for arrays in (*laid_out(images, w, b), (images[:0], w, b)):
        out, _ = conv2d_forward(*arrays, **options)
        require(out, *arrays, **options)
        assert not any(np.shares_memory(out, other) for other in (*arrays, *earlier))
        earlier.append(out)


def laid_out(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield arrays in Fortran order, with gaps, and backwards in memory."""
    yield tuple(np.asfortranarray(array) for array in arrays)
    yield tuple(np.repeat(array, 2, axis=-1)[..., ::2] for array in arrays)
    yield tuple(np.flip(np.flip(array).copy()) for array in arrays)


TESTS = [value for name, value in list(globals().items()) if name.startswith("test_")]


def main(file: str, count: int) -> None:
    """Run the tests many times on the function in a file; print what the second half of the runs cost."""
    torch.set_num_threads(1)
    spec = importlib.util.spec_from_file_location("conv", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    start = 0.0
    for number in range(2 * count):
        start = time.process_time() if number == count else start
        for test in TESTS:
            test(module.conv2d_forward)
    print(time.process_time() - start)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
