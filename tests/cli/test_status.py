"""`grade` alone: where one stands."""

import json

from grader.records import Verdict


def test_somebody_new_reads_where_to_begin(run_in, bundle):
    lines = run_in(bundle).output.splitlines()
    assert lines[0] == f"{'A toy course':<67}0 of 7 points"
    assert lines[2] == "  ▸ lines     ░░░░░░░░░░░░░░  0/5   next: slope (10 min)"
    assert lines[3] == "  · counting  ░░░░░░░░░░░░░░  0/2"
    assert "Begin here, it takes about 10 minutes:" in lines
    assert "  write   slope in exercises/lines/line.py" in lines
    assert "  test    grade run slope" in lines


def test_a_bundle_says_how_many_points_come_after_submission(run_in, bundle, root):
    assert "4 more points are graded after submission" in run_in(bundle).output
    assert "after submission" not in run_in(root).output


def test_results_of_the_last_run_are_remembered(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3), record("residuals", points=2, verdict=Verdict.FAILED)]
    run_in(bundle, "run", "lines")
    output = run_in(bundle).output
    assert "3 of 7 points" in output
    assert "  ▸ lines     ████████░░░░░░  3/5   next: residuals (15 min)" in output
    assert "Begin here" not in output


def test_a_finished_unit_has_its_picture_ready(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3), record("residuals", points=2)]
    run_in(bundle, "run", "lines")
    output = run_in(bundle).output
    assert "  ✓ lines     ██████████████  5/5   picture ready: grade show lines" in output
    assert "  ▸ counting  ░░░░░░░░░░░░░░  0/2   next: double (5 min)" in output


def test_an_optional_task_is_neither_next_nor_counted_before_it_has_run(run_in, bundle, judge, record, solve):
    registry = bundle / "exercises/lines/unit.toml"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace('name = "residuals"', 'name = "residuals"\nlibrary = "triton"'), encoding="utf-8")
    assert "  ▸ lines     ░░░░░░░░░░░░░░  0/3   next: slope (10 min)" in run_in(bundle).output
    solve(bundle)
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    assert "3/3 picture ready: grade show lines; optional: residuals" in " ".join(run_in(bundle).output.split())
    judge.records = [record("residuals", points=2, verdict=Verdict.SKIPPED)]
    run_in(bundle, "run", "residuals")
    assert "3/3 picture ready: grade show lines; optional: residuals" in " ".join(run_in(bundle).output.split())
    judge.records = [record("residuals", points=2)]
    run_in(bundle, "run", "residuals")
    assert "  ✓ lines     ██████████████  5/5   picture ready: grade show lines\n" in run_in(bundle).output


def test_a_file_that_changed_since_is_marked(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    assert "changed since" not in run_in(bundle).output
    path = bundle / "exercises" / "lines" / "line.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    assert "    line.py changed since last run: grade run lines" in run_in(bundle).output


def test_tests_that_changed_since_are_marked(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    path = bundle / "exercises" / "lines" / "test_line.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    assert "test_line.py changed since last run" in run_in(bundle).output


def test_running_one_task_keeps_the_results_of_the_others(run_in, bundle, judge, record, solve):
    solve(bundle)
    judge.records = [record(points=3), record("residuals", points=2)]
    run_in(bundle, "run", "lines")
    judge.records = [record(points=3, verdict=Verdict.FAILED)]
    run_in(bundle, "run", "slope")
    assert "2 of 7 points" in run_in(bundle).output


def test_a_damaged_memory_counts_as_empty(run_in, bundle):
    (bundle / ".deepgrade").mkdir()
    for name in ("progress.json", "hints.json"):
        (bundle / ".deepgrade" / name).write_text('{"tasks": 3', encoding="utf-8")
    assert "0 of 7 points" in run_in(bundle).output
    assert "hint 1 of 3" in run_in(bundle, "hint", "slope").output
    assert json.loads((bundle / ".deepgrade" / "hints.json").read_text()) == {"lines.slope": 1}


def test_a_course_without_units_is_no_accident(run_in, tmp_path):
    (tmp_path / "course.toml").write_text('[course]\nname = "c"\ntitle = "Empty"\n', encoding="utf-8")
    result = run_in(tmp_path)
    assert result.exit_code == 0
    assert "no tasks yet" in result.output


def test_a_broken_registry_is_told_with_its_line(run_in, tmp_path):
    (tmp_path / "course.toml").write_text('[course]\nname = 3\ntitle = "Empty"\n', encoding="utf-8")
    result = run_in(tmp_path)
    assert result.exit_code == 2
    assert "course.toml, line 2" in result.stderr


def test_enough_options_of_a_choice_finish_it(run_in, bundle, judge, record, solve):
    registry = bundle / "exercises/lines/unit.toml"
    choice = '\n[[choice]]\ntitle = "Either"\nchoose = 1\noptions = [["slope"], ["residuals"]]\n'
    registry.write_text(registry.read_text(encoding="utf-8") + choice, encoding="utf-8")
    assert "  ▸ lines     ░░░░░░░░░░░░░░  0/3   next: slope (10 min)" in run_in(bundle).output
    solve(bundle)
    judge.records = [record(points=3)]
    run_in(bundle, "run", "slope")
    assert "  ✓ lines     ██████████████  3/3   picture ready: grade show lines" in run_in(bundle).output
