"""Imports and operators that tasks may use."""

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
import torch

from grader.worker.policy import FOREIGN_LIBRARIES, BlockedByPolicy, forbid_operators

IMAGES = torch.ones(1, 1, 4, 4)
KERNEL = torch.ones(1, 1, 2, 2)


def test_numpy_tasks_see_no_torch_however_they_import_it() -> None:
    program = """
import importlib, numpy
from grader.worker.policy import BlockedByPolicy, guard_imports
import torch
guard_imports()
asks = (lambda: __import__("torch"), lambda: importlib.import_module("torch.nn"), lambda: exec("import torch.nn as n"))
for ask in asks:
    try:
        ask()
    except BlockedByPolicy as refused:
        print(refused)
import json, numpy.linalg
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count("torch is not available here") == 3


def test_numpy_tasks_see_no_triton() -> None:
    assert "triton" in FOREIGN_LIBRARIES


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.nn.functional.conv2d(IMAGES, KERNEL),
        lambda: torch.conv2d(IMAGES, KERNEL),
        lambda: torch.ops.aten.convolution(IMAGES, KERNEL, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1),
        lambda: torch.nn.Conv2d(1, 1, 2)(IMAGES),
        lambda: getattr(torch, "conv" + "2d")(IMAGES, KERNEL),
    ],
)
def test_the_operator_that_a_task_re_implements_is_refused_by_every_alias(call: object) -> None:
    with forbid_operators(["aten::convolution"]), pytest.raises(BlockedByPolicy, match="aten::convolution"):
        call()  # type: ignore[operator]  # pytest passes it as an object


def test_a_thread_and_switched_off_modes_do_not_help() -> None:
    from torch.utils._python_dispatch import _disable_current_modes

    caught: list[type[BaseException]] = []

    def call() -> None:
        try:
            torch.conv2d(IMAGES, KERNEL)
        except BlockedByPolicy as refused:
            caught.append(type(refused))

    with forbid_operators(["aten::convolution"]):
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        with _disable_current_modes():
            call()
    assert caught == [BlockedByPolicy] * 2


def test_the_same_operator_in_place_is_refused_too() -> None:
    with forbid_operators(["aten::clamp"]), pytest.raises(BlockedByPolicy, match="aten::clamp_"):
        IMAGES.clone().clamp_(0, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.ops.aten.softmax(IMAGES, 1),
        lambda: torch.ops.aten._masked_softmax_backward(IMAGES, IMAGES, IMAGES > 0, 1),
        lambda: torch.sparse.softmax(IMAGES.to_sparse(), 1),
    ],
)
def test_a_family_is_refused_by_part_of_its_name(call: Callable[[], object]) -> None:
    call()
    with forbid_operators(["*softmax*"]), pytest.raises(BlockedByPolicy, match=r"written without aten::.*softmax"):
        call()


@pytest.mark.parametrize("layout", [torch.Tensor.to_mkldnn, lambda x: torch.nested.nested_tensor([x])])
@pytest.mark.parametrize("name", ["softmax", "_softmax"])  # one comes apart, the other has a kernel for each layout
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
def test_kernels_of_other_layouts_are_refused_too(name: str, layout: Callable[[torch.Tensor], torch.Tensor]) -> None:
    x = layout(IMAGES)
    with forbid_operators([f"aten::{name}"]), pytest.raises(BlockedByPolicy, match=f"aten::{name}:"):
        x.softmax(-1)
    with torch.inference_mode(), forbid_operators([f"aten::{name}"]), pytest.raises(BlockedByPolicy):
        layout(IMAGES).softmax(-1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.vmap(torch.linalg.matrix_power, in_dims=(0, None))(IMAGES[0], 3),
        lambda: torch.vmap(torch.vmap(torch.linalg.matrix_power, (0, None)), (0, None))(IMAGES, 3),
        lambda: torch.func.vjp(lambda x: torch.linalg.matrix_power(x, 3), IMAGES),
    ],
)
def test_transforms_do_not_take_a_composite_operator_apart_first(call: Callable[[], object]) -> None:
    call()
    with forbid_operators(["aten::linalg_matrix_power"]), pytest.raises(BlockedByPolicy):
        call()


def test_a_ban_can_be_lifted() -> None:
    with forbid_operators(["aten::convolution"]):
        pass
    assert float(torch.conv2d(IMAGES, KERNEL).sum()) == 36.0
    assert float(torch.vmap(torch.conv2d, (0, None))(IMAGES[None], KERNEL).sum()) == 36.0


def test_other_operators_are_free() -> None:
    with forbid_operators(["aten::convolution"]):
        columns = torch.nn.functional.unfold(IMAGES, 2)
        assert float((columns * KERNEL.view(1, 4, 1)).sum()) == 36.0


SEARCH = """
import gc, sys, weakref
import torch
from grader.worker.policy import BlockedByPolicy, ban_operators

X = torch.ones(2)

def is_banned():
    try:
        torch.clamp(X, 0, 1)
    except BlockedByPolicy:
        return True
    return False

def destroy(found):
    for name in ("_destroy", "reset", "__del__"):
        try:
            getattr(found, name)()
        except Exception:
            pass

ban_operators(["aten::clamp"])
assert is_banned()
kinds = (torch.library.Library, type(torch._C._dispatch_library("FRAGMENT", "elsewhere", "", "", 0)))
everything = gc.get_objects()
everything += [each for found in everything for each in gc.get_referents(found)]
everything += [each for finalizer in list(weakref.finalize._registry) for each in (finalizer.peek() or [[]] * 3)[2]]
assert len(everything) > 10_000
found = [each for each in everything if type(each) in kinds]
kernels = [each for each in everything if type(each) is type(destroy) and each.__name__ == "refuse"]
for each in found:
    destroy(each)
torch.library._impls.clear()
del found, each
gc.unfreeze()
gc.collect()
print(len(kernels), is_banned())
"""


def _searched(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "ignore", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_search_lifts_a_ban_whose_handles_can_be_reached() -> None:
    reachable = "import grader.worker.policy as policy\npolicy._leak = [].append\nkept = policy._leak.__self__\n"
    assert _searched(reachable + SEARCH).stdout.endswith(" False\n")


def test_a_search_through_memory_finds_nothing_that_lifts_a_ban() -> None:
    done = _searched(SEARCH)
    assert (done.stdout, done.stderr) == ("0 True\n", "")
