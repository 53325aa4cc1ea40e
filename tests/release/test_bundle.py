"""The student bundle holds what students need, works as a course of its own, and gives nothing away."""

import configparser
import lzma
import zipfile

import msgspec
import pytest

from grader.course.cut import build_exercises
from grader.course.lint import lint
from grader.course.registry import load_course
from grader.errors import CourseError, NotFoundError, UnavailableError
from grader.release import bundle as bundle_module
from grader.release.bundle import build_wheel, release, verify_bundle
from grader.release.leaks import find_leaks, leaks_of_exercises
from tests.tiny_course import SECRET, write

POINTS = {"lines.slope": 3.5, "counting.Counter": 2}


def paper_wheel(members=()):
    """Return a builder that packs the engine's one file, and what else is given, without building anything."""

    def make(root, folder):
        path = folder / "deepgrade-0.2.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in {"grader/__init__.py": "ENGINE = 1\n", **dict(members)}.items():
                archive.writestr(name, text)
        return path

    return make


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def released(course, out, **options):
    return release(course, out, POINTS, **{"make_wheel": paper_wheel(), **options})


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def leaks_of(bundle, root):
    return [(leak.where, leak.what) for leak in verify_bundle(bundle, root)]


def test_the_bundle_holds_exactly_what_students_need(course, out):
    written = released(course, out)
    assert {path.relative_to(out).as_posix() for path in written} == names(out)
    assert names(out) == {
        ".editorconfig",
        ".github/workflows/grade.yml",
        ".gitignore",
        ".stubs/counting/count.py",
        ".stubs/lines/line.py",
        ".vscode/extensions.json",
        ".vscode/launch.json",
        ".vscode/settings.json",
        ".vscode/tasks.json",
        "AGENTS.md",
        "README.md",
        "constraints.txt",
        "course.toml",
        "datasets/points.py",
        "deepgrade-0.2.0-py3-none-any.whl",
        "exercises/counting/README.md",
        "exercises/counting/count.py",
        "exercises/counting/milestone.py",
        "exercises/counting/picture.svg",
        "exercises/counting/test_count.py",
        "exercises/counting/unit.toml",
        "exercises/lines/README.md",
        "exercises/lines/curve.png",
        "exercises/lines/line.py",
        "exercises/lines/milestone.py",
        "exercises/lines/picture.svg",
        "exercises/lines/test_line.py",
        "exercises/lines/unit.toml",
        "pyrightconfig.json",
        "pytest.ini",
        "release.json",
        "requirements.txt",
        "ruff.toml",
    }


def test_pages_of_the_handouts_come_and_go_with_a_release(course, out):
    released(course, out, handouts={"lines": "<p>lines", "counting": "<p>counting"})
    assert (out / "handouts" / "lines.html").read_text() == "<p>lines"
    released(course, out, handouts={"lines": "<p>lines"})
    assert [path.name for path in (out / "handouts").iterdir()] == ["lines.html"]


def test_the_bundle_is_a_course_that_knows_its_hidden_points(course, out):
    released(course, out)
    bundle = load_course(out)
    assert bundle.is_bundle
    assert bundle.hidden_points == POINTS
    tasks = "lines.slope", "lines.residuals", "counting.Counter"
    assert bundle.hidden_properties == dict.fromkeys(tasks, ("random numbers",))
    assert bundle.units == course.units
    with pytest.raises(CourseError, match="student bundle"):
        lint(bundle)
    with pytest.raises(CourseError, match="released already"):
        released(bundle, out / "again")


def test_the_bundle_installs_the_engine_with_the_proven_versions_without_the_authors_tools(course, out):
    released(course, out)
    assert (out / "requirements.txt").read_text() == "-c constraints.txt\n./deepgrade-0.2.0-py3-none-any.whl\n"
    constraints = (out / "constraints.txt").read_text()
    assert constraints == "# Versions that work.\nnumpy==2.4.6\npytest==9.2.0\n"
    readme = (out / "README.md").read_text()
    assert readme.startswith("# A tiny course\n")
    assert "python -m pip install -r requirements.txt" in readme
    assert "- [Straight lines](exercises/lines/README.md)" in readme
    assert "{{" not in readme


def test_plain_pytest_finds_its_settings_in_the_bundle(course, out):
    released(course, out)
    settings = configparser.ConfigParser()
    settings.read(out / "pytest.ini")
    assert dict(settings["pytest"]) == {
        "addopts": "--import-mode=importlib",
        "pythonpath": ".",
        "testpaths": "exercises",
    }


