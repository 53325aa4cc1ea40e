"""Lists, tuples, dictionaries and sets."""

from collections import Counter
from typing import Any

import numpy as np

from grader.wire.arrays import SCALAR_TYPES
from grader.wire.codec import Decode, DecodeWalk, Encode, EncodeWalk, Tag, WireError
from grader.wire.scalars import PLAIN

MOST_EQUAL_HASHES = 64  # hash(-1) == hash(-2), so ordinary tuples of them collide too, in small groups
_KEY_IDS = frozenset(map(id, PLAIN | {complex} | SCALAR_TYPES))


def _encode_list(walk: EncodeWalk, values: list[Any], depth: int) -> object:
    return [Tag.LIST, walk.items(values[:], depth + 1)]


def _encode_tuple(walk: EncodeWalk, values: tuple[Any, ...], depth: int) -> object:
    return [Tag.TUPLE, walk.items(list(values), depth + 1)]


def _encode_dict(walk: EncodeWalk, values: dict[Any, Any], depth: int) -> object:
    keys = list(values)
    _check_keys(walk, keys)
    return [Tag.DICT, walk.items(keys, depth + 1), walk.items(list(values.values()), depth + 1)]


def _encode_set(walk: EncodeWalk, values: set[Any], depth: int) -> object:
    return [Tag.SET, _encode_elements(walk, list(values), depth)]


def _encode_frozenset(walk: EncodeWalk, values: frozenset[Any], depth: int) -> object:
    return [Tag.FROZENSET, _encode_elements(walk, list(values), depth)]


def _encode_elements(walk: EncodeWalk, elements: list[Any], depth: int) -> list[Any]:
    _check_keys(walk, elements)
    return walk.items(elements, depth + 1)


def _decode_list(walk: DecodeWalk, node: list[Any], depth: int) -> list[Any]:
    return walk.items(node[1], depth + 1)


def _decode_tuple(walk: DecodeWalk, node: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(walk.items(node[1], depth + 1))


def _decode_dict(walk: DecodeWalk, node: list[Any], depth: int) -> dict[Any, Any]:
    _, key_nodes, value_nodes = node
    keys = walk.items(key_nodes, depth + 1)
    _check_keys(walk, keys)
    values = walk.items(value_nodes, depth + 1)
    if len(keys) != len(values):
        raise WireError("a dictionary needs as many keys as values")
    result = dict(zip(keys, values, strict=True))
    if len(result) != len(keys):
        raise WireError("a dictionary has the same key twice")
    return result


def _decode_frozenset(walk: DecodeWalk, node: list[Any], depth: int) -> frozenset[Any]:
    elements = walk.items(node[1], depth + 1)
    _check_keys(walk, elements)
    result = frozenset(elements)
    if len(result) != len(elements):
        raise WireError("a set has the same element twice")
    return result


def _decode_set(walk: DecodeWalk, node: list[Any], depth: int) -> set[Any]:
    return set(_decode_frozenset(walk, node, depth))


def _check_keys(walk: EncodeWalk | DecodeWalk, keys: list[Any]) -> None:
    """Raise `WireError` for keys of other types, for NaN, and for more keys than can be hashed in bounded time."""
    for key in keys:
        if type(key) is not str:
            break
    else:
        return
    others = [key for key in keys if type(key) is not str]
    walk.spend_keys(len(others))
    for key in others:
        _check_key(key)
    # Keys with equal hashes share one probe chain: inserting n of them takes O(n**2) time.
    chains = Counter(hash(key) for key in others if type(key) in (tuple, int))
    if chains and max(chains.values()) > MOST_EQUAL_HASHES:
        raise WireError("too many keys have the same hash")


def _check_key(key: Any) -> None:
    if type(key) is tuple:
        for part in key:
            _check_key(part)
    elif id(type(key)) not in _KEY_IDS:
        raise WireError("a key must be a number, a text, None, or a tuple of these")
    elif isinstance(key, float | complex | np.inexact) and key != key:  # noqa: PLR0124 - only NaN differs from itself
        raise WireError("NaN cannot be a key")


ENCODERS: dict[type, Encode] = {
    list: _encode_list,
    tuple: _encode_tuple,
    dict: _encode_dict,
    set: _encode_set,
    frozenset: _encode_frozenset,
}
DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.LIST: (1, _decode_list),
    Tag.TUPLE: (1, _decode_tuple),
    Tag.DICT: (2, _decode_dict),
    Tag.SET: (1, _decode_set),
    Tag.FROZENSET: (1, _decode_frozenset),
}
