"""Plain data arrives with the same type, shape and bits; everything else is refused or given to the hook."""

import enum
import os
import struct
import subprocess
import sys
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import CallbackRef, HandleRef, SharedRef, SizeLimits, WireError, class_name, clean_name, decode, encode
from tests.wire.values import DTYPES, arrays, frame_of, identical, numpy_scalars, sent, values

quick = settings(max_examples=100, derandomize=True)


class Thing:
    """Something that only a hook can send."""


@quick
@given(values())
def test_every_plain_value_arrives_as_it_was(value):
    assert identical(sent(value), value)


@quick
@given(values())
def test_what_arrived_can_be_sent_back(value):
    assert identical(sent(sent(value)), value)


@quick
@given(arrays(), st.data())
def test_arrays_of_any_memory_layout_arrive_with_the_right_contents(array, data):
    for axis in range(array.ndim):
        array = np.flip(array, axis) if data.draw(st.booleans()) else array
    array = array.transpose(data.draw(st.permutations(range(array.ndim))))
    assert identical(sent(array), np.ascontiguousarray(array).reshape(array.shape))


@quick
@given(numpy_scalars())
def test_numpy_scalars_keep_their_type_and_bits(number):
    assert identical(sent(number), number)


@pytest.mark.parametrize("name", DTYPES)
def test_big_endian_arrays_arrive_in_native_order(name):
    array = np.arange(7).astype(np.dtype(name).newbyteorder(">"))
    assert identical(sent(array), array.astype(name))


def test_big_endian_text_and_empty_text_arrive():
    assert identical(sent(np.array(["ab", "c"], ">U2")), np.array(["ab", "c"]))
    assert sent(np.array(["", ""])).tolist() == ["", ""]
    assert sent(np.zeros(3, "S0")).shape == (3,)


@pytest.mark.parametrize("pattern", [0x7FF8000000000001, 0xFFF0DEADBEEF0001, 0x8000000000000000, 1])
def test_odd_floats_keep_every_bit(pattern):
    number = struct.unpack("<d", struct.pack("<Q", pattern))[0]
    array = np.array([pattern], np.uint64).view(np.float64)
    assert struct.pack("<d", sent(number)) == struct.pack("<Q", pattern)
    assert struct.pack("<d", sent([number])[0]) == struct.pack("<Q", pattern)
    assert sent(array).view(np.uint64)[0] == pattern


@pytest.mark.parametrize("number", [-(2**63), -(2**63) - 1, 2**63, 2**64 - 1, 2**64, 10**2000, -(10**2000)])
def test_integers_of_any_size_arrive(number):
    assert sent([number, {number: (number,)}]) == [number, {number: (number,)}]


def test_arrays_are_writable_aligned_and_never_share_memory():
    frame = frame_of([np.ones(3, np.int8), np.ones(5), np.ones(70000), np.ones((2, 2), np.complex128)])
    for handed_over in (frame, bytes(frame), memoryview(frame), np.frombuffer(frame, np.uint8)):
        received = decode(handed_over)
        for index, array in enumerate(received):
            assert array.flags.writeable
            assert array.flags.aligned
            array[...] = index + 2
        assert [set(array.ravel().tolist()) for array in received] == [{2}, {3}, {4}, {5}]
        frame = frame_of([np.ones(3, np.int8), np.ones(5), np.ones(70000), np.ones((2, 2), np.complex128)])


def test_bytes_that_are_not_handed_over_stay_as_they_are():
    source = bytearray(frame_of(np.ones(5)))
    before = bytes(source)
    decode(memoryview(source))[:] = 7
    assert source == before


def test_arrays_survive_a_frame_at_an_odd_address():
    frame = frame_of(np.arange(9.0))
    odd = np.empty(len(frame) + 1, np.uint8)[1:]
    odd[:] = frame
    received = decode(odd)
    assert received.flags.aligned
    assert identical(received, np.arange(9.0))


def test_large_contiguous_arrays_are_sent_without_a_copy():
    array = np.ones(10000)
    assert any(
        np.shares_memory(np.frombuffer(part, np.uint8), array) for part in encode(array) if len(part) == array.nbytes
    )


def test_read_only_and_broadcast_arrays_arrive():
    array = np.broadcast_to(np.arange(3.0), (5000, 3))
    assert identical(sent(array), array.copy())
    frozen = np.arange(1000.0)
    frozen.flags.writeable = False
    assert identical(sent(frozen), np.arange(1000.0))


@pytest.mark.parametrize(
    "thing", [bool, int, float, complex, np.float32, np.int64, np.bool_, np.dtype("f4"), np.dtype("U3"), np.dtype("?")]
)
def test_dtypes_and_number_classes_arrive(thing):
    assert sent(thing) == thing
    assert type(sent(thing)) is type(thing)


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
@pytest.mark.parametrize("drawn", [0, 1, 700])
def test_numpy_generators_arrive_equal_and_independent(name, drawn):
    generator = np.random.Generator(getattr(np.random, name)(5))
    generator.integers(0, 9, drawn, dtype=np.uint32)
    copy = sent(generator)
    twin = sent(generator)
    copy.normal(size=1000)
    assert identical(twin.normal(size=1000), generator.normal(size=1000))
    assert identical(twin.integers(9, size=99, dtype=np.uint32), generator.integers(9, size=99, dtype=np.uint32))


