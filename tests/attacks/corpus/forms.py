"""Hand-ins that attack: links, archives that lead elsewhere, names that deceive, text that is not what it seems."""

import io
import os
import socket
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.attacks.attack import HONEST_POINTS, Attack

READER = "what it deceives is a reader of hand-ins; there is none without this engine"
HONEST = """
def double(x):
    return 2 * x
"""
SOFTMAX = """
def softmax(x):
    return 0 * x
"""

Build = Callable[[Path, Path], None]
Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def form(name: str, tries: str, build: Build, evidence: str, earned: float = 0.0) -> Attack:
    """Return an attack by the form of its hand-in."""
    return Attack(name, tries, no_control=READER, evidence=evidence, earned=earned, build=build)


def _unit(folder: Path, **files: bytes) -> Path:
    """Write the honest file and others into a unit's folder."""
    unit = folder / "numbers"
    unit.mkdir(parents=True)
    (unit / "honest.py").write_text(HONEST, encoding="utf-8")
    for stem, data in files.items():
        (unit / f"{stem}.py").write_bytes(data)
    return unit


def _zip(folder: Path, entries: Entries, kind: int = zipfile.ZIP_DEFLATED) -> Path:
    folder.mkdir()
    path = folder / "numbers.zip"
    with zipfile.ZipFile(path, "w", kind) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that stands twice
        for name, data in entries:
            archive.writestr(name, data)
    return path


