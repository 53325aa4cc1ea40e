"""`grade reset` gives one task back, keeps everything else, and loses nothing of what stood there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CourseError, DeepgradeError, NotFoundError
from grader.release.backups import backups_of
from grader.release.reset import WholeFileNeeded, differing_tasks, pristine_text, reset_task, restore_task
from grader.submissions.source_spans import spans
from tests.tiny_course import write

RAISES = '    raise NotImplementedError("lines.slope")\n'


@pytest.fixture
def stub(root):
    return root / "exercises/lines/line.py"


def worked(stub, old='raise NotImplementedError("lines.slope")', new="return 1"):
    """Change the stub as a student would."""
    text = stub.read_text()
    assert old in text
    write(stub, text.replace(old, new))
    return stub.read_text()


def test_the_task_comes_back_and_the_rest_stays(course, stub):
    pristine = stub.read_text()
    worked(stub, 'raise NotImplementedError("lines.residuals")', "return y - x")
    text = worked(stub)
    result = reset_task(course, "slope")
    assert (result.path, result.changed, result.note) == (stub, True, "")
    assert result.backup.read_text() == text
    assert "    return y - x\n" in stub.read_text()
    assert RAISES in stub.read_text()
    reset_task(course, "lines.residuals")
    assert stub.read_text() == pristine


def test_a_backup_is_kept_of_every_reset(course, root, stub):
    for _ in range(3):
        worked(stub)
        reset_task(course, "slope")
    backups = list((root / ".deepgrade/backups/lines").iterdir())
    assert len(backups) == 3
    assert all(path.name.startswith("line.") and path.suffix == ".py" for path in backups)


def test_a_class_comes_back_with_all_its_methods(course, root):
    stub = root / "exercises/counting/count.py"
    pristine = stub.read_text()
    write(stub, pristine[: pristine.index("class Counter")] + "@final\nclass Counter:\n    pass\n")
    reset_task(course, "Counter")
    assert stub.read_text() == pristine


def test_text_between_and_helpers_stay(course, stub):
    write(stub, "import math\n\n# mine\n\n\ndef helper(): ...\n\n\n" + stub.read_text() + "\n\nx = 1\n")
    worked(stub)
    reset_task(course, "slope")
    text = stub.read_text()
    assert text.startswith("import math\n\n# mine\n\n\ndef helper(): ...\n")
    assert text.endswith("\n\nx = 1\n")
    assert RAISES in text


def test_a_syntax_error_in_the_task_itself_costs_only_the_task(course, stub):
    pristine = stub.read_text()
    worked(stub, new="return ((1")
    reset_task(course, "slope")
    assert stub.read_text() == pristine


def test_a_syntax_error_elsewhere_needs_the_whole_file_and_changes_nothing_before(course, root, stub):
    pristine = stub.read_text()
    text = worked(stub, 'raise NotImplementedError("lines.residuals")', "return ((1")
    with pytest.raises(WholeFileNeeded, match=r"slope alone cannot be put back: line\.py has a syntax error outside"):
        reset_task(course, "slope")
    assert stub.read_text() == text
    assert not (root / ".deepgrade").exists()
    result = reset_task(course, "slope", whole_file=True)
    assert result.backup.read_text() == text
    assert stub.read_text() == pristine


def test_a_task_that_was_removed_is_put_at_the_end(course, stub):
    write(stub, '"""Mine."""\n\n\ndef residuals(x, y):\n    return y\n')
    result = reset_task(course, "slope")
    assert result.note == "slope was missing: it stands at the end now"
    assert stub.read_text().startswith('"""Mine."""\n\n\ndef residuals(x, y):\n    return y\n\n\ndef slope(')
    assert stub.read_text().endswith(RAISES)


def test_an_empty_file_gets_the_task(course, stub):
    write(stub, "")
    reset_task(course, "slope")
    assert stub.read_text().startswith("def slope(")


def test_a_task_that_was_defined_twice_is_left_once(course, stub):
    pristine = stub.read_text()
    write(stub, pristine + "\n\ndef slope(x, y):\n    return 2\n")
    result = reset_task(course, "slope")
    assert result.note == "slope was defined 2 times: one is left"
    assert stub.read_text().rstrip("\n") == pristine.rstrip("\n")


def test_a_missing_file_is_restored(course, stub):
    pristine = stub.read_text()
    stub.unlink()
    result = reset_task(course, "slope")
    assert (result.backup, result.note) == (None, "the file was missing")
    assert stub.read_text() == pristine


NO_TEXT = [
    b"\xff\xfex\x00",
    b"def slope(): return '\xe9'\n",
    b"x = 1\0\n",
    b"#" * (2 * 1024**2 + 1),
    b"# -*- coding: latin-1 -*-\ndef slope(): return '\xe9'\n",
]


@pytest.mark.parametrize("data", NO_TEXT, ids=["utf-16", "no utf-8", "null", "huge", "latin-1"])
def test_a_file_that_cannot_be_changed_in_part_is_replaced_only_as_a_whole(course, stub, data):
    pristine = stub.read_text()
    stub.write_bytes(data)
    with pytest.raises(WholeFileNeeded, match="slope alone cannot be put back"):
        reset_task(course, "slope")
    assert stub.read_bytes() == data
    result = reset_task(course, "slope", whole_file=True)
    assert result.backup.read_bytes() == data
    assert stub.read_text() == pristine


def test_windows_line_ends_do_no_harm(course, stub):
    pristine = stub.read_text()
    worked(stub)
    stub.write_bytes(stub.read_bytes().replace(b"\n", b"\r\n"))
    reset_task(course, "slope")
    assert stub.read_text() == pristine


def test_a_linked_file_becomes_a_file_and_its_target_stays(course, stub, tmp_path):
    target = write(tmp_path / "elsewhere.py", "def slope(): return 1\n")
    stub.unlink()
    stub.symlink_to(target)
    with pytest.raises(WholeFileNeeded, match="is a link"):
        reset_task(course, "slope")
    assert stub.is_symlink()
    reset_task(course, "slope", whole_file=True)
    assert not stub.is_symlink()
    assert target.read_text() == "def slope(): return 1\n"


def test_in_a_bundle_the_kept_stub_is_used(course, root, stub):
    pristine = stub.read_text()
    write(root / ".stubs/lines/line.py", pristine)
    write(root / "release.json", "{}")
    (root / "solutions/lines/line.py").unlink()
    worked(stub)
    reset_task(course, "slope")
    assert stub.read_text() == pristine


def test_a_bundle_without_its_kept_stubs_says_so(course, root):
    write(root / "release.json", "{}")
    with pytest.raises(CourseError, match=r"\.stubs/lines/line\.py is missing"):
        pristine_text(course, "lines", "line")


def test_a_stub_without_the_task_is_the_courses_fault(course, root, stub):
    write(root / "solutions/lines/line.py", "x = 1\n")
    text = worked(stub)
    with pytest.raises(CourseError, match="no function or class slope"):
        reset_task(course, "slope")
    assert stub.read_text() == text


def test_an_unknown_task_is_told(course):
    with pytest.raises(NotFoundError, match='did you mean "slope"'):
        reset_task(course, "slop")


def test_a_task_that_is_as_at_the_beginning_needs_no_backup(course, root, stub):
    assert not reset_task(course, "slope").changed
    assert not (root / ".deepgrade").exists()


def test_what_was_reset_comes_back_and_back_again(course, stub):
    mine = worked(stub)
    reset_task(course, "slope")
    pristine = stub.read_text()
    _, result = restore_task(course, "slope")
    assert stub.read_text() == mine
    assert result.backup.read_text() == pristine
    newer = worked(stub, "return 1", "return 2")
    restore_task(course, "slope")
    assert "return 2" not in stub.read_text()
    restore_task(course, "slope")
    assert stub.read_text() == newer


def test_a_numbered_backup_is_counted_from_the_newest(course, stub):
    texts = []
    for value in (1, 2, 3):
        texts.append(worked(stub, new=f"return {value}"))
        reset_task(course, "slope")
    backup, _ = restore_task(course, "slope", 2)
    assert backup.path.read_text() == texts[1]
    assert stub.read_text() == texts[1]


def test_only_the_task_comes_back_unless_the_whole_file_is_wanted(course, stub):
    mine = worked(stub)
    reset_task(course, "slope")
    worked(stub, 'raise NotImplementedError("lines.residuals")', "return y")
    restore_task(course, "slope")
    assert "return 1" in stub.read_text()
    assert "return y" in stub.read_text()
    restore_task(course, "slope", 2, whole_file=True)
    assert stub.read_text() == mine


def test_the_list_names_what_is_other_than_now_and_skips_what_is_no_backup(course, root, stub):
    worked(stub)
    reset_task(course, "slope")
    folder = root / ".deepgrade/backups/lines"
    for name in ("line.py", "line.99999999-000000-000000.py", "other.20260101-000000-000000.py", "notes.txt"):
        write(folder / name, "x")
    (backup,) = backups_of(course, course.unit("lines"))
    assert differing_tasks(course, course.unit("lines"), backup) == ["slope"]
    restore_task(course, "slope")
    backups = backups_of(course, course.unit("lines"))
    assert [differing_tasks(course, course.unit("lines"), backup) for backup in backups] == [["slope"], []]


@pytest.mark.parametrize(("number", "message"), [(0, "there is no backup of line.py"), (3, "there is no backup")])
def test_without_backups_there_is_nothing_to_restore(course, number, message):
    with pytest.raises(NotFoundError, match=message):
        restore_task(course, "slope", number)


def test_a_backup_that_does_not_help_is_told(course, stub):
    worked(stub)
    reset_task(course, "slope")
    with pytest.raises(NotFoundError, match=r"line\.py has 1 backups, no number 2"):
        restore_task(course, "slope", 2)
    with pytest.raises(NotFoundError, match="no backup has another residuals"):
        restore_task(course, "residuals")


def test_nothing_is_replaced_when_the_backup_cannot_be_written(course, root, stub):
    text = worked(stub)
    write(root / ".deepgrade", "a file where the folder should be")
    with pytest.raises(DeepgradeError, match="cannot be written") as caught:
        reset_task(course, "slope")
    assert "writable" in caught.value.hint
    assert stub.read_text() == text


SOURCE = """\
import a

@wraps
def f(x):
    return x

# between

class A:
    def g(self):

        return 1
y = 2
"""


@pytest.mark.parametrize("broken", ["", "\nz = ((\n"])
def test_a_function_is_found_also_in_a_broken_file(broken):
    assert spans(SOURCE + broken, "f") == [(2, 5)]
    assert spans(SOURCE + broken, "A") == [(8, 12)]
    assert spans(SOURCE + broken, "y") == []


def test_a_signature_over_several_lines_belongs_to_its_function():
    source = "def f(\n    x,\n) -> int:\n    return ((\n\n\ndef g(): ...\n"
    assert spans(source, "f") == [(0, 4)]
    assert spans(source, "g") == [(6, 7)]


@pytest.mark.filterwarnings("error")
def test_odd_escapes_in_student_code_warn_nobody():
    assert spans("def f():\n    return '\\d'\n", "f") == [(0, 2)]


@given(st.text(alphabet="def class@f():\n \t#'\"x=1\\", max_size=80))
def test_any_text_has_an_answer(source):
    assert all(0 <= begin < end for begin, end in spans(source, "f"))
