"""Kernels of the variants and misconceptions of `softmax_triton`; imported only where Triton is installed.

Wrong ones touch no memory outside their tensors, so that what they answer is the same every time.
"""

import torch
import triton
import triton.language as tl


def launch(kernel, x, dim, *, out=None, strides=None, block=0, **options):
    """Run one program for each slice of `x`; `out` has the same strides."""
    out = torch.zeros_like(x) if out is None else out
    slice_stride, item_stride = strides or (x.stride(1 - dim), x.stride(dim))
    block = block or triton.next_power_of_2(x.shape[dim])
    kernel[(x.shape[1 - dim],)](x, out, slice_stride, item_stride, x.shape[dim], BLOCK=block, **options)
    return out


# right


@triton.jit
def online(x, out, slice_stride, item_stride, length: tl.constexpr, BLOCK: tl.constexpr):
    """Go through the slice in blocks, twice: sum up while the maximum grows, then divide.

    A constant length, because the interpreter of Triton 3.6 with NumPy 2.4 cannot count up to another.
    """
    largest = tl.full((), -float("inf"), tl.float32)
    total = tl.zeros((), tl.float32)
    start = tl.program_id(0) * slice_stride
    for first in range(0, length, BLOCK):
        items = first + tl.arange(0, BLOCK)
        scores = tl.load(x + start + items * item_stride, mask=items < length, other=-float("inf")).to(tl.float32)
        larger = tl.maximum(largest, tl.max(scores, axis=0))
        before = tl.where(largest == larger, 1.0, tl.exp(largest - larger))
        total = total * before + tl.sum(tl.where(scores == larger, 1.0, tl.exp(scores - larger)), axis=0)
        largest = larger
    for first in range(0, length, BLOCK):
        items = first + tl.arange(0, BLOCK)
        scores = tl.load(x + start + items * item_stride, mask=items < length, other=-float("inf")).to(tl.float32)
        tl.store(out + start + items * item_stride, tl.exp(scores - largest) / total, mask=items < length)


@triton.jit
def tile(x, out, slice_stride, item_stride, slices, length, SLICES: tl.constexpr, BLOCK: tl.constexpr):
    """Work on several slices in one program."""
    rows = tl.program_id(0) * SLICES + tl.arange(0, SLICES)[:, None]
    items = tl.arange(0, BLOCK)[None, :]
    inside = (rows < slices) & (items < length)
    places = rows * slice_stride + items * item_stride
    scores = tl.load(x + places, mask=inside, other=-float("inf")).to(tl.float32)
    largest = tl.where(rows < slices, tl.max(scores, axis=1)[:, None], 0.0)
    exps = tl.exp2((scores - largest) * 1.4426950408889634)
    tl.store(out + places, exps / tl.sum(exps, axis=1)[:, None], mask=inside)


def launch_tiles(x, dim):
    """Run one program for every four slices."""
    out, slices, length = torch.empty_like(x), x.shape[1 - dim], x.shape[dim]
    grid, block = (triton.cdiv(slices, 4),), triton.next_power_of_2(length)
    tile[grid](x, out, x.stride(1 - dim), x.stride(dim), slices, length, SLICES=4, BLOCK=block)
    return out


# wrong


@triton.jit
def masked_with(x, out, slice_stride, item_stride, length, OTHER: tl.constexpr, BLOCK: tl.constexpr):
    """Let masked lanes hold a number that counts."""
    items = tl.arange(0, BLOCK)
    places = tl.program_id(0) * slice_stride + items * item_stride
    scores = tl.load(x + places, mask=items < length, other=OTHER).to(tl.float32)
    exps = tl.exp(scores - tl.max(scores, axis=0))
    tl.store(out + places, exps / tl.sum(exps, axis=0), mask=items < length)


@triton.jit
def without_maximum(x, out, slice_stride, item_stride, length, BLOCK: tl.constexpr):
    """Exponentials of the scores as they are."""
    items = tl.arange(0, BLOCK)
    places = tl.program_id(0) * slice_stride + items * item_stride
    exps = tl.exp(tl.load(x + places, mask=items < length, other=-float("inf")).to(tl.float32))
    tl.store(out + places, exps / tl.sum(exps, axis=0), mask=items < length)


@triton.jit
def not_normalised(x, out, slice_stride, item_stride, length, BLOCK: tl.constexpr):
    """Exponentials alone."""
    items = tl.arange(0, BLOCK)
    places = tl.program_id(0) * slice_stride + items * item_stride
    scores = tl.load(x + places, mask=items < length, other=-float("inf")).to(tl.float32)
    tl.store(out + places, tl.exp(scores - tl.max(scores, axis=0)), mask=items < length)
