"""Zip archives of feedback files in the form in which Canvas and Moodle take them back.

Both match a file by the beginning of its name, which is that of the hand-in as it was downloaded. Sources: Canvas's
guide "How do I upload all student submissions", Moodle's documentation "Upload multiple feedback files in a zip".
"""

import io
import re
import zipfile
from collections.abc import Iterable

FILE = "feedback.html"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same bytes for the same pages
_CANVAS = re.compile(r"(?P<person>[^_]+_(?:LATE_)?\d+_\d+)_.+")
_MOODLE_FOLDER = re.compile(r".+_\d+_assignsubmission_file_")
_MOODLE_FILE = re.compile(r"(?P<person>.+_\d+_assignsubmission_file)_.+")


def name_on_canvas(path: str) -> str | None:
    """Return the name under which Canvas takes a file back.

    Parameters
    ----------
    path : str
        Name of the hand-in as downloaded.

    Returns
    -------
    str or None
        None if it is not from Canvas, or not from a file: Canvas matches the attachment's number.

    Examples
    --------
    >>> name_on_canvas("ngozi_LATE_1234_5678_unit-2.zip")
    'ngozi_LATE_1234_5678_feedback.html'
    """
    match = _CANVAS.fullmatch(path)
    return f"{match['person']}_{FILE}" if match else None


def name_on_moodle(path: str) -> str | None:
    """Return the name under which Moodle takes a file back; None if the hand-in is not from Moodle.

    Parameters
    ----------
    path : str
        Name of the hand-in as downloaded.

    Examples
    --------
    >>> name_on_moodle("Ngozi Okafor_1234_assignsubmission_file_")
    'Ngozi Okafor_1234_assignsubmission_file_/feedback.html'
    """
    if _MOODLE_FOLDER.fullmatch(path):
        return f"{path}/{FILE}"
    match = _MOODLE_FILE.fullmatch(path)
    return f"{match['person']}_{FILE}" if match else None


PLATFORMS = {"canvas": name_on_canvas, "moodle": name_on_moodle}


def feedback_zip(pages: Iterable[tuple[str, str]]) -> bytes:
    """Return an archive of pages.

    Parameters
    ----------
    pages : iterable of (str, str)
        Name in the archive, and text.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(pages):
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), text.encode(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
