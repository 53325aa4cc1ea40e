"""`grade update`: a newer bundle is taken over, work is kept, and a broken-off update is finished by the next one."""

import shutil
import zipfile

import pytest

from grader.errors import DeepgradeError

STUB = '    raise NotImplementedError("lines.slope")\n'


@pytest.fixture
def newer(bundle):
    """Return a newer bundle: another test, a mended handout, mended stubs of both units, another engine."""
    folder = bundle.with_name("newer")
    shutil.copytree(bundle, folder)
    (folder / "exercises/lines/test_line.py").write_text("# better\n", encoding="utf-8")
    (folder / "exercises/lines/README.md").write_text("# Mended\n", encoding="utf-8")
    (folder / "deepgrade-2-py3-none-any.whl").write_bytes(b"engine")
    (bundle / "deepgrade-1-py3-none-any.whl").write_bytes(b"old")
    for unit, stem in (("lines", "line"), ("counting", "count")):
        for path in (folder / "exercises" / unit / f"{stem}.py", folder / ".stubs" / unit / f"{stem}.py"):
            path.write_text(f"{path.read_text(encoding='utf-8')}# mended\n", encoding="utf-8")
    return folder


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_tests_handouts_and_untouched_stubs_are_taken_over(run_in, bundle, newer, solve):
    solve(bundle)
    mine = (bundle / "exercises/lines/line.py").read_bytes()
    run_in(bundle, "hint", "slope")
    hints = (bundle / ".deepgrade/hints.json").read_bytes()
    result = run_in(bundle, "update", str(newer))
    assert result.exit_code == 0, result.stderr
    assert (bundle / "exercises/lines/line.py").read_bytes() == mine
    assert (bundle / ".deepgrade/hints.json").read_bytes() == hints
    for name in ("exercises/counting/count.py", "exercises/lines/test_line.py", ".stubs/lines/line.py", "release.json"):
        assert (bundle / name).read_bytes() == (newer / name).read_bytes()
    assert not (bundle / "deepgrade-1-py3-none-any.whl").exists()
    output = " ".join(result.output.split())
    assert "exercises/lines/line.py is yours and stays as it is; the stub has changed:" in output
    assert "+# mended" in output
    assert "python -m pip install -r requirements.txt" in output
    assert run_in(bundle, "update", str(newer)).output == "nothing to update\n"


def test_what_was_replaced_is_kept(run_in, bundle, newer):
    (bundle / "exercises/lines/test_line.py").write_text("# with my own print\n", encoding="utf-8")
    run_in(bundle, "update", str(newer))
    (kept,) = (bundle / ".deepgrade/replaced").iterdir()
    assert (kept / "exercises/lines/test_line.py").read_text(encoding="utf-8") == "# with my own print\n"


def test_a_dry_run_changes_nothing(run_in, bundle, newer, solve):
    solve(bundle)
    before = texts(bundle)
    result = run_in(bundle, "update", str(newer), "--dry-run")
    assert result.exit_code == 0
    assert "would be taken over" in result.output
    assert "+# mended" in result.output
    assert texts(bundle) == before


@pytest.mark.parametrize("top", ["", "course/"])
def test_a_zip_will_do_with_or_without_a_folder_in_it(run_in, bundle, newer, tmp_path, top):
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for name, data in texts(newer).items():
            archive.writestr(f"{top}{name}", data)
    assert run_in(bundle, "update", str(tmp_path / "new.zip")).exit_code == 0
    assert (bundle / "exercises/lines/README.md").read_text(encoding="utf-8") == "# Mended\n"


@pytest.mark.parametrize("count", range(1, 7))
def test_broken_off_anywhere_it_is_finished_by_the_next_one(run_in, bundle, newer, solve, monkeypatch, count):
    solve(bundle)
    mine = (bundle / "exercises/lines/line.py").read_bytes()
    written = []

    def break_off(path, *arguments):
        if ".deepgrade" not in path.parts:
            written.append(path)
        if len(written) == count:
            raise DeepgradeError("broken off")
        return write(path, *arguments)

    from grader.release import update

    write = update.write_atomically
    with monkeypatch.context() as patched:
        patched.setattr(update, "write_atomically", break_off)
        assert run_in(bundle, "update", str(newer)).exit_code == 2
    assert run_in(bundle, "update", str(newer)).exit_code == 0
    assert (bundle / "exercises/lines/line.py").read_bytes() == mine
    expected = {name: data for name, data in texts(newer).items() if name != "exercises/lines/line.py"}
    assert {name: data for name, data in texts(bundle).items() if name in expected} == expected


def test_a_unit_that_is_new_comes_with_all_its_files(run_in, bundle, newer):
    shutil.rmtree(bundle / "exercises/counting")
    shutil.rmtree(bundle / ".stubs/counting")
    path = bundle / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('["lines", "counting"]', '["lines"]'), encoding="utf-8")
    assert run_in(bundle, "update", str(newer)).exit_code == 0
    assert "counting" in run_in(bundle, "list").output


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "C:\\outside.py", "exercises/../../outside.py"])
def test_a_zip_that_writes_elsewhere_is_refused(run_in, bundle, newer, tmp_path, name):
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as archive:
        for known, data in texts(newer).items():
            archive.writestr(known, data)
        archive.writestr(name, "x")
    before = texts(bundle)
    result = run_in(bundle, "update", str(tmp_path / "new.zip"))
    assert result.exit_code == 2
    assert "outside of the folder" in " ".join(result.stderr.split())
    assert texts(bundle) == before


def broken(newer, name, data):
    (newer / name).write_bytes(data)
    return newer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda bundle, newer: bundle / "missing.zip", "there is no"),
        (lambda bundle, newer: bundle, "this is the bundle itself"),
        (lambda bundle, newer: newer / "exercises", "is no bundle: it has no release.json"),
        (lambda bundle, newer: newer / "exercises/lines/README.md", "cannot be read as a zip"),
        (lambda bundle, newer: broken(newer, "release.json", b"{"), "release.json is broken"),
        (
            lambda bundle, newer: broken(newer, "course.toml", b'[course]\nname = "x"\ntitle = "X"\n'),
            'of the course "x"',
        ),
        (lambda bundle, newer: (newer / ".stubs/lines/line.py").unlink() or newer, "lacks .stubs/lines/line.py"),
    ],
)
def test_what_is_no_newer_bundle_is_refused_and_nothing_changes(run_in, bundle, newer, make, message):
    source, before = make(bundle, newer), texts(bundle)
    result = run_in(bundle, "update", str(source))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "try: " in result.stderr
    assert texts(bundle) == before


def test_an_author_has_nothing_to_update(run_in, root, newer):
    result = run_in(root, "update", str(newer))
    assert result.exit_code == 2
    assert "author's checkout" in " ".join(result.stderr.split())
