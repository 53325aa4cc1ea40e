"""Functions that authors and other programs import document parameters and returns (numpydoc's PR01 and RT01)."""

import importlib
import inspect
import pydoc
import re
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

from tests.house.draw_rooms import rooms, stated_door

WHOLE = ("grader.errors", "grader.wire", "grader.records", "grader.course.registry", "grader.course.model")
"""Modules all of whose public names are meant; of the rooms, what they call their door."""


def door_names() -> Iterator[str]:
    for room in rooms():
        yield from (f"grader.{room}.{name}" for name in re.findall(r"`([\w.]+)`", stated_door(room)))


def names_of(module: ModuleType) -> list[str]:
    here = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    return [name for name in getattr(module, "__all__", here) if not name.startswith("_")]


def whole_names() -> Iterator[str]:
    for name in WHOLE:
        yield from (f"{name}.{inside}" for inside in names_of(importlib.import_module(name)))


def resolved(name: str) -> Any:
    return pydoc.locate(name)


def documented() -> Iterator[str]:
    """Yield every public function, class and method, by the place where it is defined."""
    for value in map(resolved, [*door_names(), *whole_names()]):
        if inspect.isfunction(value) or inspect.isclass(value):
            yield f"{value.__module__}.{value.__qualname__}"
        for name, inside in vars(value).items() if inspect.isclass(value) else ():
            if inspect.isfunction(inside) and not name.startswith("_") and not overrides(value, name):
                yield f"{value.__module__}.{value.__qualname__}.{name}"


def overrides(kind: type, name: str) -> bool:
    """Tell whether a method is a base class's, and documented there."""
    return any(name in vars(base) for base in kind.__mro__[1:])


def attributes(name: str) -> set[str]:
    """Return what a class documents as attributes: the fields of a record are its parameters, too."""
    section = NumpyDocString(inspect.getdoc(resolved(name)) or "")["Attributes"]
    return {field.strip() for parameter in section for field in parameter.name.split(",")}


def missing(name: str) -> list[str]:
    """Return what numpydoc misses in a docstring."""
    return [
        message
        for code, message in validate(name)["errors"]
        if code == "RT01" or (code == "PR01" and not is_record(name, message))
    ]


def is_record(name: str, message: str) -> bool:
    """Tell whether what is missing belongs to a class and stands elsewhere: in its attributes, members or base."""
    value, parameters = resolved(name), set(re.findall(r"'([^']+)'", message))
    if not inspect.isclass(value):
        return False
    inherits = "__init__" not in vars(value) and issubclass(value, Exception)
    return inherits or issubclass(value, Enum) or "*args" in parameters or parameters <= attributes(name)


@pytest.mark.parametrize("name", sorted(set(documented())))
def test_what_is_public_says_what_it_takes_and_returns(name: str) -> None:
    assert missing(name) == []
