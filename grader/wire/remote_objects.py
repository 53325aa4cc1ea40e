"""References to what does not travel: objects of the worker, functions of the judge, objects that both sides have."""

from typing import Any

from msgspec import Struct

from grader.wire.codec import Decode, DecodeWalk, Encode, EncodeWalk, Tag, WireError

LONGEST_NAME = 100
LARGEST_NUMBER = 2**63 - 1


class HandleRef(Struct, frozen=True):
    """An object that stays in the worker, as the judge sees it.

    Attributes
    ----------
    number : int
        Key of the object in the worker.
    kind : str
        Name of its class: at most 100 printable characters, chosen by the student.
    """

    number: int
    kind: str


class CallbackRef(Struct, frozen=True):
    """A function that stays in the judge, as the worker sees it.

    Attributes
    ----------
    number : int
        Key of the function in the judge.
    name : str
        Name for messages: at most 100 printable characters.
    """

    number: int
    name: str


class SharedRef(Struct, frozen=True):
    """An object that both sides have a copy of.

    Attributes
    ----------
    number : int
        Its number on both sides.
    """

    number: int


def clean_name(name: str) -> str:
    """Make a name safe to send and to print: replace unprintable characters by `?`, keep 100 characters.

    Parameters
    ----------
    name : str
        Any text.

    Returns
    -------
    str
        At most 100 printable characters.

    Examples
    --------
    >>> clean_name("Value\\x1b[2J")
    'Value?[2J'
    """
    start = name[:LONGEST_NAME]
    return start if start.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in start)


def class_name(value: object) -> str:
    """Return an object's class name without running code of its class or metaclass.

    Parameters
    ----------
    value : object
        Any object, even one made to mislead.

    Returns
    -------
    str
        At most 100 printable characters.
    """
    return clean_name(type.__dict__["__name__"].__get__(type(value)))


def checked_number(number: object) -> int:
    """Return `number` if it is a valid handle or callback number, else raise `WireError`."""
    if type(number) is not int or not 0 <= number <= LARGEST_NUMBER:
        raise WireError("a reference needs a number from 0 to 2**63 - 1")
    return number


def checked_name(name: object) -> str:
    """Return `name` if it is short and printable, else raise `WireError`."""
    if type(name) is not str or len(name) > LONGEST_NAME or not name.isprintable():
        raise WireError(f"a reference needs a name of at most {LONGEST_NAME} printable characters")
    return name


def _encode_handle(walk: EncodeWalk, ref: HandleRef, depth: int) -> object:
    return [Tag.HANDLE, checked_number(ref.number), _sendable(ref.kind)]


def _encode_callback(walk: EncodeWalk, ref: CallbackRef, depth: int) -> object:
    return [Tag.CALLBACK, checked_number(ref.number), _sendable(ref.name)]


def _encode_shared(walk: EncodeWalk, ref: SharedRef, depth: int) -> object:
    return [Tag.SHARED, checked_number(ref.number)]


def _sendable(name: object) -> str:
    return clean_name(name) if type(name) is str else checked_name(name)


def _decode_handle(walk: DecodeWalk, node: list[Any], depth: int) -> object:
    _, number, kind = node
    return walk.resolve(HandleRef(checked_number(number), checked_name(kind)))


def _decode_callback(walk: DecodeWalk, node: list[Any], depth: int) -> object:
    _, number, name = node
    return walk.resolve(CallbackRef(checked_number(number), checked_name(name)))


def _decode_shared(walk: DecodeWalk, node: list[Any], depth: int) -> object:
    return walk.resolve(SharedRef(checked_number(node[1])))


ENCODERS: dict[type, Encode] = {
    HandleRef: _encode_handle,
    CallbackRef: _encode_callback,
    SharedRef: _encode_shared,
}
DECODERS: dict[int, tuple[int, Decode]] = {
    Tag.HANDLE: (2, _decode_handle),
    Tag.CALLBACK: (2, _decode_callback),
    Tag.SHARED: (1, _decode_shared),
}
