"""`grade hint`, `grade submit` and `grade show`."""

import json
import zipfile

import pytest

from grader.cli.screen import Screen
from grader.cli.student import section_about
from grader.cli.student_files import print_refused, refused_in
from grader.course.model import Task, Unit
from grader.judge.client import JudgeFailed
from grader.records import Slices, Verdict


def test_hints_come_one_at_a_time(run_in, bundle):
    outputs = [run_in(bundle, "hint", "slope").output for _ in range(4)]
    assert [text.splitlines()[0] for text in outputs[:3]] == [f"slope, hint {n} of 3" for n in (1, 2, 3)]
    assert outputs[1].splitlines()[1] == "  Compare the two changes."
    assert "Divide the second by the first." not in outputs[1]
    assert 'Read on in the section "Fitting: line.py" of exercises/lines/README.md' in " ".join(outputs[3].split())
    assert "common mistakes of slope" in " ".join(outputs[3].split())


def test_again_shows_what_was_seen_and_no_more(run_in, bundle):
    assert "no hint for slope seen yet" in run_in(bundle, "hint", "slope", "--again").output
    run_in(bundle, "hint", "lines.slope")
    for _ in range(2):
        again = run_in(bundle, "hint", "slope", "--again").output
        assert "hint 1 of 3" in again
        assert "hint 2 of 3" not in again
    assert json.loads((bundle / ".deepgrade" / "hints.json").read_text()) == {"lines.slope": 1}


def test_hints_of_tasks_are_counted_apart(run_in, bundle):
    run_in(bundle, "hint", "slope")
    assert "residuals, hint 1 of 3" in run_in(bundle, "hint", "residuals").output


@pytest.mark.parametrize(("file", "heading"), [("line", "Fitting: line.py"), ("other", "Talk"), ("none", "")])
def test_the_section_is_that_of_the_file_or_of_the_first_mention(course, file, heading):
    task = course.unit("lines").tasks[0]
    mention = "" if file == "none" else "Here is `slope`."
    text = f"# Unit\n\n## Fitting: `{'line' if file == 'line' else 'x'}.py`\n\n## Talk\n\n{mention}\n\n## End\n"
    assert section_about(text, task) == heading


