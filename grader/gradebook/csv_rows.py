"""Reader of the tables that people write: CSV files of any spreadsheet, with the line of each row."""

import csv
import io
from pathlib import Path

from grader.errors import DeepgradeError


def read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a table that are not empty, with their lines.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8, with or without a byte order mark, separated by commas, semicolons or tabs.

    Returns
    -------
    list of (int, list of str)
        The line on which each row begins, from 1, and its cells.

    Raises
    ------
    DeepgradeError
        If the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DeepgradeError(f"{path} cannot be read: {error.strerror}", "name a CSV file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DeepgradeError(
            f"{path.name}, line {line}: this is not UTF-8", 'save it as "CSV UTF-8" in your spreadsheet'
        ) from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines, before = [], 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            lines.append((before + 1, cells))
        before = reader.line_num
    return lines
