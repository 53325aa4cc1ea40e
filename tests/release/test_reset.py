"""`grade reset` gives one task back, keeps everything else, and loses nothing of what stood there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CourseError, NotFoundError
from grader.release.reset import pristine_text, reset_task
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
    assert (result.path, result.whole_file, result.reason) == (stub, False, "")
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
    write(stub, '"""Counting."""\n\n\n@final\nclass Counter:\n    pass\n')
    assert not reset_task(course, "Counter").whole_file
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
    result = reset_task(course, "slope")
    assert not result.whole_file
    assert stub.read_text() == pristine


def test_a_syntax_error_elsewhere_restores_the_whole_file_and_says_so(course, stub):
    pristine = stub.read_text()
    text = worked(stub, 'raise NotImplementedError("lines.residuals")', "return ((1")
    result = reset_task(course, "slope")
    assert result.whole_file
    assert "syntax errors outside of this task" in result.reason
    assert result.backup.read_text() == text
    assert stub.read_text() == pristine


def test_a_task_that_was_removed_is_put_at_the_end(course, stub):
    write(stub, '"""Mine."""\n\n\ndef residuals(x, y):\n    return y\n')
    result = reset_task(course, "slope")
    assert (result.whole_file, result.reason) == (False, "slope was missing: it stands at the end now")
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
    assert result.reason == "slope was defined 2 times: one is left"
    assert stub.read_text().rstrip("\n") == pristine.rstrip("\n")


def test_a_missing_file_is_restored(course, stub):
    pristine = stub.read_text()
    stub.unlink()
    result = reset_task(course, "slope")
    assert (result.backup, result.whole_file, result.reason) == (None, True, "the file was missing")
    assert stub.read_text() == pristine


@pytest.mark.parametrize("data", [b"\xff\xfex\x00", b"def slope(): return '\xe9'\n", b"x = 1\0\n"])
def test_a_file_that_is_no_text_is_restored_whole(course, stub, data):
    pristine = stub.read_text()
    stub.write_bytes(data)
    result = reset_task(course, "slope")
    assert result.whole_file
    assert result.reason
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
    assert "is a link" in reset_task(course, "slope").reason
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
