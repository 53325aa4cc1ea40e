"""The student's files as a package made from source text: no file of theirs is ever opened by the grader.

Each module runs when it is first asked for, so that a syntax error in one file costs only the tasks of that file.
Sibling modules import one another with `from .conv import im2col`.
"""

import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
from collections.abc import Mapping, Sequence
from types import CodeType, ModuleType


class Package(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """A package of modules from text.

    Parameters
    ----------
    name : str
        What the package is called while it is loaded.
    sources : mapping of str to str
        Source text by module name.
    paths : mapping of str to str, optional
        What tracebacks call each file; ``<module>.py`` by default.
    """

    def __init__(self, name: str, sources: Mapping[str, str], paths: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._sources = dict(sources)
        self._paths = {stem: (paths or {}).get(stem, f"{stem}.py") for stem in sources}

    def install(self) -> None:
        """Make the package importable in this process."""
        self.remove()
        package = ModuleType(self.name)
        package.__path__ = []
        sys.modules[self.name] = package
        sys.meta_path.insert(0, self)
        for stem, text in self._sources.items():
            path = self._paths[stem]
            if path == f"{stem}.py":  # no such file on disk: tracebacks find their lines here
                linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)

    def remove(self) -> None:
        """Forget the package and its modules."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in [name for name in sys.modules if name == self.name or name.startswith(f"{self.name}.")]:
            del sys.modules[name]

    def module(self, stem: str) -> ModuleType:
        """Return a module, and run it if this is the first time.

        Raises
        ------
        BaseException
            Whatever the student's file raises while it runs; `SyntaxError` where it does not compile.
        """
        return importlib.import_module(f"{self.name}.{stem}")

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of the modules."""
        return tuple(self._sources)

    @property
    def paths(self) -> tuple[str, ...]:
        """What tracebacks call the student's files."""
        return tuple(self._paths.values())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module of the package."""
        package, _, stem = fullname.rpartition(".")
        if package != self.name or stem not in self._sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._paths[stem])

    def get_source(self, fullname: str) -> str:
        """Return a module's text."""
        return self._sources[fullname.rpartition(".")[2]]

    def get_code(self, fullname: str) -> CodeType:
        """Compile a module under its file's name.

        Raises
        ------
        SyntaxError
            It does not compile, or the compiler gives up on it.
        """
        stem = fullname.rpartition(".")[2]
        try:
            return compile(self._sources[stem], self._paths[stem], "exec", dont_inherit=True)
        except (RecursionError, MemoryError, ValueError, SystemError, OverflowError) as error:
            told = f"it cannot be read by Python's compiler: nested too deep, or too large ({type(error).__name__})"
            raise SyntaxError(told, (self._paths[stem], 1, None, None)) from None

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code in its namespace."""
        module.__file__ = self._paths[module.__name__.rpartition(".")[2]]
        exec(self.get_code(module.__name__), module.__dict__)  # the student's code, in the student's process
