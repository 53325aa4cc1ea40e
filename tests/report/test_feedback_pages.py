"""A student's feedback as HTML and as Markdown, read back as a person would, with hostile texts in every field."""

import io
import re
import zipfile
from html.parser import HTMLParser

import pytest

from grader.course.medals import Edges
from grader.course.model import Task, Unit
from grader.records import Cause, CauseKind, Feedback, Result, Speed, Status, TestRecord, Verdict
from grader.records.disclosure import Level
from grader.records.grades import Adjustment, AdjustmentKind, GradeStatus, UnitGrade
from grader.report.pages.feedback_view import UnitFacts, feedback_view
from grader.report.pages.html import feedback_html
from grader.report.pages.markdown import feedback_markdown
from grader.report.pages.returned import feedback_zip, name_on_canvas, name_on_moodle

HINTS = ("One?", "Two?", "Three.")
UNIT = Unit(
    "waves",
    "Waves & <tides>",
    tasks=(
        Task("crest", "sea", "The crest", 10, 1, HINTS),
        Task("trough", "sea", "The trough", 10, 1, HINTS, requires=("crest",)),
        Task("tide", "sea", "The tide", 10, 1, HINTS),
        Task("wave_fast", "fast", "Make it fast", 10, 1, HINTS),
    ),
)
HOSTILE = "</pre><script>alert(1)</script>\n```\n[x](javascript:alert(1)) | `a` \x1b[31m"


def record(task, earned, verdict, feedback=Feedback(), *, hidden=False, speed=None, name="agrees"):  # noqa: B008
    test, title = f"sea.test_{task}_{name}", f"{task} {name}"
    return TestRecord("waves", task, test, title, hidden, 2.0, earned, verdict, feedback, speed=speed)


WRONG = Feedback(got="1", expected="2", likely="Forgets the tide.", cause=Cause(CauseKind.WRONG_RESULT))
SPEED = Speed(1.9, 1.8, 2.0, 12, "one thread of a CPU", "silver")
RESULT = Result(
    "ada",
    "waves",
    Status.GRADED,
    tests=(
        record("crest", 0.0, Verdict.FAILED, WRONG),
        record("crest", 0.0, Verdict.FAILED, WRONG, hidden=True, name="holds"),
        record("trough", 0.0, Verdict.FAILED, Feedback(message="raised", printed=HOSTILE)),
        record("tide", 0.0, Verdict.NOT_ATTEMPTED),
        record("wave_fast", 1.0, Verdict.FAILED, Feedback(timed="1.9 x", message="gold needs 1.5"), speed=SPEED),
    ),
)
GRADE = UnitGrade(
    "ada",
    "waves",
    GradeStatus.GRADED,
    raw=1.0,
    out_of=10.0,
    final=3.5,
    penalty=0.5,
    late_days=1,
    adjustments=(Adjustment("ada", "waves", AdjustmentKind.POINTS, 3.0, "question <2>", "tom"),),
)
FACTS = UnitFacts(
    "A course",
    UNIT,
    Level.PROPERTY,
    {"sea.test_crest_holds": "float32, an empty sea"},
    {"wave_fast": {"cpu": Edges(1.5, 3.0, 6.0, "a CPU")}},
)


def view(result=RESULT, grade=GRADE, facts=FACTS):
    return feedback_view(facts, result, name="Ada <b>", grade=grade)


class Reader(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.words, self.attributes = [], [], []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        if self.tags and self.tags[-1] != "style":
            self.words.append(data)


def test_a_page_says_what_a_student_wants_to_know():
    page = Reader(feedback_html(view()))
    for expected in (
        "Waves & <tides>",
        "Feedback for Ada <b> (ada)",
        "3.5 of 10 points",
        "1 of 10 points in the tests",
        "1 day late: −0.5",
        "+3 by tom (question <2>)",
        "crest : 4 points lost; trough needs it",
        "calls crest: mend that first",
        "Forgets the tide.",
        "looks at float32, an empty sea",
        "the result is not the expected one",
        "gold at most 1.67",
        "yours 1.90 (1.80 to 2.00): silver",
        "Of hidden tests this page shows what they look at, not with which inputs.",
    ):
        assert expected in page.text, page.text
    assert page.text.endswith("with which inputs.")
    assert "Not attempted tide" in page.text


def test_nothing_is_loaded_or_run_and_no_text_becomes_markup():
    page = feedback_html(view())
    reader = Reader(page)
    assert not {"script", "link", "img", "iframe", "form", "b"} & {*reader.tags}
    assert not [value for name, value in reader.attributes if name in ("src", "onclick") or "http://" in (value or "")]
    assert ("http-equiv", "Content-Security-Policy") in reader.attributes
    assert "alert(1)" in reader.text
    assert "\x1b" not in page


def test_markdown_holds_hostile_text_in_fences_that_it_cannot_close():
    text = feedback_markdown(view())
    fence = re.search(r"^  (`{3,})text$", text, re.MULTILINE)[1]
    inside = text.split(f"  {fence}text\n")[1].split(f"\n  {fence}\n")[0]
    assert "<script>" in inside
    assert fence not in inside
    outside = text.replace(inside, "")
    assert "<script>" not in outside
    assert "Waves \\& \\<tides\\>" in outside
    assert "**3.5 of 10 points**" in outside
    assert "calls crest: mend that first" in outside


@pytest.mark.parametrize("level", list(Level))
def test_what_a_hidden_test_is_about_is_shown_from_the_property_level_on(level):
    facts = UnitFacts("A course", UNIT, level, FACTS.looks_at)
    text = feedback_markdown(view(facts=facts))
    assert ("an empty sea" in text) is (level is not Level.NAME)
    hidden = text.split("crest holds")[1].split("##")[0]
    assert ("expected" in hidden.replace("the expected one", "")) is (level is Level.EVERYTHING)


def test_a_refused_hand_in_has_a_page_with_its_reason():
    result = Result("ada", "waves", Status.REJECTED, remark="sea.py is not there <x>")
    page = Reader(feedback_html(view(result, UnitGrade("ada", "waves", GradeStatus.REFUSED, out_of=10.0))))
    assert "refused: sea.py is not there <x>" in page.text
    assert "Tasks" not in page.text


def test_archives_have_the_names_that_platforms_take_back():
    assert name_on_canvas("okaforngozi_1234_5678_waves.zip") == "okaforngozi_1234_5678_feedback.html"
    assert name_on_canvas("okaforngozi_LATE_12_34_my_waves (1).py") == "okaforngozi_LATE_12_34_feedback.html"
    assert name_on_canvas("okaforngozi_1234_text.html") is None
    assert name_on_moodle("Ngozi O_12_assignsubmission_file_w.zip") == "Ngozi O_12_assignsubmission_file_feedback.html"
    assert name_on_moodle("waves.zip") is None
    content = feedback_zip([("b.html", "ü"), ("a/feedback.html", "x")])
    assert content == feedback_zip([("a/feedback.html", "x"), ("b.html", "ü")])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["a/feedback.html", "b.html"]
        assert archive.read("b.html").decode() == "ü"
