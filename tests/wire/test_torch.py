"""Tensors, torch's dtypes and its generator."""

import struct

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import WireError, decode, encode
from tests.wire.values import raw_frame, sent

DTYPES = [
    *(torch.bool, torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128),
]


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors have one type, dtype, shape, and the same bytes."""
    if (type(one), one.dtype, one.shape) != (type(other), other.dtype, other.shape):
        return False
    return bytes_of(one) == bytes_of(other)


def bytes_of(tensor: torch.Tensor) -> bytes:
    """Return a tensor's bytes in C order."""
    whole = tensor.detach().contiguous().reshape(-1)
    return whole.view(torch.uint8).numpy().tobytes() if whole.numel() else b""


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (5,), (2, 3, 4)], ids=str)
def test_tensors_keep_dtype_shape_and_bits(dtype, shape):
    tensor = torch.randint(0, 2, shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    assert same_bits(sent(tensor), tensor)


@settings(max_examples=50, derandomize=True)
@given(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=1, max_size=9))
def test_bfloat16_keeps_every_bit_pattern(patterns):
    tensor = torch.tensor(patterns, dtype=torch.int16).view(torch.bfloat16)
    assert torch.equal(sent(tensor).view(torch.int16), tensor.view(torch.int16))


def test_views_arrive_with_the_right_contents():
    tensor = torch.arange(24.0).reshape(2, 3, 4)
    for view in (tensor.T if tensor.ndim == 2 else tensor.permute(2, 0, 1), tensor[:, ::2], tensor[0].expand(5, 3, 4)):
        assert same_bits(sent(view), view.contiguous())
    wave = torch.tensor([1 + 2j, 3 - 4j])
    assert same_bits(sent(wave.conj()), wave.conj().resolve_conj())
    assert same_bits(sent(wave.conj().imag), wave.conj().imag.resolve_neg())


def test_requires_grad_is_kept_as_a_flag():
    leaf = torch.ones(2, requires_grad=True)
    assert sent(leaf).requires_grad
    assert sent(leaf * 2).requires_grad
    assert sent(leaf * 2).is_leaf
    assert not sent(leaf.detach()).requires_grad


def test_parameters_arrive_as_tensors():
    received = sent(torch.nn.Parameter(torch.ones(2, 3)))
    assert type(received) is torch.Tensor
    assert received.requires_grad
    assert not sent(torch.nn.Parameter(torch.ones(2), requires_grad=False)).requires_grad


def test_received_tensors_are_writable_and_apart():
    first, second = sent((torch.zeros(3), torch.zeros(3)))
    first += 1
    assert second.tolist() == [0, 0, 0]


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # that torch will drop them some day is no news here
def test_tensors_that_are_no_plain_numbers_are_refused():
    class Mine(torch.Tensor):
        pass

    refused = [
        torch.ones(3).to_sparse(),
        torch.ones(3, device="meta"),
        torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8),
        torch.ones(3, dtype=torch.float8_e4m3fn),
        torch.ones(3).as_subclass(Mine),
        torch.nn.Linear(2, 2),
        torch.ones(1).expand(10**9),
        torch.Size([1]),
        torch.quint8,
    ]
    for value in refused:
        with pytest.raises(WireError):
            encode([value])


def test_a_tensor_inside_vmap_is_refused():
    caught = []

    def inside(row):
        with pytest.raises(WireError) as error:
            encode(row)
        caught.append(error.value)
        return row

    torch.func.vmap(inside)(torch.ones(2, 3))
    assert len(caught) == 1


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtypes_arrive(dtype):
    assert sent(dtype) is dtype


@pytest.mark.parametrize("drawn", [0, 1, 623, 624, 625])
def test_generators_arrive_equal_and_independent(drawn):
    generator = torch.Generator().manual_seed(3)
    torch.randint(0, 9, (drawn,), generator=generator)
    torch.randn(1, generator=generator)
    copy, twin = sent((generator, generator))
    torch.randn(1000, generator=copy)
    expected = torch.randn(1000, generator=generator)
    assert torch.equal(torch.randn(1000, generator=twin), expected)


@pytest.mark.parametrize(("offset", "layout", "number"), [
    (8, "<i", 0), (8, "<i", 625), (8, "<i", -1), (12, "<i", 0), (16, "<q", 625), (16, "<q", -1), (16, "<q", 2),
    (24, "<Q", 2**32), (24, "<Q", 2**63), (5040, "<i", 7), (5052, "<B", 2),
])  # fmt: skip
def test_a_generators_state_that_would_read_beyond_its_words_is_refused(offset, layout, number):
    state = bytearray(torch.Generator().manual_seed(1).get_state().numpy().tobytes())
    torch.randn(1)
    left, following = struct.unpack_from("<i", state, 8)[0], struct.unpack_from("<q", state, 16)[0]
    assert (left, following) == (1, 0)
    if (offset, number) == (16, 2):
        struct.pack_into("<i", state, 8, 624)
    struct.pack_into(layout, state, offset, number)
    with pytest.raises(WireError):
        decode(raw_frame([18, bytes(state)]))


@pytest.mark.parametrize("node", [
    [15, "f4", [2], 1], [15, "f4", [2], None], [15, "i4", [2], True], [15, "f9", [2], False], [15, ["f4"], [2], False],
    [15, "U2", [2], False], [15, "f4", [3], False], [15, "f4", [-2], False], [15, "f4", 2, False],
    [16, "quint8"], [16, 3], [16, "nn"], [18, b""], [18, "x"], [18, bytes(5056)],
])  # fmt: skip
def test_malformed_nodes_of_torch_are_refused(node):
    with pytest.raises(WireError):
        decode(raw_frame(node, bytes(8)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_cuda_tensors_arrive_on_the_cpu():
    tensor = torch.arange(5.0, device="cuda")
    assert same_bits(sent(tensor), tensor.cpu())
