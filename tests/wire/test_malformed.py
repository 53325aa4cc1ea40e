"""Malformed frames, field by field, and frames over every cap: a `WireError`, and nothing else."""

import datetime
import struct
import tracemalloc

import msgspec
import numpy as np
import pytest

from grader.wire import (
    HEADER_SIZE,
    SizeLimits,
    WireError,
    body_length,
    decode,
    encode,
    read_frame_into,
    write_frame,
)
from tests.wire.values import frame_of, identical, pack, raw_frame, sent


def refuse(frame, match=None, **options):
    """Check that a frame is refused."""
    with pytest.raises(WireError, match=match):
        decode(frame, **options)


def test_the_builder_of_these_tests_builds_valid_frames():
    assert decode(raw_frame([0, [1, 2]])) == [1, 2]
    assert identical(decode(raw_frame([11, "f8", [2]], bytes(16))), np.zeros(2))


@pytest.mark.parametrize("fields", [
    {"magic": b"XYZ"}, {"version": 0}, {"version": 2}, {"tree": 0}, {"tree": 2}, {"tree": 100}, {"tree": 2**32 - 1},
    {"body": 0}, {"body": 2}, {"body": 100}, {"body": 2**64 - 1},
], ids=str)  # fmt: skip
def test_wrong_fixed_headers_are_refused(fields):
    refuse(raw_frame([0, [1, 2]], **fields))


def test_another_version_is_named():
    refuse(raw_frame(None, version=9), match="version 9")


@pytest.mark.parametrize(
    "frame", [b"", b"D", b"DGW\x01", raw_frame(None)[:-1], raw_frame(None) + b"\0", raw_frame(b"")]
)
def test_short_and_long_frames_are_refused(frame):
    refuse(frame)


TREES = [
    *(b"\xc1", b"\xc0\xc0", b"\x91", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"),
    *(b"\xdb\xff\xff\xff\xff", b"\xa1\xff", b"\xa3\xed\xa0\x80", b"\xc9\xff\xff\xff\xff\x01", b"\xcb\x00"),
    *(b"\xd6\xff\0\0\0\0", b"\xc7\x0c\xff" + bytes(12), b"\xd4\x05\0", b"\x80", b"\x81\xa1a\x01", b"\x81\x90\x01"),
    *(b"\x92\x00\x91\x80", b"\x92\x00\x91\xd4\x05\0", b"\x91" * 100 + b"\xc0", b"\x91" * 100000 + b"\xc0"),
    *(b"\x92\x00\x91" * 65 + b"\xc0", b"\x92\x0d" * 3000 + b"\xa0", b"\x81" * 5000 + b"\xc0"),
    pack([0, [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)]]),
    pack(msgspec.msgpack.Ext(5, b"abc")),
]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree[:12].hex())
def test_trees_that_are_no_msgpack_of_ours_are_refused(tree):
    refuse(raw_frame(tree))


