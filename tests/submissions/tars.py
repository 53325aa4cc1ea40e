"""Tar archives for tests, written by the standard library."""

import io
import tarfile
from collections.abc import Mapping


def tar(files: Mapping[str, bytes], *, links: Mapping[str, str] = {}, compressed: bool = False) -> bytes:
    """Return a tar archive of some files and symbolic links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if compressed else "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()
