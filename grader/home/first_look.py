"""First look at a student's files, while torch is still being imported: syntax errors, and the examples of docstrings.

`python -m grader.home.first_look` is the process that looks. It compiles, then imports NumPy, then runs the examples;
`FirstLook` is the other side. Its sentences come before the verdicts, and decide about none.
"""

import contextlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

SECONDS = 3.0  # after which an example counts as endless, and nothing is said
LONGEST = 200  # characters of an example or an answer

Report = Callable[[str, bool], None]
"""Takes a sentence, and whether it is about something wrong."""


class FirstLook:
    """The process that looks, started before it is known at what."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "grader.home.first_look"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread: threading.Thread | None = None
        self._timer = threading.Timer(SECONDS, self._process.kill)
        self._timer.daemon = True

    def look(self, files: Mapping[str, str], tasks: Mapping[str, str], report: Report) -> None:
        """Begin to look.

        Parameters
        ----------
        files : mapping of str to str
            The unit's files by stem.
        tasks : mapping of str to str
            File of each task whose examples are run.
        report : callable
            Called from another thread.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: there is nothing to say
            self._process.stdin.write(json.dumps({"files": dict(files), "tasks": dict(tasks)}).encode())
            self._process.stdin.close()
        self._thread = threading.Thread(target=self._read, args=(report,), daemon=True)
        self._thread.start()
        self._timer.start()

    def close(self) -> None:
        """End the process; what has not been said by now is said by the tests."""
        self._timer.cancel()
        self._process.kill()
        if self._thread is not None:
            self._thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _read(self, report: Report) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):  # cut off
                sentence, is_wrong = json.loads(line)
                report(str(sentence), bool(is_wrong))


def sentences(files: Mapping[str, str], tasks: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield what is to be said of the files, and whether it is about something wrong."""
    from grader.worker.failures import syntax_text

    broken = {
        stem: error for stem in dict.fromkeys(tasks.values()) if (error := _syntax_error(stem, files.get(stem, "")))
    }
    for error in broken.values():
        yield f"SyntaxError: {syntax_text(error)}", True
    if not broken:
        yield from _examples(files, tasks)


def _syntax_error(stem: str, text: str) -> SyntaxError | None:
    try:
        compile(text, f"{stem}.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):  # the tests say so
        return None
    return None


def _examples(files: Mapping[str, str], tasks: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    from grader.worker.loader import Package

    package = Package("first_look", dict(files), {stem: f"{stem}.py" for stem in files})
    package.install()
    for name, stem in tasks.items():
        if 'NotImplementedError("' in _definition(files.get(stem, ""), name):
            continue
        try:
            value = getattr(package.module(stem), name)
        except Exception:  # of any kind: loading is the tests' subject
            continue
        if getattr(value, "__module__", "") == package.module(stem).__name__:
            yield from _tried(name, value, vars(package.module(stem)))


def _definition(text: str, name: str) -> str:
    """Return the text from a function's first line to the next definition at the margin."""
    _, _, rest = text.partition(f"\ndef {name}(")
    return rest.partition("\ndef ")[0]


def _tried(name: str, value: Any, names: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Run the examples of one docstring."""
    import doctest

    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    test = doctest.DocTestParser().get_doctest(getattr(value, "__doc__", "") or "", dict(names), name, name, 0)
    for example in test.examples:
        call = _short(example.source)
        try:
            got = _answer(example, test.globs)
        except Exception as error:  # of the student's code
            yield f"{call} raises {type(error).__name__}: {_short(str(error))}", True
            return
        if not doctest.OutputChecker().check_output(example.want, got, flags):
            yield f"{call} gives {_short(got) or 'nothing'}, and its docstring says {_short(example.want)}", True
            return
    if test.examples:
        yield f"{name}: as in the example of its docstring", False


def _answer(example: Any, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example.source, "<example>", "single"), names)
    return printed.getvalue()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def main() -> None:
    """Look at what comes on standard input; write a line for each sentence."""
    out = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()):  # of the student's own printing
        asked = json.load(sys.stdin)
        for sentence in sentences(asked["files"], asked["tasks"]):
            out.write(json.dumps(sentence) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