def test_an_earlier_release_is_brought_up_to_date(course, root, out):
    released(course, out)
    write(out / ".git/config", "kept")
    write(out / "notes.txt", "kept")
    (root / "exercises/lines/curve.png").unlink()
    (out / "deepgrade-0.2.0-py3-none-any.whl").rename(out / "deepgrade-0.0.9-py3-none-any.whl")
    released(course, out)
    assert not (out / "exercises/lines/curve.png").exists()
    assert not (out / "deepgrade-0.0.9-py3-none-any.whl").exists()
    assert (out / ".git/config").exists()
    assert (out / "notes.txt").exists()


def test_somebodys_work_is_not_overwritten(course, out):
    released(course, out)
    write(out / "exercises/lines/line.py", "my work")
    with pytest.raises(CourseError, match=r"somebody has worked in .*exercises/lines/line\.py"):
        released(course, out)
    assert (out / "exercises/lines/line.py").read_text() == "my work"


@pytest.mark.parametrize(
    "place", ["", "exercises", "exercises/lines/new", "solutions/x", "tests", "grader/out", ".git/x"]
)
def test_the_courses_own_folders_are_no_destination(course, root, place):
    before = names(root)
    with pytest.raises(CourseError, match="own source"):
        released(course, root / place)
    assert names(root) == before


def test_a_folder_of_its_own_inside_the_checkout_will_do(course, root):
    released(course, root / "build" / "students")
    assert leaks_of(root / "build" / "students", root) == []


def test_a_folder_with_something_else_in_it_is_refused(course, out):
    write(out / "thesis.txt", "")
    with pytest.raises(CourseError, match="not empty"):
        released(course, out)
    with pytest.raises(CourseError, match="is a file"):
        released(course, out / "thesis.txt")


def test_stale_exercises_are_not_released(course, root, out):
    write(root / "exercises/lines/line.py", "old")
    with pytest.raises(CourseError, match=r"not up to date: exercises/lines/line\.py") as caught:
        released(course, out)
    assert caught.value.hint == "grade build"


def test_points_of_an_unknown_task_are_refused(course, out):
    with pytest.raises(NotFoundError, match=r'"lines\.slop"'):
        release(course, out, {"lines.slop": 1.0}, make_wheel=paper_wheel())


@pytest.mark.parametrize("missing", ["constraints.txt", "pyproject.toml"])
def test_a_missing_project_file_is_told(course, root, out, missing):
    (root / missing).unlink()
    with pytest.raises(CourseError, match=missing):
        released(course, out)


def test_a_clean_bundle_has_no_leaks(course, root, out):
    released(course, out)
    assert leaks_of(out, root) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "products_with_the_inputs = float(np.dot(x, y))\nreturn products_with_the_inputs / float(np.dot(x, x))",
            "solutions/lines/line.py, line 17",
        ),
        ("def f():  return   y - _predicted( x, slope(x,y) )", "the solution of solutions/lines/line.py"),
        ("    ### BEGIN SOLUTION\n", "marker"),
        ("see test_slope_agrees_with_the_reference", "the hidden test test_slope_agrees_with_the_reference"),
        ("slope_upside_down = 1", "the wrong answer slope_upside_down"),
        ("return sum(value * 2 for value in reversed(values))", "the wrong answer slope_upside_down of"),
        ("slope__by_half_lengths = 1", "the variant slope__by_half_lengths"),
        ("return sum(value / 2 for value in values)", "the variant slope__by_half_lengths of"),
        ("The slope is upside down.\nSwap what is divided by what.", "a misconception"),
        (f"key = '{SECRET}'", "the course secret"),
    ],
)
@pytest.mark.parametrize("place", ["exercises/lines/test_line.py", "datasets/extra.py", "README.md"])
def test_what_students_must_not_have_is_found_wherever_it_stands(course, root, out, text, what, place):
    released(course, out)
    path = out / place
    write(path, (path.read_text() if path.exists() else "") + "\n" + text + "\n")
    leaks = leaks_of(out, root)
    assert leaks
    assert {where for where, _ in leaks} == {place}
    assert any(what in leak for _, leak in leaks)


def test_a_handout_may_show_the_sentences_but_not_the_code(course, root, out):
    released(course, out)
    handout = out / "exercises/lines/README.md"
    assert "upside down" in handout.read_text()
    write(out / "handouts/lines.html", f"<p>{handout.read_text()}</p>")
    assert leaks_of(out, root) == []
    write(handout, handout.read_text() + "\n    return sum(value * 2 for value in reversed(values))\n")
    assert leaks_of(out, root)


