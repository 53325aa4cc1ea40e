"""Odd ways of handing in one unit of the toy course, each as the files that a person uploads."""

import io
import zipfile
from collections.abc import Mapping

from tests import toy_course
from tests.submissions.tars import tar

Files = Mapping[str, bytes]

LINE, SHIFT, COUNT = (text.encode() for text in (toy_course.LINE, toy_course.SHIFT, toy_course.COUNT))
BOTH = {"line.py": LINE, "shift.py": SHIFT}
STUB = b"def slope(x, y):\n    raise NotImplementedError\n"


def below(folder: str, files: Files = BOTH) -> dict[str, bytes]:
    """Return files in a folder."""
    return {f"{folder}/{name}": data for name, data in files.items()}


def zipped(files: Files) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_password(files: Files) -> bytes:
    """Return a zip archive whose entries are marked as encrypted."""
    data = bytearray(zipped(files))
    for offset, signature in ((6, b"PK\x03\x04"), (8, b"PK\x01\x02")):
        place = -1
        while (place := data.find(signature, place + 1)) >= 0:
            data[place + offset] |= 1
    return bytes(data)


def linked() -> bytes:
    """Return a zip archive with a symbolic link."""
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo("line.py")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


REPOSITORY = {
    "README.md": b"my course",
    ".git/config": b"[core]",
    "course.toml": b"",
    **below("exercises/lines"),
    "exercises/lines/test_line.py": b"def test_slope(): ...\n",
    "exercises/counts/count.py": COUNT,
    ".venv/lib/line.py": LINE + b"# another",
    "venv/lib/python3.11/site-packages/line.py": LINE + b"# a third",
}

GRADED: dict[str, Files] = {
    "the unit's folder": below("lines"),
    "loose": BOTH,
    "a zip with the unit's folder": {"lines.zip": zipped(below("lines"))},
    "a zip with loose files": {"homework.zip": zipped(BOTH)},
    "a zip one level deeper": {"homework.zip": zipped(below("homework/week 3/lines"))},
    "a whole repository": REPOSITORY,
    "a whole repository as a zip": {"main.zip": zipped(below("course-main", REPOSITORY))},
    "an environment under another name": BOTH | {"stuff/pyvenv.cfg": b"", "stuff/lib/line.py": LINE + b"# not mine"},
    "a folder in capitals": below("LINES"),
    "a folder that a browser renamed": below("lines (1)"),
    "a file that a browser renamed": {"line (1).py": LINE, "shift.py": SHIFT},
    "a file that a platform renamed": {"line-2.py": LINE, "shift-1.py": SHIFT},
    "copies": {"Copy of line.py": LINE, "shift - Copy.py": SHIFT},
    "a file in capitals": {"Line.py": LINE, "SHIFT.PY": SHIFT},
    "files with names of their own": {"week3_first.py": LINE, "week3_second.py": SHIFT},
    "a tar.gz": {"lines.tar.gz": tar(below("lines"), compressed=True)},
    "a tgz of the folder itself": {
        "work.tgz": tar({f"./{name}": data for name, data in BOTH.items()}, compressed=True)
    },
    "a tar": {"lines.tar": tar(BOTH)},
    "a tar with long names": {"deep.tar": tar(below("/".join(["folder with a long name"] * 8)))},
    "a zip in a zip": {"outer.zip": zipped({"lines.zip": zipped(BOTH)})},
    "a tar.gz in a zip": {"outer.zip": zipped({"lines.tar.gz": tar(BOTH, compressed=True)})},
    "line ends of Windows": {name: data.replace(b"\n", b"\r\n") for name, data in BOTH.items()},
    "a byte order mark": {name: b"\xef\xbb\xbf" + data for name, data in BOTH.items()},
    "another encoding": {"line.py": b"# coding: latin-1\n# \xe9\n" + LINE, "shift.py": SHIFT},
    "leftovers of macOS": BOTH | below("__MACOSX", {"._line.py": b"\0\5", "line.py": b"\0"}) | {".DS_Store": b"\0"},
    "leftovers of Windows": BOTH | {"desktop.ini": b"", "Thumbs.db": b""},
    "compiled files beside": BOTH | below("__pycache__", {"line.cpython-311.pyc": b"\0"}) | {"line.pyc": b"\0"},
    "backup copies beside": BOTH | {"line.py~": LINE + b"# old", "shift.py.bak": b""},
    "the same file twice": BOTH | below("lines"),
    "an old copy of another name": BOTH | {"line_old.py": LINE + b"# old"},
    "untouched stubs beside": BOTH | {"exercises/lines/line.py": b"STUB"},  # replaced by the course's
    "a document beside": BOTH | {"report.pdf": b"%PDF-1.7", "notes.docx": b"PK"},
    "files of another unit beside": BOTH | {"count.py": COUNT},
    "a broken archive beside everything": BOTH | {"old.zip": b"PK nothing"},
    "tests and helpers beside": BOTH | {"test_line.py": b"from line import slope\n", "plots.py": b"x = 1\n"},
}
"""Right files in odd places: everything of the unit is there."""