NODES = [
    *([], [None], [True, []], [0.0, []], ["0", []], [[0], []], [-1, []], [21], [2**63, []], [99, []]),
    *([0], [0, [], []], [0, None], [0, "ab"], [0, b"ab"], [0, 5], [1, {}], [0, [[]]], [0, [[99]]]),
    *([2, [], [], []], [2, [1], []], [2, [], [1]], [2, 1, 1], [2, ["a", "a"], [1, 2]], [2, [1, 1.0], [1, 2]]),
    *([2, [[0, []]], [1]], [2, [[1, [[0, []]]]], [1]], [2, [[2, [], []]], [1]], [2, [float("nan")], [1]]),
    *([2, [[1, [float("nan")]]], [1]], [2, [[6, float("nan"), 0.0]], [1]], [2, [[19, 1, "x"]], [1]]),
    *([3, [1, 1]], [3, [[0, []]]], [3, [True, 1]], [4, [float("nan")]], [4, [[3, []]]], [3, 1]),
    *([5, b""], [5, 1], [5, "1"], [5, b"\x01" * 1025], [6, 1, 2], [6, 1.0], [6, 1.0, None], [6, [0, []], 1.0]),
    *([7, 1, 2], [7, 1, 2, [99]], [8, 0, 1, 0], [8, 0, 1, 1.0], [8, True, 1, 1], [8, None, 1, 1], [9, 1]),
    *([10, "object"], [10, "numpy.object_"], [10, 3], [10, ["float"]], [10, "eval"], [10, "__import__"]),
    *([11, "f8"], [11, "f8", [3]], [11, "f8", [1]], [11, "f8", [-2]], [11, "f8", [True, 2]], [11, "f8", [2.0]]),
    *(
        [11, "f8", None],
        [11, "f8", "2"],
        [11, "f8", [2, 2**62, 2**62]],
        [11, "f8", [2**64 - 1]],
        [11, "f8", [2**61 + 2]],
    ),
    *([11, "f8", [0, 2**62]], [11, "f8", [1] * 33 + [2]], [11, "f8", [0]], [11, "O", [2]], [11, "|O", [2]]),
    *([11, "V8", [2]], [11, "M8[s]", [2]], [11, "f16", [1]], [11, "<f8", [2]], [11, ">f8", [2]], [11, "float64", [2]]),
    *([11, None, [2]], [11, ["f8"], [2]], [11, b"f8", [2]], [11, "f8,f8", [1]], [11, "U0", [2]], [11, "U", [4]]),
    *(
        [11, "U-1", [4]],
        [11, "U04", [1]],
        [11, "U\u0664", [1]],
        [11, "S", [16]],
        [11, "U999999999", [0]],
        [11, "U9999999999", [0]],
    ),
    *([11, "S99999999", [0]], [11, "", [2]], [11, "U4\n", [1]], [11, "a16", [1]]),
    *([12, "f8", bytes(7)], [12, "f8", bytes(9)], [12, "f8", "x"], [12, "O", bytes(8)], [12, "U1", bytes(4)]),
    *(
        [12, ["f8"], bytes(8)],
        [12, "b1", b"\x02"],
        [12, None, b""],
        [13, 1],
        [13, None],
        [13, [13, "a"]],
        [13, [0, []]],
    ),
    *([14, "O"], [14, "V4"], [14, 1], [14, "U0"]),
    *([17, "PCG64", bytes(36)], [17, "PCG64", b"\xff" * 37], [17, "object", b""], [17, 1, b""], [17, ["PCG64"], b""]),
    *([17, "PCG64", "x"], [17, "MT19937", bytes(2496) + b"\x71\x02"], [17, "MT19937", b"\xff" * 2498]),
    *(
        [17, "Philox", bytes(80) + b"\x05" + bytes(5)],
        [17, "SFC64", bytes(32) + b"\x02" + bytes(4)],
        [17, "RandomState", b""],
    ),
    *([19, -1, "x"], [19, 2**63, "x"], [19, True, "x"], [19, 1.0, "x"], [19, 1, ""[:0] + "\n"], [19, 1, "x" * 101]),
    *(
        [19, 1, 1],
        [19, 1, b"x"],
        [19, [5, b"\x01"], "x"],
        [19, 1, "\u202ex"],
        [20, -1, "x"],
        [20, 1, "\x1b[2J"],
        [20, 1],
    ),
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: repr(node)[:40])
def test_malformed_nodes_are_refused_beside_the_bytes_of_two_floats(node):
    refuse(raw_frame(node, bytes(16)))


@pytest.mark.parametrize(
    "node", [node for node in NODES if node not in ([11, "f8", [1]], [11, "f8", [0]])], ids=lambda node: repr(node)[:40]
)
def test_malformed_nodes_are_refused_without_any_bytes_and_inside_a_list(node):
    refuse(raw_frame(node))
    refuse(raw_frame([0, [1, node]]))


def test_every_byte_after_the_tree_belongs_to_exactly_one_array():
    array = [11, "f8", [1]]
    assert len(decode(raw_frame([0, [array, array]], bytes(24)))) == 2
    refuse(raw_frame([0, [array, array]], bytes(8)), match="longer than the rest")
    refuse(raw_frame([0, [array, array]], bytes(16)), match="longer than the rest")
    refuse(raw_frame([0, [array, array]], bytes(25)), match="belong to no array")
    refuse(raw_frame([0, [1]], bytes(1)), match="belong to no array")


@pytest.mark.parametrize(("code", "data"), [
    ("b1", b"\x02"), ("b1", b"\xff"), ("U1", b"\xff\xff\xff\xff"), ("U1", b"\0\0\x11\0"), ("U1", b"\0\xd8\0\0"),
    ("U1", b"\xff\xdf\0\0"),
])  # fmt: skip
def test_bytes_that_are_no_value_of_their_dtype_are_refused(code, data):
    refuse(raw_frame([11, code, [1]], data))
    refuse(raw_frame([11, code, []], data))


def test_arrays_with_such_bytes_are_not_sent_either():
    with pytest.raises(WireError, match="truth"):
        encode(np.array([2], np.uint8).view(bool))
    with pytest.raises(WireError, match="Unicode"):
        encode(np.array(["\ud800"]))


