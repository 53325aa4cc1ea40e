"""The student's files as a package made from source text: the grader never opens a file of theirs.

Each module runs on first use, so a syntax error in one file costs only the tasks of that file. Sibling modules
import one another with `from .conv import im2col`. A name that cannot be imported becomes a placeholder, so that only
code that uses it fails (`grader/worker/lending.py`).
"""

import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, ModuleType

from grader.worker.imports import imports_of
from grader.worker.lending import Lender, OnRun, rewrite

OnLoaded = Callable[[str, ModuleType], None]


class Package(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """A package of modules from source text.

    Parameters
    ----------
    name : str
        Name of the package in `sys.modules`.
    sources : mapping of str to str
        Source text by module name.
    paths : mapping of str to str, optional
        File names in tracebacks; ``<module>.py`` by default.
    libraries : mapping of str to str, optional
        Library of each file's tasks, whose list its imports are checked against. By default imports are not checked
        or rewritten.
    broken : mapping of str to str, optional
        Files that must not be run, and why, in words that can follow "needs step of neuron.py: ".
    on_run : callable, optional
        Called with the name of the running module whenever that changes.
    on_loaded : callable, optional
        Called with each module and its name after it has run.
    """

    def __init__(
        self,
        name: str,
        sources: Mapping[str, str],
        paths: Mapping[str, str] | None = None,
        *,
        libraries: Mapping[str, str] | None = None,
        broken: Mapping[str, str] | None = None,
        on_run: OnRun = lambda stem: None,
        on_loaded: OnLoaded = lambda stem, module: None,
    ) -> None:
        self.name = name
        self._sources = dict(sources)
        self._paths = {stem: (paths or {}).get(stem, f"{stem}.py") for stem in sources}
        self._libraries = libraries
        self._lender = Lender(self, broken or {})
        self._on_run, self._on_loaded = on_run, on_loaded
        self._running = ""
        self._failures: dict[str, BaseException] = {}

    def install(self) -> None:
        """Make the package importable in this process."""
        self.remove()
        package = ModuleType(self.name)
        package.__path__ = []
        sys.modules[self.name] = package
        sys.meta_path.insert(0, self)
        for stem, text in self._sources.items():
            path = self._paths[stem]
            if path == f"{stem}.py":  # no such file on disk: gives tracebacks its lines
                linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)

    def remove(self) -> None:
        """Remove the package and its modules from this process."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in [name for name in sys.modules if name == self.name or name.startswith(f"{self.name}.")]:
            del sys.modules[name]

    def module(self, stem: str) -> ModuleType:
        """Return a module, running it on first use.

        Parameters
        ----------
        stem : str
            The file's name without ``.py``.

        Returns
        -------
        ModuleType

        Raises
        ------
        BaseException
            Exception that the student's file raised when it first ran; `SyntaxError` if it does not compile.
        """
        if stem in self._failures:
            raise self._failures[stem]
        try:
            return importlib.import_module(f"{self.name}.{stem}")
        except BaseException as error:
            self._failures[stem] = error
            raise

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of the modules."""
        return tuple(self._sources)

    @property
    def paths(self) -> tuple[str, ...]:
        """Names of the student's files in tracebacks."""
        return tuple(self._paths.values())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module of the package.

        Parameters
        ----------
        fullname : str
        path : sequence of str, optional
            Not used: modules are text.
        target : ModuleType, optional
            Not used.

        Returns
        -------
        ModuleSpec or None
            None for modules of other packages.
        """
        package, _, stem = fullname.rpartition(".")
        if package != self.name or stem not in self._sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._paths[stem])

    def get_source(self, fullname: str) -> str:
        """Return a module's text."""
        return self._sources[fullname.rpartition(".")[2]]

    def get_code(self, fullname: str) -> CodeType:
        """Compile a module under its file's name, with its imports rewritten.

        Raises
        ------
        SyntaxError
            It does not compile, or it is too deep or large for the compiler.
        """
        stem = fullname.rpartition(".")[2]
        try:
            return self._compiled(stem)
        except (RecursionError, MemoryError, ValueError, SystemError, OverflowError) as error:
            message = f"it cannot be read by Python's compiler: nested too deep, or too large ({type(error).__name__})"
            raise SyntaxError(message, (self._paths[stem], 1, None, None)) from None

    def _compiled(self, stem: str) -> CodeType:
        source, path = self._sources[stem], self._paths[stem]
        tree = self._rewritten(stem) if self._libraries else None
        if tree is not None:
            with contextlib.suppress(SyntaxError):  # compiling the text itself reports the error better, with its line
                return compile(tree, path, "exec", dont_inherit=True)
        return compile(source, path, "exec", dont_inherit=True)

    def _rewritten(self, stem: str) -> ast.Module | None:
        """Return the module's tree with its imports rewritten; None if none needs to be."""
        assert self._libraries is not None
        tree = ast.parse(self._sources[stem], self._paths[stem])
        stems = {*self._sources, *self._lender.broken}
        imports = imports_of(tree, stem, stems, self._libraries[stem])
        return tree if rewrite(tree, list(imports), self._lender.of_file(stem, tree)) else None

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code in its namespace."""
        stem = module.__name__.rpartition(".")[2]
        module.__file__ = self._paths[stem]
        code = self.get_code(module.__name__)
        outer, self._running = self._running, stem
        self._on_run(stem)
        try:
            exec(code, module.__dict__)  # runs the student's code, in the student's process
            self._on_loaded(stem, module)
        finally:
            self._running = outer
            self._on_run(outer)
