"""Odd ways of handing in one unit of the toy course, each as the files that a person uploads."""

import gzip
import io
import json
import unicodedata
import warnings
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


def twice() -> bytes:
    """Return a zip archive in which one name stands twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for data in (LINE + b"# old", LINE):
            archive.writestr("line.py", data)
    return buffer.getvalue()


def notebook(*cells: str) -> bytes:
    """Return a notebook that was run."""
    output = {"output_type": "stream", "name": "stdout", "text": "# shift.py\n1 / 0"}
    made = [{"cell_type": "code", "source": cell, "outputs": [output], "execution_count": 3} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


IN_CELLS = notebook(f"# line.py\n{LINE.decode()}", f"# shift.py\n{SHIFT.decode()}")
DECOMPOSED = unicodedata.normalize("NFD", "Übung 3 für é")

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
    "a second suffix that Windows hides": {"line.py.txt": LINE, "shift.py (1).txt": SHIFT},
    "the suffix twice": {"line.py.py": LINE, "shift.py": SHIFT},
    "a zip named as browsers do": {"lines(1).zip": zipped(below("lines"))},
    "a download of Google Drive": {
        "drive-download-20261102T101010Z-001.zip": zipped(BOTH | {"line(1).py": LINE}),
    },
    "another computer's copy": {"line-LAPTOP-7QX.py": LINE, "shift-LAPTOP-7QX.py": SHIFT},
    "umlauts as two code points": {f"{DECOMPOSED}.zip": zipped(below(DECOMPOSED))},
    "umlauts of an old zip": {"hw.zip": zipped(below("Ubung")).replace(b"Ubung", b"\x9abung")},
    "signs that turn the writing round": {"\u202eline.py": LINE, "שיעור/shift\u200f.py": SHIFT},
    "names like options and formulas": {"--line.py": LINE, "=1+1/shift.py": SHIFT},
    "a tar.gz named zip": {"lines.zip": tar(BOTH, compressed=True)},
    "a self-extracting zip": {"lines.zip": b"MZ" + bytes(500) + zipped(BOTH)},
    "a notebook in a zip": {"hw.zip": zipped({"week 3/lines.ipynb": IN_CELLS})},
    "a notebook with commands": {
        "lines.ipynb": notebook(
            "%matplotlib inline\n!pip install numpy",
            f"# line.py\n%load_ext autoreload\n{LINE.decode()}",
            f"# shift.py\n{SHIFT.decode()}\ncentred?",
        )
    },
    "a notebook that writes files": {
        "lines.ipynb": notebook(f"%%writefile lines/line.py\n{LINE.decode()}", f"%%file shift.py\n{SHIFT.decode()}")
    },
    "a notebook with a byte order mark": {"lines.ipynb": b"\xef\xbb\xbf" + IN_CELLS},
    "a notebook and the same files": BOTH | {"lines.ipynb": IN_CELLS},
    "Jupyter's checkpoints beside": BOTH | {".ipynb_checkpoints/line-checkpoint.py": LINE + b"# old"},
    "all functions in one file": {"all.py": LINE + b"\n\n" + SHIFT},
    "a folder of a folder of a folder": below("lines/lines/lines"),
    "an environment of conda": BOTH | {"conda/conda-meta/history": b"", "conda/lib/line.py": LINE + b"# not mine"},
    "a large file beside": {"hw.zip": zipped(BOTH | {"model.pt": bytes(70 * 1024**2)})},
    "line ends of an old Macintosh": {name: data.replace(b"\n", b"\r") for name, data in BOTH.items()},
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
    "an empty zip": ({"lines.zip": zipped({})}, "none of line.py, shift.py was handed in (ask them for these files)"),
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
    "nothing": ({}, "none of line.py, shift.py was handed in (ask them for these files)"),
    "a notebook of an earlier format": (
        {"lines.ipynb": json.dumps({"worksheets": [], "nbformat": 3}).encode()},
        "the notebook has no list of cells",
    ),
    "a notebook without names of files": (
        {"lines.ipynb": notebook(LINE.decode())},
        "lines.ipynb is a notebook in which no cell names its file, as in: # line.py (ask them to hand in line.py",
    ),
    "a page in place of a notebook": (
        {"lines.ipynb": b"<!DOCTYPE html><html>"},
        "lines.ipynb: the notebook is not JSON",
    ),
    "a page in place of a file": (
        BOTH | {"line.py": b"\n<!DOCTYPE html>\n<html>" + LINE},
        "line.py is a web page with the file in it (ask them to download the file itself)",
    ),
    "a notebook and other files": (
        BOTH | {"lines.ipynb": notebook("# line.py\nx = 1\n" + LINE.decode())},
        "two files can be line.py: line.py and lines.ipynb/line.py",
    ),
    "a link to a document": (
        {"line.gdoc": b"{}"},
        "line.gdoc is a link, without what it leads to (ask them to hand in",
    ),
    "a link to a repository": ({"my repository.url": b""}, "my repository.url is a link"),
    "a placeholder of a cloud": ({".line.py.icloud": b"bplist00"}, "is a placeholder of a file that is in iCloud"),
    "a download that did not end": ({"line.py.crdownload": LINE[:9]}, "line.py.crdownload is a download that did not"),
    "screenshots": ({"IMG_1.HEIC": b"", "Screenshot.png": b""}, "IMG_1.HEIC is a picture (ask them to hand in line.py"),
    "a Pages document": ({"lines.pages": zipped({"Index.iwa": b""})}, "lines.pages is a Pages document"),
    "a single file compressed": ({"line.py.gz": gzip.compress(LINE)}, "line.py.gz is a gzip archive of a single file"),
    "a tar.xz": (
        {"lines.tar.xz": b"\xfd7zXZ"},
        "lines.tar.xz is an xz archive (ask them to hand in line.py, shift.py)",
    ),
    "a 7z in a zip": ({"hw.zip": zipped({"lines.7z": b"7z\xbc\xaf"})}, "hw.zip/lines.7z is a 7-Zip archive"),
    "a zip of an old Windows": ({"hw.zip": zipped({"lines\\line.py": LINE})}, "has a backslash in its name"),
    "one name twice in a zip": (
        {"hw.zip": twice()},
        "hw.zip: line.py stands twice in the archive (ask them to hand in",
    ),
    "copies of Google Drive that differ": (
        {"drive-download.zip": zipped(BOTH | {"line(1).py": LINE + b"#"})},
        "two files can be line.py: drive-download.zip/line(1).py and drive-download.zip/line.py",
    ),
    "more files than anybody reads": (
        {"hw.zip": zipped(BOTH | {f"data/{number}.txt": b"" for number in range(10_001)})},
        "hw.zip: the archive holds more than 10000 entries (ask them to hand in a zip of the unit's .py files alone)",
    ),
    "something else": ({"notes.md": b"sorry"}, "none of line.py, shift.py was handed in; found notes.md (ask"),
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
