"""Handles and callbacks: the two ways to speak of what stays on the other side."""

from typing import Any

from grader.wire import tags
from grader.wire.refs import CallbackRef, HandleRef, checked_name, checked_number, clean_name
from grader.wire.walks import Decode, DecodeWalk, Encode, EncodeWalk


def _encode_handle(walk: EncodeWalk, ref: HandleRef, depth: int) -> object:
    return [tags.HANDLE, checked_number(ref.number), _sendable(ref.kind)]


def _encode_callback(walk: EncodeWalk, ref: CallbackRef, depth: int) -> object:
    return [tags.CALLBACK, checked_number(ref.number), _sendable(ref.name)]


def _sendable(name: object) -> str:
    return clean_name(name) if type(name) is str else checked_name(name)


def _decode_handle(walk: DecodeWalk, node: list[Any], depth: int) -> object:
    _, number, kind = node
    return walk.resolve(HandleRef(checked_number(number), checked_name(kind)))


def _decode_callback(walk: DecodeWalk, node: list[Any], depth: int) -> object:
    _, number, name = node
    return walk.resolve(CallbackRef(checked_number(number), checked_name(name)))


ENCODERS: dict[type, Encode] = {HandleRef: _encode_handle, CallbackRef: _encode_callback}
DECODERS: dict[int, tuple[int, Decode]] = {tags.HANDLE: (2, _decode_handle), tags.CALLBACK: (2, _decode_callback)}