def manifest_in(path):
    """Return the manifest of an archive."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))


def test_submit_packs_tests_and_says_what_it_found(run_in, bundle, judge, record):
    judge.records = [record(points=3), record("residuals", verdict=Verdict.NOT_ATTEMPTED, points=2)]
    result = run_in(bundle, "submit", "lines")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "packed lines.zip",
        "  inside: line.py",
        "  tested as it will be graded: 3 of 5 points, 4 more are graded after submission",
        "  not attempted: residuals",
        "  the archive can be handed in as it is; after another change: grade submit",
        "  lines",
    ]
    with zipfile.ZipFile(bundle / "lines.zip") as archive:
        assert sorted(archive.namelist()) == ["lines/line.py", "manifest.json"]
    findings = {"earned": 3.0, "points": 5.0, "failed": [], "not_attempted": ["residuals"]}
    assert manifest_in(bundle / "lines.zip")["tested"] == findings


def test_tests_that_fail_keep_nothing_from_being_packed(run_in, bundle, judge, record):
    judge.records = [record(verdict=Verdict.FAILED, points=3), record("residuals", points=2)]
    result = run_in(bundle, "submit", "lines")
    assert result.exit_code == 0
    assert "1 task fails: slope; why: grade run lines" in result.output
    assert manifest_in(bundle / "lines.zip")["tested"]["failed"] == ["slope"]


def test_a_judge_that_fails_costs_no_archive(run_in, bundle, monkeypatch):
    def fail(*arguments):
        raise JudgeFailed("the judge ended without an answer", "grade check")

    monkeypatch.setattr("grader.judge.client.grade_once", fail)
    result = run_in(bundle, "submit", "lines")
    assert result.exit_code == 0
    assert "not tested: the judge ended without an answer" in result.output
    assert manifest_in(bundle / "lines.zip")["tested"] is None


def test_submit_only_packs_when_it_is_asked_to(run_in, bundle, judge):
    assert run_in(bundle, "submit", "lines", "--untested").output.splitlines() == [
        "packed lines.zip",
        "  inside: line.py",
    ]
    assert not judge.jobs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = '\\d'\ndef slope(:\n", "line.py has a syntax error in line 2"),
        ("import numpy\nimport matplotlib.pyplot as plt\n", "line.py, line 2 imports matplotlib.pyplot: matplotlib is"),
        ("from .helpers import shuffle\n", "line.py, line 1 imports .helpers: helpers.py is no file of this unit"),
    ],
)
def test_submit_refuses_what_would_not_be_there_and_packs_it_anyway(
    run_in, bundle, judge, record, tmp_path, text, said
):
    judge.records = [record(points=3)]
    path = bundle / "exercises" / "lines" / "line.py"
    path.write_text(text, encoding="utf-8")
    out = tmp_path / "hand in"
    result = run_in(bundle, "submit", "lines", "--out", str(out))
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "lines is not packed" in result.stderr
    assert not out.exists()
    result = run_in(bundle, "submit", "lines", "--out", str(out), "--anyway")
    assert (result.exit_code, (out / "lines.zip").is_file()) == (0, True)


def test_run_says_what_is_not_there_when_it_is_graded(run_in, bundle, judge, record):
    judge.records = [record(points=3)]
    path = bundle / "exercises" / "lines" / "line.py"
    path.write_text("import pandas as pd\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    output = " ".join(run_in(bundle, "run", "lines").output.split())
    assert "line.py, line 1 imports pandas: pandas is not there when this is graded" in output
    assert (
        "line.py may import jaxtyping, numpy, the unit's other files, and of the standard library __future__," in output
    )
    assert "take this line out" in output


@pytest.mark.parametrize(
    ("library", "lists"), [("numpy", ["line.py, mean.py may import"]), ("torch", ["line.py may", "mean.py may"])]
)
def test_files_with_the_same_list_share_its_telling(capsys, library, lists):
    tasks = [
        Task(name, file, name, 1, 1, ("a", "b", "c"), library=of)
        for name, file, of in (("slope", "line", "numpy"), ("mean", "mean", library))
    ]
    unit = Unit("lines", "Lines", tasks=tuple(tasks))
    refused = refused_in(unit, {"line": "import pandas\nimport os", "mean": "import pandas"})
    print_refused(Screen(), unit, refused)
    output = " ".join(capsys.readouterr().out.split())
    assert [line in output for line in lists] == [True] * len(lists)
    assert output.count("may import") == len(lists)


def test_submit_says_which_file_is_gone(run_in, bundle):
    (bundle / "exercises" / "lines" / "line.py").unlink()
    result = run_in(bundle, "submit", "lines")
    assert result.exit_code == 2
    assert "exercises/lines/line.py is missing" in result.stderr


def test_show_draws_with_the_student_s_code_and_tells_the_story(run_in, bundle, solve):
    solve(bundle)
    result = run_in(bundle, "show", "lines")
    assert result.exit_code == 0, result.stderr
    assert result.output.splitlines() == [
        "1805: the line that errs least.",
        "",
        "Legendre publishes the method of least squares.",
        "",
        "written: lines.png",
        "written: lines.svg",
        "",
        "next: grade submit lines",
    ]
    assert (bundle / "lines.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (bundle / "lines.svg").read_text(encoding="utf-8")


def test_show_names_the_task_that_is_not_written(run_in, bundle):
    result = run_in(bundle, "show", "lines")
    text = " ".join(result.stderr.split())
    assert result.exit_code == 1
    assert "the picture needs slope in exercises/lines/line.py, which is not written yet (10 min)" in text
    assert "try: grade run slope" in text
    assert not (bundle / "lines.png").exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("    print('so far')\n    return float(x @ y) / zero\n", "NameError: name 'zero' is not defined"),
        ("    raise SystemExit(3)\n", "SystemExit: 3"),
        ("    import os\n    os._exit(1)\n", "ended without a picture"),
        ("    return (\n", "SyntaxError"),
    ],
)
def test_show_tells_what_the_student_s_code_did(run_in, bundle, body, message):
    path = bundle / "exercises" / "lines" / "line.py"
    text = path.read_text(encoding="utf-8").replace('    raise NotImplementedError("lines.slope")\n', body)
    path.write_text(text, encoding="utf-8")
    result = run_in(bundle, "show", "lines")
    assert result.exit_code == 1
    assert message in " ".join(result.stderr.split())
    assert ("so far" in result.stderr) == ("so far" in body)
    assert "Traceback" not in result.stderr


def test_show_ends_a_drawing_that_does_not(run_in, bundle, monkeypatch):
    monkeypatch.setattr("grader.cli.drawing.SECONDS", 0.2)
    result = run_in(bundle, "show", "lines")
    assert result.exit_code == 1
    assert "was stopped" in result.stderr


def test_show_draws_an_author_s_solutions(run_in, root):
    result = run_in(root / "exercises", "show", "lines", "--solutions", "--out", "../pictures")
    assert result.exit_code == 0, result.stderr
    assert (root / "pictures" / "lines.svg").is_file()


def test_a_unit_without_a_milestone_says_so(run_in, bundle):
    result = run_in(bundle, "show", "counting")
    assert result.exit_code == 2
    assert "there is no milestone" in result.stderr


SLICES = Slices("[0, :, :]", got=((0.0, 1.0), (2.0, None)), expected=((1.0, 0.0), (2.0, 3.0)))


def test_show_draws_what_is_wrong_beside_what_is_right(run_in, bundle, judge, record):
    text = (bundle / "exercises/lines/line.py").read_text(encoding="utf-8")
    (bundle / "exercises/lines/line.py").write_text(text.replace("raise NotImpl", "return 1  # "), encoding="utf-8")
    judge.records = [record(verdict=Verdict.FAILED, slices=SLICES)]
    assert "what differs, as a picture: grade show slope" in run_in(bundle, "run", "slope").output
    for arguments in ((), ("slope",)):
        result = run_in(bundle, "show", *arguments)
        assert result.exit_code == 0, result.stderr
        lines = result.output.splitlines()
        assert lines[0] == "slope: matches the worked example, [0, :, :]"
        assert [line.split() for line in lines[1:4]] == [
            ["expected", "yours", "difference"],
            ["░░··", "··░░", "████"],
            ["▓▓██", "▓▓??", "··??"],
        ]
        assert "written: slope-wrong.png" in lines
    assert (bundle / "slope-wrong.png").read_bytes().startswith(b"\x89PNG")
