"""Tar archives are read as `tar` writes them; whatever a header says, nothing waits, loops or allocates by it."""

import io
import tarfile
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import RejectedError
from grader.submissions.archives import open_archive
from grader.submissions.tarballs import members
from tests.submissions.tars import tar

FILES = {"lines/line.py": b"x = 1\n" * 200, "a/" * 60 + "deep.py": b"y", "b/größer.py": b"", "c.txt": b"z" * 512}


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_format_of_tar_is_read(form):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert {member.name: bytes(member.content) for member in members(buffer.getvalue())} == FILES


def test_a_compressed_one_is_opened_and_each_file_has_a_limit():
    files = open_archive(tar(FILES, compressed=True))
    assert {name: read(2000) for name, read in files.items()} == FILES
    with pytest.raises(RejectedError, match="larger than"):
        files["lines/line.py"](1199)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_special_files_are_refused_except_in_environments(kind):
    def archive(name):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as written:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            written.addfile(info)
        return buffer.getvalue()

    with pytest.raises(RejectedError, match=r"is a link|is not a regular file"):
        open_archive(archive("lines/line.py"))
    assert open_archive(archive("venv/bin/python")) == {}


@pytest.mark.parametrize("name", ["../line.py", "/etc/line.py", "a/../../line.py", "a\\line.py"])
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(RejectedError):
        open_archive(tar({name: b""}))


def test_a_size_that_is_not_there_costs_no_memory():
    data = bytearray(tar({"line.py": b"x"}))
    data[124:136] = b"77777777777\0"
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    tracemalloc.start()
    with pytest.raises(RejectedError, match="ends too early"):
        list(members(bytes(data)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024**2


GOOD = tar({"lines/line.py": b"x = 1\n" * 30, "a/" * 60 + "deep.py": b"y"})


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_is_refused_or_harmless(changes):
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    try:
        files = open_archive(bytes(data))
    except RejectedError:
        return
    assert all(not name.startswith("/") and ".." not in name.split("/") for name in files)


@given(st.binary(max_size=2000))
def test_any_bytes_end_in_a_refusal_or_in_members(data):
    try:
        assert all(len(member.content) <= len(data) for member in members(data))
    except RejectedError:
        return