SUBCLASSES = [
    type("MyList", (list,), {})([1]),
    type("MyDict", (dict,), {})(),
    type("MyStr", (str,), {})("x"),
    type("MyInt", (int,), {})(1),
    type("MyFloat", (float,), {})(1),
    type("MyArray", (np.ndarray,), {})((2,)),
    np.ma.masked_array([1.0]),
    namedtuple("Point", "x")(1),
    OrderedDict(),
    enum.IntEnum("Colour", "RED").RED,
    bytearray(b"x"),
    memoryview(b"x"),
    np.array([object()], object),
    np.zeros(2, [("a", "f8")]),
    np.array(["2020"], "datetime64[s]"),
    np.longdouble(1),
    np.datetime64("2020"),
    np.void(b"x"),
    np.dtype(object),
    Thing(),
    Thing,
    len,
    np.random.RandomState(0),
]


@pytest.mark.parametrize("value", SUBCLASSES, ids=lambda value: type(value).__name__)
def test_subclasses_and_objects_are_not_plain_data(value):
    for wrapped in (value, [value], {"key": (value,)}):
        with pytest.raises(WireError):
            encode(wrapped)


@pytest.mark.parametrize(
    "key", [float("nan"), complex(0, float("nan")), np.float32("nan"), (1, float("nan")), HandleRef(1, "x"), ...]
)
def test_keys_that_cannot_be_found_again_are_refused(key):
    for value in ({key: 1}, {key}, frozenset([key])):
        with pytest.raises(WireError, match="key"):
            encode(value)


def test_a_class_with_a_hostile_metaclass_runs_no_code_when_it_is_refused():
    class Hostile(type):
        def __hash__(cls):
            raise AssertionError("the metaclass was asked")

        __eq__ = __getattribute__ = __instancecheck__ = __repr__ = __hash__

    value = Hostile("Evil\n", (), {})()
    for wrapped in (value, [value], {1: value}):
        with pytest.raises(WireError, match=r"type Evil\? "):
            encode(wrapped)


def test_cycles_are_refused():
    cycle = []
    cycle.append(cycle)
    with pytest.raises(WireError, match="depth"):
        encode(cycle)


def test_a_value_that_holds_itself_many_times_is_refused_before_it_is_unfolded():
    value = [1]
    for _ in range(50):
        value = [value, value]
    with pytest.raises(WireError, match="nodes"):
        encode(value, size_limits=SizeLimits(nodes=10_000))


def test_text_that_is_not_unicode_is_refused():
    for value in ("\ud800", ["\ud800"], {"\ud800": 1}):
        with pytest.raises(WireError):
            encode(value)


def test_the_hook_replaces_what_is_not_plain_data():
    thing = Thing()
    frame = frame_of({"it": [thing, 1]}, hook=lambda value: HandleRef(7, type(value).__name__))
    assert decode(frame) == {"it": [HandleRef(7, "Thing"), 1]}
    assert frame_of(thing, hook=lambda value: [1, 2]) == frame_of([1, 2])


def test_the_hook_is_given_classes_functions_and_subclasses():
    seen = []
    frame_of([Thing, len, namedtuple("P", "x")(1)], hook=seen.append)
    assert seen[:2] == [Thing, len]
    assert len(seen) == 3


def test_a_hook_that_returns_what_it_was_given_is_stopped():
    with pytest.raises(WireError, match="depth"):
        encode(Thing(), hook=lambda value: value)


def test_what_a_hook_raises_passes_through():
    def refuse(value):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        encode(Thing(), hook=refuse)
    with pytest.raises(LookupError, match="mine"):
        decode(frame_of(HandleRef(1, "x")), hook=refuse)


def test_references_are_resolved_by_the_hook_of_the_other_side():
    references = [HandleRef(1, "Value"), (CallbackRef(2, "f"),), {"w": SharedRef(3)}]
    assert decode(frame_of(references)) == references
    assert decode(frame_of(references), hook=lambda ref: ref.number) == [1, (2,), {"w": 3}]


def test_names_are_made_printable_before_they_are_sent():
    assert sent(HandleRef(1, "a\n" + 200 * "b")) == HandleRef(1, "a?" + 98 * "b")
    assert clean_name("\u202eabc") == "?abc"
    assert class_name(Thing()) == "Thing"


@pytest.mark.parametrize(
    "ref",
    [
        HandleRef(-1, "x"),
        HandleRef(2**63, "x"),
        HandleRef(True, "x"),
        CallbackRef(1.0, "x"),
        CallbackRef(1, None),
        SharedRef(-1),
    ],
)
def test_references_with_impossible_fields_are_not_sent(ref):
    with pytest.raises(WireError):
        encode(ref)


def test_the_wire_does_not_import_torch_and_refuses_tensors_where_it_is_absent():
    program = (
        "import sys, grader.wire as wire\n"
        "assert 'torch' not in sys.modules\n"
        "for tree in (b'\\x94\\x0f\\xa2f4\\x90\\xc2', b'\\x92\\x10\\xa7float32', b'\\x92\\x12\\xc4\\x00'):\n"
        "    frame = b'DGW\\x01' + len(tree).to_bytes(4, 'little') + len(tree).to_bytes(8, 'little') + tree\n"
        "    try:\n"
        "        wire.decode(frame)\n"
        "    except wire.WireError as error:\n"
        "        assert 'needs torch' in str(error), error\n"
        "    else:\n"
        "        raise AssertionError(tree)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
