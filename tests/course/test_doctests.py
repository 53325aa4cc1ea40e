"""The examples in the docstrings of this room hold."""

import doctest
import importlib
import pkgutil

import pytest

import grader.course

MODULES = [module.name for module in pkgutil.walk_packages(grader.course.__path__, "grader.course.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    modules = map(importlib.import_module, MODULES)
    assert sum(doctest.testmod(module).attempted for module in modules) >= 5
