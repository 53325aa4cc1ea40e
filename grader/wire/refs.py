"""References to what cannot travel: an object on one side, a function on the other; and the names that they carry."""

from msgspec import Struct

from grader.wire.errors import WireError

LONGEST_NAME = 100
LARGEST_NUMBER = 2**63 - 1


class HandleRef(Struct, frozen=True):
    """An object that stays in the worker, as the judge sees it.

    Attributes
    ----------
    number : int
        What the worker finds the object by.
    kind : str
        The name of its class: at most 100 printable characters, chosen by the student.
    """

    number: int
    kind: str


class CallbackRef(Struct, frozen=True):
    """A function that stays in the judge, as the worker sees it.

    Attributes
    ----------
    number : int
        What the judge finds the function by.
    name : str
        For messages: at most 100 printable characters.
    """

    number: int
    name: str


def clean_name(name: str) -> str:
    """Make a name fit to travel and to print: unprintable characters become `?`, and 100 characters are kept.

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
    """Name the class of any object without running code of its class or metaclass.

    Parameters
    ----------
    value : object
        Anything, also an object made to mislead.

    Returns
    -------
    str
        At most 100 printable characters.
    """
    return clean_name(type.__dict__["__name__"].__get__(type(value)))


def checked_number(number: object) -> int:
    """Return `number` if it can be that of a handle or a callback, else raise `WireError`."""
    if type(number) is not int or not 0 <= number <= LARGEST_NUMBER:
        raise WireError("a reference needs a number from 0 to 2**63 - 1")
    return number


def checked_name(name: object) -> str:
    """Return `name` if it is short and printable, else raise `WireError`."""
    if type(name) is not str or len(name) > LONGEST_NAME or not name.isprintable():
        raise WireError(f"a reference needs a name of at most {LONGEST_NAME} printable characters")
    return name