@pytest.mark.parametrize("place", ["solutions/lines/line.py", "tests/hidden/lines/x.py", ".course-secret"])
def test_a_file_of_the_authors_side_is_a_leak_by_its_place(course, root, out, place):
    released(course, out)
    write(out / place, "")
    assert (place, "does not belong to the students' side") in leaks_of(out, root)


def test_a_leak_stops_the_release_before_anything_is_written(course, root, out):
    write(root / "datasets/help.py", "# def test_slope_agrees_with_the_reference\n")
    with pytest.raises(CourseError, match=r"datasets/help\.py: the name of the hidden test") as caught:
        released(course, out)
    assert not out.exists()
    assert caught.value.hint


def test_the_wheel_is_searched_too(course, out):
    wheel = paper_wheel(
        {"grader/answers.py": "y - _predicted(x, slope(x, y))\nreturn y - _predicted(x, slope(x, y))\n"}
    )
    with pytest.raises(CourseError, match=r"\.whl/grader/answers\.py: the solution of solutions/lines/line\.py"):
        released(course, out, make_wheel=wheel)


def test_the_secret_is_found_in_binary_data(root):
    leaks = find_leaks({"datasets/points.npz": b"\xff\x00" + SECRET.encode() + b"\xfe"}, root)
    assert [leak.what for leak in leaks] == ["the course secret"]


def test_a_course_without_secret_and_hidden_tests_can_be_searched(tmp_path):
    assert find_leaks({"a.txt": b"text"}, tmp_path) == []


def test_the_wheel_is_built_with_hatchling(course, root, out):
    release(course, out, POINTS)
    note = msgspec.json.decode((out / "release.json").read_bytes())
    wheel = (out / "requirements.txt").read_text().splitlines()[-1].removeprefix("./")
    with zipfile.ZipFile(out / wheel) as archive:
        assert "grader/__init__.py" in archive.namelist()
    assert note["hidden_points"] == POINTS
    assert leaks_of(out, root) == []


def test_a_build_that_fails_is_told_with_its_last_lines(root, tmp_path):
    write(root / "pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'nothing_here'\n")
    with pytest.raises(CourseError, match="nothing_here"):
        build_wheel(root, tmp_path)


def test_a_missing_tool_is_told_with_the_command_that_brings_it(root, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_module, "_NEEDED", ("hatchling", "no_such_tool"))
    with pytest.raises(UnavailableError, match="no_such_tool") as caught:
        build_wheel(root, tmp_path)
    assert caught.value.hint.endswith("-m pip install no_such_tool")


def test_students_get_the_registry_as_it_is_and_no_list_of_equivalent_mutants(root, out):
    write(
        root / "tests/hidden/lines/equivalents.toml",
        '[[equivalent]]\nmutant = "slope.sign.0a1b2c3d"\nreason = "A square [of x] has no sign."\n',
    )
    released(load_course(root), out)
    for name in ("course.toml", "exercises/lines/unit.toml", "exercises/counting/unit.toml"):
        assert (out / name).read_bytes() == (root / name).read_bytes()
    assert not any("equivalents" in name for name in names(out))
    assert load_course(out).units == load_course(root).units


def test_a_misconception_in_a_unit_s_file_stops_the_release(root, out):
    unit = root / "exercises/lines/unit.toml"
    write(unit, unit.read_text().replace("Mind the sign.", "The slope has the wrong sign altogether."))
    build_exercises(root, load_course(root))
    with pytest.raises(CourseError, match=r"exercises/lines/unit\.toml: a misconception"):
        released(load_course(root), out)
    assert not out.exists()


def test_a_leak_is_found_before_a_release(root):
    assert leaks_of_exercises(root, ["lines"]) == []
    path = root / "exercises/lines/test_line.py"
    write(path, path.read_text() + "\n# slope_upside_down\n")
    (leak,) = leaks_of_exercises(root, ["lines"])
    assert (leak.where, leak.what) == ("exercises/lines/test_line.py", "the name of the wrong answer slope_upside_down")


def test_what_misconceptions_answer_is_in_the_bundle_and_searched_too(course, out):
    data = lzma.compress(b"\x93 The slope has the wrong sign altogether. \xff")
    released(course, out, wrong_answers={"lines": data})
    assert (out / ".stubs/lines/wrong_answers.bin").read_bytes() == data
    with pytest.raises(
        CourseError, match=r"wrong_answers.bin/contents: the name of the wrong answer slope_upside_down"
    ):
        released(course, out, wrong_answers={"lines": lzma.compress(b"slope_upside_down")})
