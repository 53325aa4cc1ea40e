"""Tables and views of a class's one database, and the way there from every earlier format.

Results are written by the journal of `grade autograde`, everything else by the gradebook. The format is SQLite's
`user_version`; a file is brought up to date in one transaction, so it is of one format or of the next.
"""

import sqlite3
from collections.abc import Callable, Mapping

from grader.printable import one_line

NAME = "journal.sqlite"
APPLICATION = 0x64677264  # "dgrd", in the file's header
FORMAT = 7

_RESULT = "(student TEXT, unit TEXT, key TEXT, parts TEXT DEFAULT '{}', record TEXT, PRIMARY KEY (student, unit))"
_UNITS = "CREATE TABLE IF NOT EXISTS unit (name TEXT PRIMARY KEY)"  # every unit of any run
_RACES = "CREATE TABLE IF NOT EXISTS race (code TEXT, test TEXT, speed TEXT, PRIMARY KEY (code, test))"
_EARLIER = "CREATE TABLE IF NOT EXISTS earlier (at TEXT, student TEXT, unit TEXT, key TEXT, parts TEXT, record TEXT)"

_OF_THE_JOURNAL = (
    f"CREATE TABLE IF NOT EXISTS result {_RESULT}",
    f"CREATE TABLE IF NOT EXISTS broken {_RESULT}",  # gradings that ended with a grader error
    _EARLIER,
    _UNITS,
    """CREATE TABLE IF NOT EXISTS change (
        number INTEGER PRIMARY KEY, at TEXT, student TEXT, unit TEXT, what TEXT, before TEXT, after TEXT, why TEXT
    )""",
    _RACES,
    "CREATE TABLE IF NOT EXISTS run (number INTEGER PRIMARY KEY, started TEXT, ended TEXT, record TEXT, problem TEXT)",
    # the work of the latest run: who is graded, in which order, and when it was done
    """CREATE TABLE IF NOT EXISTS work (
        place INTEGER PRIMARY KEY, student TEXT, unit TEXT, done TEXT, status TEXT, remark TEXT
    )""",
)
_OF_THE_GRADEBOOK = (
    """CREATE TABLE IF NOT EXISTS adjustment (
        number INTEGER PRIMARY KEY, student TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, value REAL NOT NULL,
        reason TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, undone_by TEXT NOT NULL DEFAULT '', undone_at TEXT,
        question TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE IF NOT EXISTS attempt (
        student TEXT, unit TEXT, number INTEGER, handed_in TEXT, source TEXT, path TEXT,
        members TEXT NOT NULL DEFAULT '[]', PRIMARY KEY (student, unit, number)
    )""",
    """CREATE TABLE IF NOT EXISTS attempt_result (
        student TEXT, unit TEXT, number INTEGER, parts TEXT, record TEXT, PRIMARY KEY (student, unit, number)
    )""",
    """CREATE TABLE IF NOT EXISTS request (
        number INTEGER PRIMARY KEY, student TEXT NOT NULL, unit TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT '', answered_by TEXT NOT NULL DEFAULT '', answered_at TEXT
    )""",
)

TABLES_WITH_PEOPLE = {
    "result": "results",
    "broken": "failed gradings",
    "earlier": "replaced results",
    "change": "changes of grades",
    "adjustment": "adjustments",
    "attempt": "hand-ins in the list of attempts",
    "attempt_result": "results of earlier attempts",
    "request": "requests",
    "work": "units that the latest run grades",
}
"""Tables with a column `student`, and words for the rows of each."""


def _columns(*paths: str) -> str:
    """Return columns of a test's record, each named after the end of its path; missing values are empty."""
    columns = [f"coalesce(json_extract(each.value, '$.{path}'), '') AS {path.rpartition('.')[2]}" for path in paths]
    return ", ".join(["result.student", "result.unit", *columns])


_EACH_TEST = "FROM result, json_each(result.record, '$.tests') AS each"
_OF_TESTS = _columns(
    "task", "test", "hidden", "points", "earned", "verdict", "feedback.likely", "feedback.message", "seconds"
)
_OF_SPEEDS = _columns(
    *("task", "test", "speed.device", "speed.ratio", "speed.low", "speed.high", "speed.tier"),
    *("speed.seconds", "speed.reference_seconds"),
)

_VIEWS = {
    "tests": f"SELECT {_OF_TESTS} {_EACH_TEST}",
    "speeds": f"SELECT {_OF_SPEEDS} {_EACH_TEST} WHERE json_type(each.value, '$.speed') = 'object'",
    "misconceptions": """
        SELECT student, unit, task, likely AS misconception, count(*) AS tests, sum(points - earned) AS lost
        FROM tests WHERE likely != '' GROUP BY student, unit, task, likely""",
}


def bring_up_to_date(database: sqlite3.Connection) -> None:
    """Create the tables and views, or migrate those of an earlier format; nothing is lost.

    Parameters
    ----------
    database : sqlite3.Connection
        Connection to an empty file or a class's database, without a transaction of its own.
    """
    run = database.execute
    run("PRAGMA journal_mode=WAL")  # readers see a consistent snapshot and block nobody
    run("PRAGMA synchronous=FULL")
    if _format(database) == FORMAT:
        return
    run("BEGIN IMMEDIATE")
    try:
        _migrate(database)
        run("COMMIT")
    except BaseException:
        if database.in_transaction:
            run("ROLLBACK")
        raise


def _format(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _migrate(database: sqlite3.Connection) -> None:
    """Bring the file to the present format; another process may have done it in the meantime."""
    run = database.execute
    tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "result" in tables:
        for form in range(_format(database), FORMAT):
            _MIGRATIONS.get(form, _nothing)(database)
    for table in (*_OF_THE_JOURNAL, *_OF_THE_GRADEBOOK):
        run(table)
    for name, query in _VIEWS.items():
        run(f"DROP VIEW IF EXISTS {name}")
        run(f"CREATE VIEW {name} AS {one_line(query)}")
    run(f"PRAGMA application_id={APPLICATION}")
    run(f"PRAGMA user_version={FORMAT}")


def _from_the_first_format(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE result ADD COLUMN parts TEXT DEFAULT '{}'")
    database.execute(_UNITS)
    database.execute("INSERT INTO unit SELECT DISTINCT unit FROM result")
    database.execute("UPDATE result SET record = CAST(record AS TEXT)")  # the first format wrote bytes


def _from_the_fourth_format(database: sqlite3.Connection) -> None:
    if _has_table(database, "adjustment"):
        database.execute("ALTER TABLE adjustment ADD COLUMN question TEXT NOT NULL DEFAULT ''")


def _from_the_fifth_format(database: sqlite3.Connection) -> None:
    if _has_table(database, "attempt"):
        database.execute("ALTER TABLE attempt ADD COLUMN members TEXT NOT NULL DEFAULT '[]'")


def _has_table(database: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def _nothing(database: sqlite3.Connection) -> None:
    """Leave the tables: the next format only has further ones."""


_MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_the_first_format,
    4: _from_the_fourth_format,
    5: _from_the_fifth_format,
}
"""By the format that is left behind: how its tables become those of the next one."""
