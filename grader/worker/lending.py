"""Modules that stand in for a student's rewritten imports: siblings that may be broken, and refused modules.

A name that cannot be imported becomes a placeholder, so that only the code that uses it fails.
"""

import ast
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from grader.worker import causes
from grader.worker.failures import described
from grader.worker.imports import Import, Refused
from grader.worker.placeholder import BrokenImport, Later, Placeholder, RefusedImport, touch
from grader.worker.rewriting import Lend, free_names

OnRun = Callable[[str], None]
_ABSENT = object()


class Modules(Protocol):
    """The student's files."""

    name: str

    @property
    def paths(self) -> tuple[str, ...]:
        """Names of the files in tracebacks."""

    def module(self, stem: str) -> ModuleType:
        """Return a module, running it on first use."""


class Lent(ModuleType):
    """A module that looks up its names lazily, on import.

    Parameters
    ----------
    name : str
    get : callable
        Returns the value of a name.
    star : callable
        Returns the names of a star import.
    """

    def __init__(self, name: str, get: Callable[[str], Any], star: Callable[[], list[str]]) -> None:
        super().__init__(name)
        self._get, self._star = get, star

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._star()
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self._get(name)


class Lender:
    """Factory of the modules that a package's rewritten imports refer to.

    Parameters
    ----------
    package : Modules
    broken : mapping of str to str
        Files that must not be run, and why.
    """

    def __init__(self, package: Modules, broken: Mapping[str, str]) -> None:
        self._package = package
        self.broken = dict(broken)
        self._count = 0

    def of_file(self, stem: str, tree: ast.Module) -> Lend:
        """Return the function that creates modules for one file.

        Parameters
        ----------
        stem : str
        tree : Module
            Syntax tree as the student wrote it.
        """
        free = free_names(tree)

        def lend(one: Import) -> str:
            if one.sibling:
                get, star = self._sibling(one, stem, free)
            elif one.refused:
                get, star = _refused(one.refused, free, caught=one.caught)
            else:
                return ""
            self._count += 1
            name = f"{self._package.name}.{stem}.{self._count}"
            sys.modules[name] = Lent(name, get, star)
            return name

        return lend

    def _sibling(
        self, one: Import, importer: str, free: list[str]
    ) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
        whole = isinstance(one.node, ast.Import) or not one.node.module

        def get(name: str) -> Any:
            what = f"{one.sibling}.py" if whole else f"{name} of {one.sibling}.py"
            return self._found(one, "" if whole else name, f"needs {what}", importer)

        def star() -> list[str]:
            module = self._found(one, "", f"needs {one.sibling}.py", importer)
            if type(module) is Placeholder:
                return free
            public = [name for name in vars(module) if not name.startswith("_")]
            return list(getattr(module, "__all__", public))

        return get, star

    def _found(self, one: Import, name: str, needs: str, importer: str) -> Any:
        """Return a sibling or a name of it, or a placeholder that says why it is not available."""
        stem = one.sibling
        if stem in self.broken:
            return _lost(f"{needs}: {self.broken[stem]}", causes.unloadable(stem), caught=one.caught)
        try:
            module = self._package.module(stem)
        except KeyboardInterrupt:
            raise
        except NotImplementedError as stub:  # no mistake: the stub's own tests report it
            return Placeholder(NotImplementedError, str(stub))
        except BaseException as error:
            told = described(error, self._package.paths, "load", stem)
            return _lost(f"{needs}: {_why(stem, error, told)}", told["cause"], caught=one.caught)
        value = getattr(module, name, _ABSENT) if name else module
        if value is not _ABSENT:
            return value
        absent = Placeholder(BrokenImport, f"{needs}: {stem}.py does not define it", causes.missing_name(stem, name))
        if getattr(module.__spec__, "_initializing", False):
            circle = f"{needs}: {stem}.py imports {importer}.py, too, and has not come to define it"
            return Later(lambda: getattr(module, name, absent), circle, causes.circular_import(stem, name))
        return touch(absent) if one.caught else absent


def _why(stem: str, error: BaseException, told: dict[str, Any]) -> str:
    place = f" ({told['where'][-1].partition(':')[0]})" if told["where"] else ""
    kind = "" if isinstance(error, RefusedImport | BrokenImport) else f"{told['kinds'][0]}: "
    return f"{stem}.py does not load: {kind}{told['text']}{place}"


def _lost(text: str, cause: causes.Told | None, *, caught: bool) -> Placeholder:
    lost = Placeholder(BrokenImport, text, cause)
    return touch(lost) if caught else lost


def _refused(
    refused: Refused, free: list[str], *, caught: bool
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    cause = causes.refused_import(refused.file, refused.line, refused.module)
    lost = Placeholder(RefusedImport, refused.sentence, cause)

    def get(name: str) -> Any:
        return touch(lost) if caught else lost

    def star() -> list[str]:
        if caught:
            touch(lost)
        return free

    return get, star
