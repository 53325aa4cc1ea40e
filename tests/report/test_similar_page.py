"""The page of similar work: both sides with their lines, everything escaped, and a hint instead of a verdict."""

from grader.records.similar import HandedIn, Passage, Similarity, SimilarPair
from grader.report.pages.html import similar_html
from grader.report.pages.similar_view import MOST_LINES, similar_view
from grader.report.similar import similar_lines

LEFT = HandedIn("ada", "waves", {"sea": "import numpy\n\ndef crest(x):\n    return '<script>'\n"})
RIGHT = HandedIn("ben", "waves", {"sea": "def crest(wert):\n\treturn '\u202e&'\n"}, year="2026")
PAIR = SimilarPair(LEFT, RIGHT, ("crest",), 44, 0.91, (Passage("sea", (3, 4), "sea", (1, 2)),))
SIMILARITY = Similarity("Dolos", {"waves": 12}, 3, (PAIR,))


def page(names=None, **fields):
    return similar_html(similar_view("Waves & <tides>", SIMILARITY, names or {}, **fields))


def test_both_sides_stand_beside_each_other_with_their_lines():
    text = page()
    assert "ada: sea.py, lines 3 to 4" in text
    assert "ben (2026): sea.py, lines 1 to 2" in text
    assert "<i>3</i>def crest(x):" in text
    assert "compared by Dolos: hand-ins of waves 12, and 3 of earlier classes" in text
    assert "1 pair shares code that few others have" in text
    assert "A hint to a person, no verdict." in text


def test_no_text_of_a_student_is_markup_or_turns_the_line_around():
    text = page()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text


def test_pseudonyms_stand_for_ids():
    text = page({"ada": "brisk-otter-17", "ben": "calm-newt-20"})
    assert "brisk-otter-17 and calm-newt-20 (2026)" in text
    assert "ada" not in text
    assert "ben" not in text


def test_a_long_passage_is_cut_and_says_so():
    long = HandedIn("ada", "waves", {"sea": "\n".join(f"x{n} = {n}" for n in range(200))})
    pair = SimilarPair(long, long, ("sea",), 400, 1.0, (Passage("sea", (1, 200), "sea", (1, 200)),))
    text = similar_html(similar_view("Waves", Similarity("Dolos", {"waves": 2}, 0, (pair,))))
    assert f"and {200 - MOST_LINES} more lines" in text


def test_the_class_report_is_linked_where_it_exists():
    assert "class.html" not in page()
    assert '<a href="class.html">' in page(report="class.html")


def test_the_table_fits_its_width():
    many = SimilarPair(LEFT, RIGHT, tuple(f"function_{n}" for n in range(12)), 44, 0.91, PAIR.passages)
    lines = [text.plain for text in similar_lines(Similarity("Dolos", {}, 0, (many,) * 30), {}, 80)]
    assert lines[0].startswith("waves: ada and ben (2026)")
    assert lines[0].endswith("2 lines")
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "and 10 more pairs: they are in the page"
