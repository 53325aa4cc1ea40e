"""Whatever bytes come: a value or a `WireError`, in bounded time."""

import contextlib
import os
import random
from time import process_time
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import CallbackRef, HandleRef, SharedRef, SizeLimits, WireError, decode
from tests.wire.values import frame_of, raw_frame, values

ROUNDS = int(os.environ.get("WIRE_FUZZ_ROUNDS", "2000"))
quick = settings(max_examples=200, derandomize=True)

SAMPLES: list[Any] = [
    {"op": "call", "name": "f", "args": (np.ones((2, 3)), np.arange(3), 3), "kwargs": {"stride": 2, (1, 2): None}},
    [
        1,
        -1,
        2**63,
        2**70,
        1.5,
        float("nan"),
        "text",
        b"bytes",
        None,
        True,
        1j,
        {1, 2},
        frozenset("ab"),
        slice(1),
        range(3),
        ...,
    ],
    [
        np.float32(1),
        np.str_("ab"),
        np.bool_(True),
        np.array(["ab", "c"]),
        np.array([True]),
        np.float64,
        np.dtype("i4"),
        float,
    ],
    [torch.ones(2, 3, requires_grad=True), torch.ones(2, dtype=torch.bfloat16), torch.float32, torch.zeros(0, 3)],
    [
        np.random.default_rng(1),
        np.random.Generator(np.random.Philox(2)),
        HandleRef(1, "Value"),
        CallbackRef(2, "f"),
        SharedRef(3),
    ],
    [np.random.Generator(np.random.MT19937(1)), torch.Generator().manual_seed(1)],
]
FRAMES = [bytes(frame_of(sample)) for sample in SAMPLES]


def survives(frame: bytes) -> None:
    """Decode; anything but a value or a `WireError` fails the test. A value is used a little, to see that it holds."""
    try:
        value = decode(frame)
    except WireError:
        return
    use(value)


def use(value: Any) -> None:
    """Touch what arrived as a judge would."""
    if isinstance(value, np.random.Generator):
        value.normal(size=700)
        value.integers(9, size=9, dtype=np.uint32)
    elif isinstance(value, torch.Generator):
        torch.randn(700, generator=value)
    elif isinstance(value, dict):
        use(list(value.items()))
    elif isinstance(value, list | tuple):
        for item in value:
            use(item)
    elif not isinstance(value, range):
        repr(value).encode()


@quick
@given(st.binary(max_size=200))
def test_random_bytes(data):
    survives(data)


@quick
@given(st.binary(max_size=200), st.binary(max_size=64))
def test_random_trees(tree, buffers):
    survives(raw_frame(tree, buffers))


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_one_byte_changed_anywhere(frame):
    chance = random.Random(1)
    positions = range(len(frame)) if len(frame) < 700 else [*range(300), *chance.choices(range(len(frame)), k=400)]
    for position in positions:
        for byte in (0, 255, frame[position] ^ 1, frame[position] ^ 128, chance.randrange(256)):
            survives(frame[:position] + bytes([byte]) + frame[position + 1 :])


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_cut_and_lengthened_anywhere(frame):
    for position in {*range(min(len(frame), 400)), *range(max(0, len(frame) - 50), len(frame))}:
        cut = frame[:position]
        with pytest.raises(WireError):
            decode(cut)
        survives(frame[:position] + b"\x91" + frame[position:])
        survives(relabelled(cut))
        survives(relabelled(frame[:position] + b"\xc0" + frame[position:]))


def relabelled(frame: bytes) -> bytes:
    """Make the fixed header's length of the body right again."""
    return frame[:8] + max(0, len(frame) - 16).to_bytes(8, "little") + frame[16:]


def mutated(node: Any, chance: random.Random, depth: int = 0) -> Any:
    """Change a tree somewhere: a number nudged, a field replaced, dropped, doubled or moved, a tag changed."""
    if not isinstance(node, list) or not node or depth > 6 or chance.random() < 0.15:
        return other_leaf(node, chance)
    copy = list(node)
    index = chance.randrange(len(copy))
    match chance.randrange(6):
        case 0:
            del copy[index]
        case 1:
            copy.insert(index, copy[chance.randrange(len(copy))])
        case 2:
            chance.shuffle(copy)
        case 3:
            copy[0] = chance.randrange(-1, 23)
        case _:
            copy[index] = mutated(copy[index], chance, depth + 1)
    return copy


def other_leaf(node: Any, chance: random.Random) -> Any:
    """Return something else of a similar kind, or of another."""
    if type(node) is int and chance.random() < 0.6:
        return max(-(2**63), min(2**64 - 1, node + chance.choice([-1, 1, 2**31, 2**62, -node, -2 * node])))
    if type(node) is bytes and chance.random() < 0.6 and node:
        return bytes(byte if chance.random() < 0.9 else chance.randrange(256) for byte in node)
    leaves = [
        None,
        True,
        -1,
        0,
        1,
        2**64 - 1,
        float("nan"),
        "",
        "f8",
        "b1",
        "U2",
        "bf2",
        "PCG64",
        b"",
        bytes(37),
        [],
        [0, []],
    ]
    return chance.choice([*leaves, {"a": 1}, msgspec.msgpack.Ext(1, b"x"), [11, "f8", [1]], [1, [[0, []]]]])


@pytest.mark.parametrize("frame", FRAMES, ids=range(len(FRAMES)))
def test_mutated_trees(frame):
    length = int.from_bytes(frame[4:8], "little")
    tree = msgspec.msgpack.decode(frame[16 : 16 + length])
    buffers = frame[16 + length + -(16 + length) % 16 :]
    chance = random.Random(2)
    for _ in range(ROUNDS // 4):
        changed = tree
        for _ in range(chance.randrange(1, 4)):
            changed = mutated(changed, chance)
        survives(raw_frame(changed, buffers))


@settings(max_examples=100, derandomize=True)
@given(values(), st.data())
def test_drawn_frames_with_drawn_bytes_changed(value, data):
    frame = frame_of(value)
    for _ in range(3):
        position = data.draw(st.integers(0, len(frame) - 1))
        frame[position] = data.draw(st.integers(0, 255))
    survives(bytes(frame))


SMALL = SizeLimits(nodes=100_000, header_bytes=4 << 20, keys=5000)


@pytest.mark.parametrize(
    "tree",
    [
        [0, [[0, []]] * 33_000],
        [0, [[11, "f8", [0]]] * 20_000],
        [0, [[15, "f8", [0], False]] * 9_000],
        [0, [[17, "PCG64", bytes(37)]] * 20_000],
        [2, list(range(0, 5000 << 40, 1 << 40)), [None] * 5000],
        [3, [[1, [number, -number]] for number in range(5000)]],
        [0, ["x"] * 99_000],
        [0, [[13, "ab"]] * 30_000],
        [0, [[5, bytes(1024)]] * 4000],
    ],
    ids=["lists", "arrays", "tensors", "generators", "integer keys", "tuple keys", "texts", "numpy texts", "integers"],
)
def test_the_dearest_trees_within_the_caps_are_done_in_time(tree):
    frame = raw_frame(tree)
    start = process_time()
    with contextlib.suppress(WireError):
        decode(frame, size_limits=SMALL)
    assert process_time() - start < 2.0  # about 0.2 s on an idle core
