"""Engines that make fingerprints of code: Dolos where node has it, copydetect otherwise; both behind walls."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from grader.errors import UnavailableError
from grader.records import Isolation
from grader.sandbox.tool import BOX, Tool, ToolError, ToolLimits, answer

DOLOS_TOKENS = 23  # Dolos' default: eight to ten nodes of a syntax tree
COPYDETECT_LETTERS = 25  # copydetect's default
BATCH = 400
MOST_LETTERS = 1 << 16  # of one definition; longer ones are tables, not code
LIBRARY = Path("@dodona") / "dolos-lib"
INSTALL_DOLOS = "npm install --ignore-scripts @dodona/dolos-lib tree-sitter-python && npm rebuild tree-sitter"
INSTALL_COPYDETECT = 'pip install "deepgrade[similar]"'
_HERE = Path(__file__).parent


class Print(Struct, frozen=True, array_like=True):
    """A fingerprint: its value, and its first and last line in the text, from 0."""

    value: str
    first: int
    last: int


Prints = tuple[Print, ...]


class EngineName(StrEnum):
    """The engines, the preferred one first."""

    DOLOS = "dolos"
    COPYDETECT = "copydetect"


class Engine(Protocol):
    """Maker of fingerprints."""

    @property
    def name(self) -> str:
        """The engine's name, for people."""

    def prints(self, texts: Sequence[str]) -> list[Prints]:
        """Return the fingerprints of each text; none of one that the engine cannot read within its limits."""


class WalledEngine(Struct, frozen=True):
    """An engine that is a program of its own.

    Attributes
    ----------
    name : str
    tool : Tool
    length : int
        Length of what a fingerprint is made of.
    tier : Isolation
    limits : ToolLimits
    """

    name: str
    tool: Tool
    length: int
    tier: Isolation
    limits: ToolLimits = ToolLimits()

    def prints(self, texts: Sequence[str]) -> list[Prints]:
        """Return the fingerprints of each text; none of one that the engine cannot read within its limits."""
        short = [text if len(text) <= MOST_LETTERS else "" for text in texts]
        batches = [short[start : start + BATCH] for start in range(0, len(short), BATCH)]
        return [prints for batch in batches for prints in self._answers(batch)]

    def _answers(self, texts: Sequence[str]) -> list[Prints]:
        """Ask for some texts at once; after a failure for fewer, so that one text costs nobody else anything."""
        request = msgspec.json.encode({"texts": texts, "length": self.length})
        try:
            answered = msgspec.json.decode(answer(self.tool, request, self.limits, self.tier), type=list[Prints])
        except (ToolError, msgspec.DecodeError):
            if len(texts) > 1:
                middle = len(texts) // 2
                return [*self._answers(texts[:middle]), *self._answers(texts[middle:])]
            return [()]
        return [tuple(_within(prints, text.count("\n"))) for prints, text in zip(answered, texts, strict=True)]

    def require(self) -> None:
        """Raise if the engine cannot answer at all."""
        request = msgspec.json.encode({"texts": ["x = 1\n"], "length": self.length})
        answer(self.tool, request, self.limits, self.tier)


def _within(prints: Prints, last_line: int) -> Iterator[Print]:
    """Yield fingerprints with lines that exist: the answer comes from behind the walls."""
    for one in prints:
        if 0 <= one.first <= last_line:
            yield Print(one.value, one.first, max(one.first, min(one.last, last_line)))


def engine_for(wanted: str, tier: Isolation, folders: Iterable[Path]) -> WalledEngine:
    """Return an engine that answers.

    Parameters
    ----------
    wanted : str
        ``dolos`` or ``copydetect``; the better one that is here if empty.
    tier : Isolation
    folders : iterable of Path
        Folders with a ``node_modules``, besides those of npm.

    Returns
    -------
    WalledEngine

    Raises
    ------
    UnavailableError
        If there is none.
    ToolError
        If it is here and does not work.
    """
    places = {EngineName.DOLOS: dolos_place(folders), EngineName.COPYDETECT: copydetect_place()}
    chosen = next((name for name in EngineName if places[name] and wanted in ("", name)), None)
    if chosen is None:
        raise UnavailableError(_missing(wanted), _install(wanted))
    engine = _dolos(places[chosen], tier) if chosen is EngineName.DOLOS else _copydetect(tier)
    engine.require()
    return engine


def _missing(wanted: str) -> str:
    what = {"dolos": "Dolos' library is not here", "copydetect": "copydetect is not installed"}
    return what.get(wanted, "nothing that compares code is installed: neither Dolos' library nor copydetect")


def _install(wanted: str) -> str:
    lines = {EngineName.DOLOS: INSTALL_DOLOS, EngineName.COPYDETECT: INSTALL_COPYDETECT}
    return "\nor: ".join(line for name, line in reversed(lines.items()) if wanted in ("", name))


def dolos_place(folders: Iterable[Path]) -> Path | None:
    """Return the ``node_modules`` that has Dolos' library, or None.

    Parameters
    ----------
    folders : iterable of Path
        Looked at first, then NODE_PATH and where ``npm install --global`` puts things.
    """
    node = shutil.which("node")
    if node is None:
        return None
    stated = [Path(text) for text in os.environ.get("NODE_PATH", "").split(os.pathsep) if text]
    installed = Path(os.path.realpath(node)).parents[1] / "lib" / "node_modules"
    places = [*(folder / "node_modules" for folder in folders), *stated, Path("/usr/local/lib/node_modules"), installed]
    return next((place.resolve() for place in places if (place / LIBRARY).is_dir()), None)


def copydetect_place() -> Path | None:
    """Return where copydetect is installed, or None."""
    spec = importlib.util.find_spec("copydetect")
    return Path(spec.origin).parent if spec and spec.origin else None


def _dolos(modules: Path | None, tier: Isolation) -> WalledEngine:
    node = Path(os.path.realpath(shutil.which("node") or "node"))
    script = _HERE / "dolos.mjs"
    heap = f"--max-old-space-size={ToolLimits().memory_mib // 2}"
    tool = Tool((str(node), heap, str(script), str(modules)), (node.parents[1], modules or _HERE, script))
    return WalledEngine("Dolos", tool, DOLOS_TOKENS, tier)


def _copydetect(tier: Isolation) -> WalledEngine:
    script, python = _HERE / "copydetect_script.py", os.path.realpath(sys.executable)
    packages = tuple(dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")))
    environment = {
        "PYTHONPATH": os.pathsep.join(map(str, packages)),
        "PYTHONHASHSEED": "0",  # its fingerprints are hashes of strings
        "MPLCONFIGDIR": BOX,
        "OPENBLAS_NUM_THREADS": "1",
    }
    readable = (Path(python), Path(os.path.realpath(sys.base_prefix)), *packages, script)
    tool = Tool((python, "-sP", "-B", "-W", "ignore", str(script)), readable, environment)
    return WalledEngine("copydetect", tool, COPYDETECT_LETTERS, tier)
