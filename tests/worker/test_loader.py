"""Student files as a package made of text."""

import sys
import traceback
from collections.abc import Iterator

import pytest

from grader.worker.loader import Package

SOURCES = {
    "conv": "from .pad import pad\n\ndef conv(x):\n    return pad(x) + 1\n",
    "pad": "def pad(x):\n    return x * 2\n",
    "broken": "def f(:\n",
    "loud": "raise KeyError('at import')\n",
    "late": "def late():\n    return 1 / 0\n",
}


@pytest.fixture
def package() -> Iterator[Package]:
    made = Package("unit_under_test", SOURCES)
    made.install()
    yield made
    made.remove()


def test_siblings_import_one_another(package: Package) -> None:
    assert package.module("conv").conv(3) == 7


def test_a_broken_file_costs_only_itself(package: Package) -> None:
    with pytest.raises(SyntaxError) as caught:
        package.module("broken")
    assert (caught.value.filename, caught.value.lineno) == ("broken.py", 1)
    with pytest.raises(KeyError):
        package.module("loud")
    assert package.module("pad").pad(1) == 2


def test_tracebacks_show_the_student_s_lines(package: Package) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        package.module("late").late()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("late.py", 2, "return 1 / 0")


def test_modules_run_once(package: Package) -> None:
    assert package.module("pad") is package.module("pad")


def test_nothing_is_left_after_removal(package: Package) -> None:
    package.module("conv")
    package.remove()
    assert not [name for name in sys.modules if name.startswith("unit_under_test")]
    with pytest.raises(ModuleNotFoundError):
        package.module("pad")


def test_two_packages_of_one_name_do_not_mix() -> None:
    for number in (1, 2):
        package = Package("same_name", {"a": f"value = {number}\n"})
        package.install()
        assert package.module("a").value == number
        package.remove()
