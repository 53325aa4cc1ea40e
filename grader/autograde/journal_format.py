"""Schema of the journal: its tables, and the views for queries with `sqlite3`."""

import sqlite3

APPLICATION = 0x64677264  # "dgrd", in the file's header
FORMAT = 2

_RESULT = "(student TEXT, unit TEXT, key TEXT, parts TEXT DEFAULT '{}', record TEXT, PRIMARY KEY (student, unit))"
_RACES = "CREATE TABLE IF NOT EXISTS race (code TEXT, test TEXT, speed TEXT, PRIMARY KEY (code, test))"
_UNITS = "CREATE TABLE IF NOT EXISTS unit (name TEXT PRIMARY KEY)"  # every unit of any run

_TABLES = (
    f"CREATE TABLE IF NOT EXISTS result {_RESULT}",
    f"CREATE TABLE IF NOT EXISTS broken {_RESULT}",  # gradings that ended with a grader error
    "CREATE TABLE IF NOT EXISTS earlier (at TEXT, student TEXT, unit TEXT, key TEXT, parts TEXT, record TEXT)",
    _UNITS,
    """CREATE TABLE IF NOT EXISTS change (
        number INTEGER PRIMARY KEY, at TEXT, student TEXT, unit TEXT, what TEXT, before TEXT, after TEXT, why TEXT
    )""",
)


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
    """Create the tables and views, or migrate those of an earlier format; no result is lost.

    Parameters
    ----------
    database : sqlite3.Connection
        Connection to an empty file or a journal.
    """
    run = database.execute
    run("PRAGMA journal_mode=WAL")  # readers see a consistent snapshot and block nobody
    run("PRAGMA synchronous=FULL")
    run("BEGIN IMMEDIATE")
    tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
    (form,) = run("PRAGMA user_version").fetchone()
    if "result" in tables and form < FORMAT:
        _from_the_first_form(database)
    for table in _TABLES:
        run(table)
    if form < FORMAT:
        _make(database)
    run(_RACES)
    run("COMMIT")


def _make(database: sqlite3.Connection) -> None:
    database.execute(f"PRAGMA application_id={APPLICATION}")
    database.execute(f"PRAGMA user_version={FORMAT}")
    for name, query in _VIEWS.items():
        database.execute(f"DROP VIEW IF EXISTS {name}")
        database.execute(f"CREATE VIEW {name} AS {query}")


def _from_the_first_form(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE result ADD COLUMN parts TEXT DEFAULT '{}'")
    database.execute(_UNITS)
    database.execute("INSERT INTO unit SELECT DISTINCT unit FROM result")
    database.execute("UPDATE result SET record = CAST(record AS TEXT)")  # earlier formats wrote bytes