@pytest.mark.parametrize(("size_limits", "within", "over"), [
    (SizeLimits(frame_bytes=1000), np.ones(100), np.ones(130)),
    (SizeLimits(frame_bytes=1000), [np.ones(50), np.ones(50)], [np.ones(70), np.ones(70)]),
    (SizeLimits(frame_bytes=1000), np.zeros((0, 125)), np.zeros((0, 126))),
    (SizeLimits(header_bytes=100), "x" * 90, "x" * 99),
    (SizeLimits(nodes=100), list(range(90)), list(range(100))),
    (SizeLimits(nodes=100), [[] for _ in range(30)], [[] for _ in range(34)]),
    (SizeLimits(nodes=100), ["x" * 90] * 3, [None] * 98),
    (SizeLimits(nodes=1100), np.random.default_rng(1), [np.random.default_rng(1), np.random.default_rng(1)]),
    (SizeLimits(depth=3), [[[1]]], [[[[1]]]]),
    (SizeLimits(depth=3), ({"a": {2}},), ({"a": {(2,)}},)),
    (SizeLimits(depth=3), [[slice(1)]], [[[slice(1)]]]),
    (SizeLimits(text_bytes=40), "x" * 40, "x" * 41),
    (SizeLimits(text_bytes=40), ["ä" * 20], ["ä" * 21]),
    (SizeLimits(text_bytes=40), {b"x" * 40: "x" * 40}, {b"x" * 41: 1}),
    (SizeLimits(text_bytes=40), np.array("x" * 10), np.array("x" * 11)),
    (SizeLimits(text_bytes=40), np.array(b"x" * 40), np.array(b"x" * 41)),
    (SizeLimits(text_bytes=40), np.str_("x" * 40), np.str_("x" * 41)),
    (SizeLimits(int_bytes=16), 2**126, 2**127),
    (SizeLimits(keys=5), {1: 1, 2: 2, "a": 1, "b": 2, "c": 3, "d": 4}, {1: {2}, 2: {3, 4, 5, 6}}),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_every_cap_holds_on_both_sides(size_limits, within, over):
    sent(within, size_limits=size_limits)
    with pytest.raises(WireError):
        encode(over, size_limits=size_limits)
    refuse(frame_of(over), size_limits=size_limits)


def test_the_caps_are_named():
    for name, value in (("frame_bytes", np.ones(9)), ("header_bytes", "x" * 9), ("nodes", [1] * 9), ("depth", [[]])):
        with pytest.raises(WireError, match=f"{name}=1"):
            encode(value, size_limits=SizeLimits(**{name: 1}))


def test_a_broadcast_array_over_the_cap_is_refused_before_it_is_copied():
    with pytest.raises(WireError, match="frame_bytes"):
        encode(np.broadcast_to(1.0, (10**6, 10**6)))
    with pytest.raises(WireError, match="frame_bytes"):
        encode(np.broadcast_to(np.array(1.0, ">f8"), (10**6, 10**6)))


def test_keys_made_to_collide_are_refused_in_time():
    prime = 2**61 - 1
    integers = [[5, (prime * (2**20 + number)).to_bytes(20, "little")] for number in range(1000)]
    assert len({hash(int.from_bytes(node[1], "little")) for node in integers}) == 1
    refuse(raw_frame([3, integers]), match="same hash")
    refuse(raw_frame([2, [[1, [node]] for node in integers], [None] * 1000]), match="same hash")


def test_honest_tuples_with_equal_hashes_arrive():
    grid = {(i, j): i * j for i in range(-5, 6) for j in range(-5, 6)}
    assert sent(grid) == grid


def test_many_long_texts_arrive_in_a_tree_of_more_bytes_than_nodes_allowed():
    value = ["x" * 5000, b"y" * 70000, {"z" * 300: [1.5, -1, 2**40, True, None]}, [(), {}, np.float32(1)] * 20]
    size_limits = SizeLimits(nodes=600, text_bytes=70000)
    assert sent(value, size_limits=size_limits) == value


@pytest.mark.parametrize("tree", [
    b"\xdd" + struct.pack(">I", 2_000_000) + b"\x90" * 2_000_000,
    b"\xdc\xff\xff" * 400_000,
    b"\xdd\xff\xff\xff\xff",
    b"\x92\x00\xdd\x7f\xff\xff\xff\xc0",
    b"\xdf\xff\xff\xff\xff",
], ids=lambda tree: tree[:8].hex())  # fmt: skip
def test_a_tree_of_too_many_objects_is_refused_before_they_are_made(tree):
    frame = bytearray(raw_frame(tree))
    tracemalloc.start()
    try:
        refuse(frame)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_body_length_tells_how_many_bytes_follow():
    frame = frame_of(np.ones(9))
    assert body_length(frame[:HEADER_SIZE], SizeLimits()) == len(frame) - HEADER_SIZE


def reading(stream):
    """Return what fills a view with the next bytes of a stream, and takes them from it."""

    def read_into(view):
        view[:] = stream[: len(view)]
        del stream[: len(view)]

    return read_into


def test_a_reader_refuses_before_it_reads_the_body():
    stream = frame_of(np.ones(1000))
    length = len(stream)
    with pytest.raises(WireError, match="frame_bytes"):
        read_frame_into(reading(stream), SizeLimits(frame_bytes=1000))
    assert len(stream) == length - HEADER_SIZE


def test_frames_go_through_a_stream_one_after_another():
    stream = bytearray()
    values = [1, np.arange(50000.0), {"a": np.ones(3)}, None]
    for value in values:
        write_frame(stream.extend, encode(value))
    assert identical([decode(read_frame_into(reading(stream))) for _ in values], values)
    assert not stream


@pytest.mark.parametrize("array", [np.zeros((20, 2), np.uint8), np.zeros(20), np.zeros(40, np.uint8)[::2]])
def test_an_array_that_is_no_memory_of_bytes_is_no_frame(array):
    refuse(array)
