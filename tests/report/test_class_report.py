"""The class report: its statistics against worked numbers, and its page read back."""

from html.parser import HTMLParser

import numpy as np
import pytest
from msgspec.structs import replace

from grader.course.model import Task, Unit
from grader.records import Feedback, Isolation, Result, Status, TestRecord, Timing, Verdict
from grader.records.grades import Grade, GradeStatus, Person, UnitGrade
from grader.records.run import Change
from grader.report.pages.charts import counts, heat_map, histogram
from grader.report.pages.class_view import ClassFacts, class_view
from grader.report.pages.html import class_html
from grader.report.pages.statistics import correlation, shared_mistakes, task_statistics
from grader.report.pages.statistics import test_statistics as statistics_of_tests

HINTS = ("One?", "Two?", "Three.")
UNIT = Unit(
    "waves",
    "Waves & <tides>",
    tasks=(Task("crest", "sea", "The crest", 10, 1, HINTS), Task("tide", "sea", "The tide", 10, 1, HINTS)),
)
MISTAKE = "Forgets the <moon>."


def record(task, earned, points=2.0, verdict=None, *, hidden=False, likely=""):
    verdict = verdict or (Verdict.PASSED if earned == points else Verdict.FAILED)
    name = f"sea.test_{task}_{'holds' if hidden else 'agrees'}"
    return TestRecord("waves", task, name, name, hidden, points, earned, verdict, Feedback(likely=likely))


def graded(student, crest, tide, **fields):
    likely = MISTAKE if tide < 4 else ""
    tests = (record("crest", crest), record("tide", tide, 4.0, hidden=True, likely=likely))
    return Result(student, "waves", Status.GRADED, tests=tests, **fields)


CLASS = [graded(f"s{n:02}", 2.0 * (n % 2), 4.0 * (n % 3 > 0)) for n in range(12)]


def test_difficulty_is_the_mean_share_and_discrimination_goes_with_the_rest():
    crest, tide = task_statistics(CLASS, {"crest": "The crest", "tide": "The tide", "foam": "Foam"})
    assert (crest.difficulty, crest.points, crest.measured) == (0.5, 2.0, 12)
    assert tide.difficulty == pytest.approx(2 / 3)
    expected = np.corrcoef([n % 2 for n in range(12)], [n % 3 > 0 for n in range(12)])[0, 1]
    assert crest.discrimination == pytest.approx(expected)
    assert tide.discrimination == pytest.approx(expected)
    assert [item.hidden for item in statistics_of_tests(CLASS)] == [False, True]


def test_whoever_was_not_measured_counts_in_no_mean():
    noisy = (record("crest", 0.0, verdict=Verdict.TOO_NOISY), record("tide", 4.0, 4.0))
    open_task = (record("crest", 0.0, verdict=Verdict.NOT_ATTEMPTED), record("tide", 4.0, 4.0))
    results = [Result("a", "waves", Status.GRADED, tests=noisy), Result("b", "waves", Status.GRADED, tests=open_task)]
    (crest, _) = task_statistics(results, {"crest": "", "tide": ""})
    assert (crest.difficulty, crest.measured, crest.unmeasured, crest.not_attempted) == (0.0, 1, 1, 1)
    assert crest.discrimination is None


def test_a_correlation_needs_ten_that_differ():
    ramp = np.arange(10.0)
    assert correlation(ramp, -ramp) == pytest.approx(-1)
    assert correlation(ramp[:9], ramp[:9]) is None
    assert correlation(ramp, np.ones(10)) is None
    assert correlation(np.append(ramp, np.nan), np.append(ramp, 3.0)) == pytest.approx(1)


def test_a_student_counts_once_for_a_mistake():
    tests = (record("tide", 0.0, likely=MISTAKE), record("tide", 0.0, hidden=True, likely=MISTAKE))
    (mistake,) = shared_mistakes([Result("a", "waves", Status.GRADED, tests=tests)])
    assert mistake.students == ("a",)
    assert [len(one.students) for one in shared_mistakes(CLASS)] == [4]


def test_charts_are_static_and_take_the_page_s_colour():
    assert counts([0.0, 0.1, 0.0999, 0.3, 1.0]) == [2, 1, 0, 1, 0, 0, 0, 0, 0, 1]
    for svg in (histogram([0.5, 0.55, 1.0], "percent"), heat_map(shared_mistakes(CLASS), ["crest", "tide"])):
        assert svg.startswith("<svg")
        assert "<script" not in svg
        assert "currentColor" in svg
        assert "#010203" not in svg


class Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.links = [], [], []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        if self.tags and self.tags[-1] != "style":
            self.words.append(data)


def facts(**fields):
    refused = Result("zed", "waves", Status.REJECTED, remark="sea.py is not there <b> in zed/waves")
    reviewed = graded("s99", 2.0, 4.0, review=("sea.py, line 3: imports ctypes",))
    results = (*CLASS, refused, reviewed)
    grades = [
        Grade(Person(r.student), {"waves": UnitGrade(r.student, "waves", GradeStatus.GRADED, final=r.earned)})
        for r in (*CLASS, reviewed)
    ]
    grades.append(Grade(Person("zed"), {"waves": UnitGrade("zed", "waves", GradeStatus.REFUSED)}))
    grades.append(Grade(Person("yan"), {"waves": UnitGrade("yan", "waves", GradeStatus.NOT_SUBMITTED)}))
    change = ("2027-01-02T10:20:30+00:00", Change("s01", "waves", "tide", "0/4", "4/4", "the suite changed"))
    known = {"changes": (change,), "places": {"tide": "The moon: sea.py"}}
    return ClassFacts("A course", (UNIT,), results, tuple(grades), **(known | fields))


def test_the_page_says_who_needs_attention_and_what_to_say_tomorrow():
    page = Reader(class_html(class_view(facts(pages={("s01", "waves"): "s01/waves.html"}))))
    for expected in (
        "15 people; 13 submissions graded, 1 refused",
        "zed, waves refused: sea.py is not there <b> in zed/waves",
        "s99, waves look at sea.py, line 3: imports ctypes",
        "waves 1 not submitted: yan",
        "2027-01-02 10:20: s01 waves tide: 0/4 → 4/4, the suite changed",
        "4 tide Forgets the <moon>. who s00, s03, s06, s09 The moon: sea.py",
        "13 graded; quartiles",
    ):
        assert expected in page.text, page.text
    assert "s01/waves.html" in page.links
    assert "script" not in page.tags
    assert page.tags.count("svg") == 2


EARLY, LATE = ((f"2027-01-0{day}T10:20:30+00:00", Change("s01", "waves", "tide", "0/4", "4/4", "")) for day in (2, 5))


@pytest.mark.parametrize(
    ("last_run", "changes", "expected"),
    [
        (
            "2027-01-05T10:20:00+00:00",
            (LATE, EARLY),
            "by the last run (2027-01-05 10:20) 2027-01-05 10:20: s01",
        ),
        (
            "2027-01-06T08:00:00+00:00",
            (LATE, EARLY),
            "changed in the last run (2027-01-06 08:00) 2 in earlier",
        ),
        ("", (LATE, EARLY), "Changed grades, the latest first 2027-01-05"),
    ],
)
def test_changes_are_those_of_the_last_run_alone(last_run, changes, expected):
    text = Reader(class_html(class_view(facts(last_run=last_run, changes=changes)))).text
    assert expected in text
    assert ("2027-01-02 10:20: s01" in text) is (not last_run)


def test_without_any_change_nothing_is_said_of_changes():
    page = class_html(class_view(facts(last_run="2027-01-05T10:20:00+00:00", changes=())))
    assert "changed" not in Reader(page).text


def test_the_time_of_grading_and_the_isolation_are_told():
    timed = replace(CLASS[0], tier=Isolation.SEALED, timing=Timing(total=2.5))
    text = Reader(class_html(class_view(replace(facts(), results=(timed, *CLASS[1:]))))).text
    assert "isolation: sealed, self" in text
    assert "grading took 2 s" in text


def test_pseudonyms_stand_everywhere():
    ids = [result.student for result in facts().results] + ["yan"]
    names = {student: f"quiet-heron-{number}" for number, student in enumerate(ids)}
    text = Reader(class_html(class_view(facts(names=names)))).text
    assert "quiet-heron-3" in text
    assert not [student for student in ids if f" {student}" in f" {text}"]


def test_without_the_drawing_libraries_the_tables_stand_alone_and_the_page_says_so(monkeypatch):
    monkeypatch.setattr("grader.report.pages.class_view.can_draw", lambda: False)
    page = Reader(class_html(class_view(facts())))
    assert "svg" not in page.tags
    assert 'pip install "deepgrade[report]"' in page.text
    assert "Forgets the <moon>." in page.text