PART: dict[str, tuple[Files, set[str]]] = {
    "one of two files": ({"shift.py": SHIFT}, {"shift"}),
    "a syntax error": ({"line.py": b"def slope(x, y:\n", "shift.py": SHIFT}, {"line", "shift"}),
    "a file without its tasks": ({"lines/line.py": b"x = 1\n"}, {"line"}),
}

REFUSED: dict[str, tuple[Files, str]] = {
    "another unit": (
        {"lines.zip": zipped({"count.py": COUNT})},
        "this is counts, not lines (ask them to hand in line.py",
    ),
    "a folder in the place of a file": (
        {"lines/line.py/notes.txt": b"", "lines/shift.py": SHIFT},
        "line.py is a folder (ask them to hand in the file itself)",
    ),
    "two candidates": (
        {"a/line.py": LINE, "b/line.py": LINE + b"# newer"},
        "two files can be line.py: a/line.py and b/line.py (ask them which one counts)",
    ),
    "two names for one file": (
        {"line.py": LINE, "line (1).py": LINE + b"#"},
        "two files can be line.py: line (1).py and",
    ),
    "an empty zip": ({"lines.zip": zipped({})}, "none of line.py, shift.py was handed in"),
    "a broken zip": ({"lines.zip": zipped(BOTH)[:200]}, "lines.zip: not a zip archive that can be read"),
    "a zip with a password": (
        {"lines.zip": with_password(BOTH)},
        "lines.zip: line.py is encrypted (ask them to hand in a",
    ),
    "a zip that is RAR": (
        {"lines.zip": b"Rar!\x1a\x07" + bytes(50)},
        "lines.zip: not a zip archive, but RAR (ask them",
    ),
    "a rar": ({"lines.rar": b"Rar!\x1a\x07"}, "lines.rar is a RAR archive (ask them to hand in line.py, shift.py)"),
    "a 7z": ({"lines.7z": b"7z\xbc\xaf\x27\x1c"}, "lines.7z is a 7-Zip archive (ask them to"),
    "a Word document": ({"lines.docx": b"PK"}, "lines.docx is a Word document (ask them to"),
    "a broken notebook": (
        {"lines.ipynb": b"{}"},
        "lines.ipynb: the notebook has no list of cells (ask them to save it again, or hand in the .py files)",
    ),
    "only compiled files": ({"line.cpython-311.pyc": b"\0"}, "line.cpython-311.pyc is compiled Python (ask them to"),
    "only a backup copy": ({"line.py~": LINE}, "line.py~ is an editor's backup copy (ask them to"),
    "UTF-16": ({"line.py": LINE.decode().encode("utf-16")}, "line.py is UTF-16 text (ask them to save it as UTF-8)"),
    "a binary file": ({"line.py": b"\xff\x00\x01" * 9}, "line.py: invalid or missing encoding declaration (ask"),
    "a file that is too large": ({"line.py": LINE + b"#" * 3 * 1024**2}, "line.py"),
    "nothing": ({}, "none of line.py, shift.py was handed in"),
    "something else": ({"notes.md": b"sorry"}, "none of line.py, shift.py was handed in; found notes.md"),
    "half of it, and a broken archive": (
        {"line.py": LINE, "rest.zip": b"PK nothing"},
        "shift.py may be in what cannot be read: rest.zip: not a zip archive that can be read",
    ),
    "three archives deep": (
        {"a.zip": zipped({"b.zip": zipped({"c.zip": zipped(BOTH)})})},
        "a.zip/b.zip/c.zip is an archive in an archive in an archive",
    ),
    "a path that leads out": (
        {"lines.zip": zipped({"../line.py": LINE})},
        "lines.zip: ../line.py leads out of its folder",
    ),
    "a path that leads out of an inner archive": (
        {"a.zip": zipped({"b.zip": zipped({"../../line.py": LINE})})},
        "a.zip/b.zip: ../../line.py leads out of its folder",
    ),
    "an absolute path in a tar": ({"a.tar": tar({"/etc/line.py": LINE})}, "a.tar: /etc/line.py is an absolute path"),
    "a link in an inner archive": ({"a.zip": zipped({"b.zip": linked()})}, "a.zip/b.zip: line.py is a link"),
    "a link in a tar": ({"a.tar": tar({}, links={"line.py": "/etc/passwd"})}, "a.tar: line.py is a link"),
    "a bomb in an inner archive": (
        {"a.zip": zipped({"b.zip": zipped({"line.py": LINE + b"#" * 64 * 1024**2})})},
        "line.py is larger than 2048 KiB once unpacked",
    ),
    "a bomb as a tar.gz": (
        {"a.tar.gz": tar({"line.py": LINE, "zeros": bytes(80 * 1024**2)}, compressed=True)},
        "a.tar.gz: larger than 65536 KiB once unpacked",
    ),
}
"""What cannot be graded, with the beginning or a part of the reason."""
