"""Results of an earlier run, from the files that it left."""

from pathlib import Path

import msgspec
from msgspec import Struct

from grader.autograde.journal import NAME, Journal
from grader.errors import DeepgradeError, NotFoundError
from grader.records import Result

RESULTS = "results.json"


class _File(Struct, frozen=True):
    """What of `results.json` is read."""

    results: tuple[Result, ...]


def past_results(place: Path) -> tuple[Result, ...]:
    """Return the results of an earlier run.

    Parameters
    ----------
    place : Path
        The folder that `grade autograde` wrote to, or its `results.json`. Where there is none since the run was
        interrupted, the journal is read.

    Raises
    ------
    NotFoundError
        There are no results.
    DeepgradeError
        The file is broken.
    """
    path = place / RESULTS if place.is_dir() else place
    if path.is_file():
        return _read(path)
    journal = place / NAME
    if not journal.is_file():
        raise NotFoundError(f"there are no results in {place}", "name the folder that grade autograde wrote to")
    with Journal(journal, read_only=True) as opened:
        return opened.results()


def _read(path: Path) -> tuple[Result, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).results
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DeepgradeError(
            f"{path} is not what grade autograde writes: {error}", "grade autograde SUBMISSIONS"
        ) from None
