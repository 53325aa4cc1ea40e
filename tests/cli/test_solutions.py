"""`grade unlock-file`, `unlock` and `solution`: a closed unit's solutions, and nobody's before."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from grader.gradebook.book import database_path
from grader.gradebook.store import Gradebook
from grader.records.grades import Adjustment, AdjustmentKind


def due(root, days):
    """Set the due date of a unit some days from now."""
    moment = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")
    path = root / "course.toml"
    tables = f"\n[grading]\nzone = 'UTC'\n\n[due]\nlines = {moment}\n"
    path.write_text(path.read_text(encoding="utf-8") + tables, encoding="utf-8")


@pytest.fixture
def file(run_in, root):
    """Return the file of a unit's solutions."""
    assert run_in(root, "unlock-file", "lines").exit_code == 0
    return root / "lines.unlock"


def test_before_the_file_there_is_nothing_to_see(run_in, bundle):
    result = run_in(bundle, "solution", "slope")
    assert result.exit_code == 2
    assert "the solutions of lines are not here" in " ".join(result.stderr.split())
    assert "try: grade unlock lines.unlock" in result.stderr


def test_the_reference_and_other_right_answers_stand_beside_mine(run_in, bundle, file, solve):
    solve(bundle)
    result = run_in(bundle, "unlock", str(file))
    assert result.output.splitlines() == ["unlocked: the solutions of lines", "", "next: grade solution slope"]
    output = run_in(bundle, "solution", "slope").output
    assert output.startswith("lines.slope\n")
    assert (
        output.index("\nyours\n") < output.index("\nthe reference\n") < output.index("\nanother right answer, 1 of 1\n")
    )
    assert output.count("return float(x @ y) / float(x @ x)") == 2
    assert "###" not in output
    assert "def slope__again(x, y): ..." in output


def test_on_a_wide_screen_two_columns_stand_beside_each_other(run_in, bundle, file, solve, monkeypatch):
    solve(bundle)
    run_in(bundle, "unlock", str(file))
    monkeypatch.setenv("COLUMNS", "170")
    lines = run_in(bundle, "solution", "residuals").output.splitlines()
    heading = next(line for line in lines if line.startswith("yours"))
    assert heading.endswith("the reference")


def test_an_author_needs_no_file(run_in, root):
    assert "the reference" in run_in(root, "solution", "slope").output
    result = run_in(root, "unlock", "lines.unlock")
    assert "author's checkout" in " ".join(result.stderr.split())


def altered(file, **fields):
    """Change a file's fields and leave its digest."""
    content = json.loads(file.read_text(encoding="utf-8")) | fields
    file.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"course": "other"}, 'is of the course "other", this one is "toy"'),
        ({"files": {"line": "x = 1"}}, "has been altered on its way"),
        ({"files": {"../../outside": "x = 1"}}, "has been altered on its way"),
        ({"unit": 3}, "is no file of solutions"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(run_in, bundle, file, fields, message):
    altered(file, **fields)
    result = run_in(bundle, "unlock", str(file))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert not (bundle / ".deepgrade").exists()


def test_a_sealed_file_with_strange_names_is_refused_too(run_in, bundle, file):
    import msgspec

    from grader.release.unlock import Solutions

    for unit, name in (("lines", "../../outside"), ("../../x", "line")):
        file.write_bytes(msgspec.json.encode(Solutions("toy", unit, {name: "x = 1"}).sealed()))
        assert run_in(bundle, "unlock", str(file)).exit_code == 2
    assert not (bundle / ".deepgrade").exists()


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"[]", b"#" * (9 * 1024**2)], ids=["empty", "binary", "list", "huge"]
)
def test_what_is_no_such_file_is_told(run_in, bundle, data):
    (bundle / "x.unlock").write_bytes(data)
    result = run_in(bundle, "unlock", "x.unlock")
    assert result.exit_code == 2
    assert "x.unlock is" in result.stderr
    assert "there is no file" in run_in(bundle, "unlock", "missing").stderr


def test_a_kept_file_that_breaks_later_is_told(run_in, bundle, file):
    run_in(bundle, "unlock", str(file))
    (bundle / ".deepgrade/unlocked/lines.unlock").write_text("{", encoding="utf-8")
    result = run_in(bundle, "solution", "slope")
    assert result.exit_code == 2
    assert "is no file of solutions" in result.stderr


def test_nobody_gets_the_file_before_the_due_date(run_in, root):
    due(root, days=2)
    result = run_in(root, "unlock-file", "lines")
    assert result.exit_code == 2
    assert "lines is not closed yet: the last due date is" in " ".join(result.stderr.split())
    assert not (root / "lines.unlock").exists()


def test_who_has_an_extension_is_named(run_in, root):
    due(root, days=-2)
    (root / "results").mkdir()
    extension = Adjustment("anna", "lines", AdjustmentKind.EXTEND, 9, reason="ill", by="ta", at=datetime.now(UTC))
    with Gradebook(database_path(root / "results")) as book:
        book.adjust([extension])
    result = run_in(root, "unlock-file", "lines")
    assert result.exit_code == 2
    assert "lines is not closed yet for anna: the last due date is" in " ".join(result.stderr.split())
    with Gradebook(database_path(root / "results")) as book:
        book.undo("anna", "lines", "ta", datetime.now(UTC))
    result = run_in(root, "unlock-file", "lines", "--to", "out/lines.unlock")
    assert (result.exit_code, (root / "out/lines.unlock").is_file()) == (0, True)
    assert "no due date" not in result.output


def test_without_a_due_date_it_says_that_it_looked_at_none(run_in, root):
    assert "lines has no due date in course.toml" in " ".join(run_in(root, "unlock-file", "lines").output.split())


def test_a_bundle_has_no_solutions_to_write(run_in, bundle):
    result = run_in(bundle, "unlock-file", "lines")
    assert result.exit_code == 2
    assert "student bundle" in result.stderr