def _special(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry


def _source(data: bytes) -> Build:
    return lambda folder, course: _unit(folder, target=data) and None


def _archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> Build:
    whole: Entries = [("honest.py", HONEST.encode()), *entries]
    return lambda folder, course: _zip(folder, whole) and None


def _link_to_the_suite(folder: Path, course: Path) -> None:
    (_unit(folder) / "target.py").symlink_to(course / "tests/hidden/numbers/test_target.py")


def _link_to_the_solutions(folder: Path, course: Path) -> None:
    folder.mkdir()
    (folder / "numbers").symlink_to(course / "solutions/numbers")


def _linked_archive(folder: Path, course: Path) -> None:
    folder.mkdir()
    (folder / "numbers.zip").symlink_to(course / "course.toml")


def _named_pipe(folder: Path, course: Path) -> None:
    os.mkfifo(_unit(folder) / "target.py")


def _socket(folder: Path, course: Path) -> None:
    unit = _unit(folder)
    here = Path.cwd()
    os.chdir(unit)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.bind("target.py")
    finally:
        os.chdir(here)


def _folder_in_its_place(folder: Path, course: Path) -> None:
    (_unit(folder) / "target.py").mkdir()


def _many_files(folder: Path, course: Path) -> None:
    unit = _unit(folder)
    for number in range(10_000):
        (unit / f"f{number}").touch()


def _odd_names(folder: Path, course: Path) -> None:
    unit = _unit(folder, target=SOFTMAX.encode())
    for name in ("a\nPASSED yes", "\x1b[2J\x1b]0;owned\x07", "gpj.\u202eyp", "..%2f..%2fx", "-rf", "x" * 200, "=1+1"):
        (unit / name).touch()
    (unit / os.fsdecode(b"\xff\xfe.py")).touch()


def _huge_file(folder: Path, course: Path) -> None:
    with (_unit(folder) / "target.py").open("wb") as file:
        file.truncate(1 << 30)


def _encrypted(folder: Path, course: Path) -> None:
    path = _zip(folder, [("honest.py", HONEST.encode())], zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(data)


def _lies_about_its_size(folder: Path, course: Path) -> None:
    path = _zip(folder, [("honest.py", HONEST.encode()), ("target.py", b"#" * (64 << 20))])
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)


def _archives_in_archives(folder: Path, course: Path) -> None:
    inner = b"#" * (1 << 20)
    for _ in range(5):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(10):
                archive.writestr(f"{copy}.zip", inner)
        inner = packed.getvalue()
    folder.mkdir()
    (folder / "numbers.zip").write_bytes(inner)


def _tar(folder: Path, course: Path) -> None:
    folder.mkdir()
    (folder / "numbers.tar.gz").write_bytes(b"\x1f\x8b" + b"\0" * 1000)


UTF7 = b"# coding: utf-7\n+AGQAZQBm- softmax(x):\n    return 0 * x\n"
ATTACKS = (
    form("links_to_the_suite", "hands in a link to the hidden tests", _link_to_the_suite, "is a link"),
    form(
        "links_to_the_solutions", "hands in a link to the folder of the solutions", _link_to_the_solutions, "is a link"
    ),
    form("linked_archive", "hands in a link as its archive", _linked_archive, "is a link"),
    form("named_pipe", "hands in a pipe that holds its reader for ever", _named_pipe, "not a regular file"),
    form("socket_file", "hands in a socket", _socket, "not a regular file"),
    form(
        "folder_as_file", "hands in a folder of the file's name", _folder_in_its_place, "not a regular file|is a folder"
    ),
    form("ten_thousand_files", "hands in 10,000 files", _many_files, "more than"),
    form(
        "odd_names",
        "hands in names that steer a terminal, end a line or turn a text round",
        _odd_names,
        "differs|is wrong",
        HONEST_POINTS,
    ),
    form("huge_source", "hands in a file of 1 GiB", _huge_file, "larger than"),
    form("zip_traversal", "packs a file that leads out of the archive", _archive(("../../evil.py", b"x")), "leads out"),
    form("zip_absolute", "packs a file by its absolute path", _archive(("/etc/cron.d/evil", b"x")), "absolute path"),
    form(
        "zip_backslashes",
        "packs a file by another system's path",
        _archive(("..\\..\\evil.py", b"x")),
        "backslash|leads out",
    ),
    form("zip_link", "packs a link", _archive((_special("target.py", stat.S_IFLNK), b"/etc/passwd")), "is a link"),
    form("zip_device", "packs a device", _archive((_special("target.py", stat.S_IFBLK), b"")), "not a regular file"),
    form("zip_pipe", "packs a named pipe", _archive((_special("target.py", stat.S_IFIFO), b"")), "not a regular file"),
    form(
        "zip_twice",
        "packs a file twice, for a reader that checks one and takes the other",
        _archive(("honest.py", b"x")),
        "stands twice",
    ),
    form("zip_bomb", "packs 64 MiB into some kilobytes", _archive(("target.py", b"#" * (64 << 20))), "larger than"),
    form("zip_of_lies", "declares another size than it has", _lies_about_its_size, "larger than|is broken"),
    form("zip_in_zip", "packs archives into archives", _archives_in_archives, "archive in an archive"),
    form(
        "zip_of_many", "packs 10,000 files", _archive(*((f"f{number}", b"") for number in range(10_000))), "more than"
    ),
    form("zip_encrypted", "packs by a password", _encrypted, "encrypted"),
    form(
        "zip_long_name",
        "packs a name that deceives, and is long",
        _archive(("\u202e\x1b[2J" * 100 + "x", b"")),
        "differs|softmax|missing",
        HONEST_POINTS,
    ),
    form("tar", "hands in another kind of archive", _tar, "not a .tar.gz that can be read"),
    form(
        "not_utf8",
        "hands in bytes that are no text",
        _source(b"softmax = '\xff\xfe'\n"),
        "target.py.* encoding|is not utf-8 text",
    ),
    form(
        "null_bytes",
        "hands in null bytes, which end a text for some and not for others",
        _source(SOFTMAX.encode() + b"\0import os\n"),
        "null byte",
    ),
    form("utf16", "hands in a text of two bytes per letter", _source("softmax = 1\n".encode("utf-16")), "UTF-16"),
    form(
        "byte_order_mark",
        "hands in a byte order mark",
        _source(b"\xef\xbb\xbf" + SOFTMAX.encode()),
        "differs|is wrong",
        HONEST_POINTS,
    ),
    form(
        "utf7_cookie", "declares a coding that reads other code than is shown", _source(UTF7), "declares the encoding"
    ),
    form(
        "rot13_cookie",
        "declares a coding that is not one",
        _source(b"# coding: rot13\nqrs fbsgznk(k): cnff\n"),
        "declares|encoding|rot",
    ),
    form(
        "coding_bomb",
        "declares a coding whose decoder never ends",
        _source(b"# coding: punycode\n" + b"a" * 100_000),
        "declares the encoding",
    ),
    form(
        "bidi_source",
        "hides code by marks that turn its line round",
        _source("# \u202e } \u2066if admin\u2069 \u2066\n".encode() + SOFTMAX.encode()),
        "differs|is wrong",
        HONEST_POINTS,
    ),
)
