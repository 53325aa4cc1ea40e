"""Random generators of NumPy and torch with their whole state: a decoded copy draws the same numbers from then on.

C code uses numbers in a state as array indices, so every field is checked before the state is set. The seed
sequence of a NumPy generator does not travel: `spawn` and `jumped` of the copy differ from those of the original.
"""

from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from grader.wire.codec import Decode, DecodeWalk, Encode, EncodeWalk, Tag, WireError
from grader.wire.remote_objects import class_name
from grader.wire.tensors import needed_torch

GENERATOR_NODES = 1000


class Field(NamedTuple):
    """A field of a bit generator's state: its path and its valid values.

    Attributes
    ----------
    path : tuple of str
        Keys into the state's dictionary and the dictionary inside it.
    size : int
        Bytes of the number, or of each number of the array.
    length : int
        Numbers in the array; 0 for a single number.
    largest : int or None
        The largest valid number; None if every number of that size is valid.
    """

    path: tuple[str, ...]
    size: int
    length: int = 0
    largest: int | None = None


_HALF_DRAWN = (Field(("has_uint32",), 1, largest=1), Field(("uinteger",), 4))
_PCG = (Field(("state", "state"), 16), Field(("state", "inc"), 16), *_HALF_DRAWN)
_FIELDS: dict[str, tuple[Field, ...]] = {
    "PCG64": _PCG,
    "PCG64DXSM": _PCG,
    "MT19937": (Field(("state", "key"), 4, 624), Field(("state", "pos"), 2, largest=624)),
    "Philox": (
        Field(("state", "counter"), 8, 4),
        Field(("state", "key"), 8, 2),
        Field(("buffer",), 8, 4),
        Field(("buffer_pos",), 1, largest=4),
        *_HALF_DRAWN,
    ),
    "SFC64": (Field(("state", "state"), 8, 4), *_HALF_DRAWN),
}
_CLASSES: dict[str, Any] = {name: getattr(np.random, name) for name in _FIELDS}
_SIZES = {name: sum(field.size * (field.length or 1) for field in fields) for name, fields in _FIELDS.items()}


def _encode_generator(walk: EncodeWalk, generator: np.random.Generator, depth: int) -> object:
    bits = generator.bit_generator
    name = next((name for name, kind in _CLASSES.items() if kind is type(bits)), None)
    if name is None:
        raise WireError(f"a generator over {class_name(bits)} is not plain data")
    walk.spend(GENERATOR_NODES)
    state = bits.state
    return [Tag.GENERATOR, name, b"".join(_field_bytes(field, state) for field in _FIELDS[name])]


def _field_bytes(field: Field, state: Any) -> bytes:
    for key in field.path:
        state = state[key]
    if field.length:
        return np.asarray(state, dtype=f"<u{field.size}").tobytes()
    return int(state).to_bytes(field.size, "little")


def _decode_generator(walk: DecodeWalk, node: list[Any], depth: int) -> np.random.Generator:
    _, name, data = node
    walk.spend(GENERATOR_NODES)
    if type(name) is not str or name not in _FIELDS:
        raise WireError("a bit generator that is not on the list")
    if type(data) is not bytes or len(data) != _SIZES[name]:
        raise WireError(f"a state of {name} must be {_SIZES[name]} bytes")
    bits = _CLASSES[name](0)
    bits.state = _state_from(name, data)
    return np.random.Generator(bits)


def _state_from(name: str, data: bytes) -> dict[str, Any]:
    state: dict[str, Any] = {"bit_generator": name}
    position = 0
    for field in _FIELDS[name]:
        size = field.size * (field.length or 1)
        inner = state
        for key in field.path[:-1]:
            inner = inner.setdefault(key, {})
        inner[field.path[-1]] = _field_value(field, data[position : position + size])
        position += size
    return state


def _field_value(field: Field, data: bytes) -> Any:
    if field.length:
        return np.frombuffer(data, f"<u{field.size}").astype(f"u{field.size}")
    number = int.from_bytes(data, "little")
    if field.largest is not None and number > field.largest:
        raise WireError(f"the field {field.path[-1]} of a bit generator's state is out of range")
    return number


# torch's CPU state: seed, words left, seeded, next word, 624 words, three doubles of a normal draw and their valid
# flag, then a float of a normal draw and its valid flag.
_TORCH_STATE = Struct("<Qiiq624q3dixxxxfBxxx")
_LEFT, _SEEDED, _NEXT, _WORDS = 1, 2, 3, 624


def _encode_torch_generator(walk: EncodeWalk, generator: Any, depth: int) -> object:
    if generator.device.type != "cpu":
        raise WireError("only generators of the CPU are plain data")
    walk.spend(GENERATOR_NODES)
    return [Tag.TORCH_GENERATOR, generator.get_state().numpy().tobytes()]


def _decode_torch_generator(walk: DecodeWalk, node: list[Any], depth: int) -> Any:
    data = node[1]
    torch = needed_torch()
    walk.spend(GENERATOR_NODES)
    if type(data) is not bytes or len(data) != _TORCH_STATE.size:
        raise WireError(f"a state of torch's generator must be {_TORCH_STATE.size} bytes")
    _check_torch_state(data)
    generator = torch.Generator()
    try:
        generator.set_state(torch.from_numpy(np.frombuffer(bytearray(data), np.uint8)))
    except RuntimeError as error:
        raise WireError(f"torch refuses a generator's state: {str(error)[:200]}") from None
    return generator


def _check_torch_state(data: bytes) -> None:
    """Raise `WireError` for a state with which torch would read past the end of its 624 words."""
    fields = _TORCH_STATE.unpack(data)
    left, seeded, following = fields[_LEFT], fields[_SEEDED], fields[_NEXT]
    words = fields[_NEXT + 1 : _NEXT + 1 + _WORDS]
    in_order = seeded == 1 and 0 < left <= _WORDS and following >= 0 and left + following <= _WORDS + 1
    if not in_order or min(words) < 0 or max(words) >= 2**32:
        raise WireError("a state of torch's generator is out of range")
    if fields[-3] not in (0, 1) or fields[-1] not in (0, 1):
        raise WireError("a state of torch's generator holds a truth value other than 0 and 1")


ENCODERS: dict[type, Encode] = {np.random.Generator: _encode_generator}


def encoders(torch: Any) -> dict[type, Encode]:
    """Return the encoder of torch's generator by type."""
    return {torch.Generator: _encode_torch_generator}


DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.GENERATOR: (2, _decode_generator),
    Tag.TORCH_GENERATOR: (1, _decode_torch_generator),
}
