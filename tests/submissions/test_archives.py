"""Hostile archives: each is refused with its reason, in bounded time and memory, and nothing is written to disk."""

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import RejectedError
from grader.submissions.archives import open_archive
from grader.submissions.intake import MAX_ENTRIES, MAX_FILE_BYTES


def archive_bytes(entries, compression=zipfile.ZIP_STORED):
    """Return an archive; an entry is a name or a ZipInfo, and its bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return buffer.getvalue()


def entry(name, mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def taken(data):
    """Return the files of the folder `lines`, read."""
    files = open_archive(data)
    return {name: read(MAX_FILE_BYTES) for name, read in files.items() if name == "lines/line.py"}


def problem(data):
    with pytest.raises(RejectedError) as caught:
        taken(data)
    return caught.value.message


def test_a_plain_archive_is_read():
    data = archive_bytes([("lines/", b""), ("lines/line.py", b"x = 1"), ("lines/a/b.txt", b""), (".DS_Store", b"")])
    files = taken(data)
    assert files == {"lines/line.py": b"x = 1"}
    assert sorted(open_archive(data)) == ["lines/a/b.txt", "lines/line.py"]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("/etc/line.py", "absolute path"),
        ("../line.py", "leads out"),
        ("lines/../../line.py", "leads out"),
        ("lines/..", "leads out"),
        ("./line.py", "leads out"),
        ("lines//line.py", "leads out"),
        ("lines\\line.py", "backslash"),
        ("C:/line.py", "absolute path"),
        ("c:line.py", "absolute path"),
        ("//server/share/line.py", "absolute path"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(name, what):
    assert what in problem(archive_bytes([("lines/line.py", b""), (name, b"")]))


def test_a_null_byte_in_a_name_is_refused():
    data = archive_bytes([("lines/line.pyX", b"")]).replace(b"line.pyX", b"line.py\0")
    assert "null byte" in problem(data)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (stat.S_IFLNK, "is a link"),
        (stat.S_IFIFO, "not a regular file"),
        (stat.S_IFCHR, "not a regular file"),
        (stat.S_IFBLK, "not a regular file"),
        (stat.S_IFSOCK, "not a regular file"),
    ],
)
@pytest.mark.parametrize("name", ["lines/line.py", "lines/ignored.txt", "__MACOSX/x"])
def test_links_and_special_files_are_refused_also_where_nothing_would_read_them(kind, what, name):
    assert what in problem(archive_bytes([(entry(name, kind | 0o777), b"/etc/passwd")]))


def test_an_entry_that_stands_twice_is_refused():
    data = archive_bytes([("lines/line.py", b"a"), ("lines/linf.py", b"b")]).replace(b"linf.py", b"line.py")
    assert problem(data) == "lines/line.py stands twice in the archive"


@pytest.mark.parametrize("count", [MAX_ENTRIES + 1, 2 * MAX_ENTRIES + 1])
def test_too_many_entries_are_refused(count):
    data = archive_bytes([(f"{number}.txt", b"") for number in range(count)])
    assert problem(data) == f"the archive holds more than {MAX_ENTRIES} entries"


def test_an_encrypted_entry_is_refused():
    data = bytearray(archive_bytes([("lines/line.py", b"secret")]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert problem(bytes(data)) == "lines/line.py is encrypted"


def test_a_bomb_that_tells_its_size_is_refused():
    data = archive_bytes([("lines/line.py", bytes(MAX_FILE_BYTES + 1))], zipfile.ZIP_DEFLATED)
    assert "larger than 2048 KiB once unpacked" in problem(data)


def lying_bomb(size, declared):
    """Return an archive whose entry unpacks to `size` bytes but declares another size, with the checksum of that."""
    data = bytearray(archive_bytes([("lines/line.py", bytes(size))], zipfile.ZIP_DEFLATED))
    directory = data.index(b"PK\x01\x02")
    checksum = zlib.crc32(bytes(declared))
    for offset in (14, directory + 16):
        struct.pack_into("<L", data, offset, checksum)
    for offset in (22, directory + 24):
        struct.pack_into("<L", data, offset, declared)
    return bytes(data)


def test_a_bomb_that_lies_about_its_size_costs_no_memory():
    data = lying_bomb(size=64 * 1024**2, declared=1000)
    tracemalloc.start()
    try:
        files = taken(data)
    except RejectedError:
        files = None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert files is None or len(files["lines/line.py"]) <= 1000
    assert peak < 8 * 1024**2


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_whose_memory_cannot_be_bounded_are_refused(method):
    assert "unusual method" in problem(archive_bytes([("lines/line.py", b"x")], method))


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", bytes(1000), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused(data):
    assert "not a zip archive" in problem(data)


def test_an_empty_archive_holds_nothing():
    assert open_archive(archive_bytes([])) == {}


def test_a_changed_byte_of_the_content_is_found():
    data = archive_bytes([("lines/line.py", b"x = 1234567890")]).replace(b"1234567890", b"1234567891")
    assert "lines/line.py is broken" in problem(data)


def test_control_characters_in_names_and_messages_are_escaped():
    assert "\x1b" not in problem(archive_bytes([("../\x1b[2J", b"")]))


GOOD = archive_bytes([("lines/line.py", b"x = 1\n" * 30), ("lines/other.txt", b"abc")], zipfile.ZIP_DEFLATED)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_refused_or_harmless(changes):
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    try:
        files = taken(bytes(data))
    except RejectedError:
        return
    assert files.get("lines/line.py", b"x = 1\n" * 30) == b"x = 1\n" * 30


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_any_bytes_are_refused_or_harmless(junk, place):
    try:
        taken(GOOD[:place] + junk + GOOD[place:])
    except RejectedError:
        return


@pytest.mark.parametrize(
    ("magic", "kind"), [(b"Rar!\x1a\x07", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"%PDF-1.7", "PDF")]
)
def test_what_only_has_the_name_of_a_zip_is_called_by_its_own(magic, kind):
    assert problem(magic + bytes(100)) == f"not a zip archive, but {kind}"
