"""The pages of `grade serve`: who is let in, what is refused, and what forms change."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from grader.autograde.journal import NAME, Journal
from grader.errors import NotFoundError
from grader.gradebook.store import Gradebook
from grader.records import Feedback, Isolation, Result, Status, TestRecord, Verdict
from grader.records.run import RunFacts
from grader.serve.access import Access
from grader.serve.application import application
from grader.serve.regrading import Regrader, arguments_for
from grader.serve.served_class import ServedClass
from grader.serve.site import ServedSite
from tests.toy_course import make_course

MARKUP = "<img src=x onerror=alert(1)>"
NAMES = ("ada", f"b{MARKUP}", "cem", "dora")
PRINTER = "import sys; print(*sys.argv[1:], sep='\\n')"
ORIGINS = ("http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8765", "")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def result(student, status=Status.GRADED, **fields):
    failed = Feedback(message=f"raised {MARKUP}")
    test = TestRecord("counts", "total", "count.test_total", "total", True, 3.0, 0.0, Verdict.FAILED, failed)
    return Result(student, "counts", status, tests=(test,) if status is Status.GRADED else (), **fields)


@pytest.fixture
def results(tmp_path):
    """Return the folder of a run that was killed after two of four."""
    folder = tmp_path / "results"
    places = [(name, "counts") for name in NAMES]
    with Journal(folder / NAME) as journal:
        with journal.noting(RunFacts(str(tmp_path / "hand ins"), total=4, reused=0, jobs=1), places):
            journal.put(result(NAMES[0]))
            journal.put(result(NAMES[1], Status.REJECTED, remark=f"two files {MARKUP}"))
        journal._file.rows("UPDATE run SET ended = NULL")
    return folder


@pytest.fixture
def pages(course, results):
    regrader = Regrader((sys.executable, "-c", PRINTER), results)
    access, site = Access(), ServedSite("127.0.0.1", 8765)
    app = application(ServedClass(course, results, "tom", regrader), site, access)
    client = TestClient(app, base_url="http://127.0.0.1:8765", follow_redirects=False)
    yield SimpleNamespace(client=client, access=access, results=results, regrader=regrader)
    regrader.close()


@pytest.fixture
def inside(pages):
    """Return the pages as the browser sees them that was let in."""
    pages.client.get(f"/enter?token={pages.access.token}")
    return pages


def post(pages, path, origin="http://127.0.0.1:8765", **fields):
    headers = {"origin": origin} if origin else {}
    return pages.client.post(path, data=fields, headers=headers)


def adjustment(pages, **fields):
    basis = {"form": pages.access.new_form(), "student": "ada", "unit": "counts", "kind": "points", "value": "2"}
    return basis | {"reason": f"asked {MARKUP}"} | fields


def stored(pages):
    with Gradebook(pages.results / NAME, read_only=True) as book:
        return book.adjustments()


def test_the_token_lets_in_once_and_becomes_a_strict_cookie(pages):
    assert pages.client.get("/").status_code == 403
    assert pages.client.get("/enter?token=guessed").status_code == 403
    assert pages.client.head(f"/enter?token={pages.access.token}").status_code == 403
    answer = pages.client.get(f"/enter?token={pages.access.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name.startswith("deepgrade-8765=")
    assert {flag.lower() for flag in flags} == {"httponly", "path=/", "samesite=strict"}
    assert pages.client.get("/").status_code == 200
    pages.client.cookies.clear()
    assert pages.client.get(f"/enter?token={pages.access.token}").status_code == 403
    assert "open the link that grade serve printed" in pages.client.get("/").text


def test_the_cookie_is_sent_under_tls_alone_where_there_is_tls(course, results):
    access = Access()
    served = ServedClass(course, results, "tom", Regrader((), results))
    app = application(served, ServedSite("grades.example.org", 443, True, False), access)
    client = TestClient(app, base_url="https://grades.example.org", follow_redirects=False)
    cookie = client.get(f"/enter?token={access.token}").headers["set-cookie"]
    assert cookie.startswith("__Host-deepgrade-443=")
    assert "; Secure" in cookie
    assert client.get("/", headers={"host": "127.0.0.1:443"}).status_code == 421


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:80", "127.0.0.1", "evil.example:8765", ""])
def test_another_host_is_refused(inside, host):
    assert inside.client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_other_names_of_this_machine_are_not(inside, host):
    assert inside.client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_change_from_another_origin_is_refused(inside, origin):
    assert post(inside, "/adjust", origin, **adjustment(inside)).status_code == 403
    assert stored(inside) == ()
    if origin:
        assert inside.client.get("/", headers={"origin": origin}).status_code == 403


def test_a_change_needs_a_form_of_these_pages_each_time_anew(inside):
    assert post(inside, "/adjust", **adjustment(inside, form="")).status_code == 403
    assert post(inside, "/adjust", **adjustment(inside, form="guessed")).status_code == 403
    fields = adjustment(inside)
    assert post(inside, "/adjust", **fields).status_code == 303
    assert post(inside, "/adjust", **fields).status_code == 403
    assert len(stored(inside)) == 1


def test_a_change_is_no_link_and_no_other_kind_of_body(inside):
    assert inside.client.get("/adjust", params=adjustment(inside)).status_code == 405
    ours = {"origin": "http://127.0.0.1:8765"}
    assert inside.client.post("/adjust", json=adjustment(inside), headers=ours).status_code == 413
    assert post(inside, "/adjust", **adjustment(inside, reason="x" * 70_000)).status_code == 413
    assert stored(inside) == ()


def test_a_decision_is_stored_with_who_when_and_why_and_escaped(inside):
    answer = post(inside, "/adjust", **adjustment(inside, value="1,5"))
    assert answer.headers["location"] == "/student?student=ada&unit=counts"
    (one,) = stored(inside)
    assert (one.value, one.by, one.reason) == (1.5, "tom", f"asked {MARKUP}")
    assert one.at is not None
    page = inside.client.get(answer.headers["location"]).text
    assert MARKUP not in page
    assert "+1.5 by tom (asked &lt;img" in page
    assert "0/3 → 1.5/3" in page
    assert "1.5/3" not in inside.client.get(answer.headers["location"]).text, "a notice is shown once"
    assert (inside.results / "results.csv").is_file()
    taken = post(inside, "/adjust", form=inside.access.new_form(), student="ada", unit="counts", take_back="yes")
    assert taken.status_code == 303
    assert stored(inside)[0].undone_by == "tom"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " "}, "a decision needs its reason"),
        ({"value": "many"}, "write a number"),
        ({"value": "nan"}, "write a number"),
        ({"kind": "set", "value": "-1"}, "0 or more"),
        ({"kind": "extend", "value": "1.5"}, "whole number of days"),
        ({"kind": "question"}, "choose what to do"),
    ],
)
def test_a_form_that_is_filled_in_wrongly_comes_back(inside, fields, sentence):
    answer = post(inside, "/adjust", **adjustment(inside, **fields))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert stored(inside) == ()


def test_names_and_remarks_with_markup_are_text_on_every_page(inside):
    for path in ("/", "/table", f"/student?student={NAMES[1]}&unit=counts", "/student?student=ada&unit=counts"):
        answer = inside.client.get(path)
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert "&lt;img src=x" in answer.text
    assert "<img" not in inside.client.get(f"/student?student={MARKUP}&unit=counts").text


def test_every_answer_has_strict_headers(inside):
    for path in ("/", "/enter", "/nowhere", "/refresh.js"):
        headers = inside.client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy


def test_progress_says_who_is_next_and_what_went_wrong(inside, results):
    page = inside.client.get("/").text
    assert "Ended without a word, with 2 of 4 submissions done" in page
    assert "refused: two files" in page
    with (
        Journal(results / NAME) as journal,
        journal.noting(RunFacts("x", 4, 2, jobs=1), [(n, "counts") for n in NAMES[2:]]),
    ):
        page = inside.client.get("/").text
        assert "Grading: 2 of 4 submissions done" in page
        assert page.index("Being graded") < page.index("cem") < page.index("Next") < page.index("dora")
        refused = post(inside, "/regrade", form=inside.access.new_form(), student="ada", unit="counts")
        assert refused.status_code == 409
        assert "a run writes these results, 2 of 4 are done" in refused.text
        assert post(inside, "/adjust", **adjustment(inside)).status_code == 303, "decisions are taken meanwhile"
    assert "Done at" in inside.client.get("/").text


def test_a_regrade_is_the_command_with_the_run_s_conditions(inside, results):
    assert inside.client.get("/regraded").status_code == 404
    answer = post(inside, "/regrade", form=inside.access.new_form(), student="ada", unit="counts")
    assert answer.headers["location"] == "/regraded"
    end = time.monotonic() + 60
    while inside.regrader.latest().code is None and time.monotonic() < end:
        time.sleep(0.05)
    page = inside.client.get("/regraded").text
    assert "Ended: every student has a grade" in page
    for argument in ("--student=ada", "--unit=counts", f"--out={results}", "--tier=self", "--regrade"):
        assert argument in page.partition("<pre")[2]


def test_a_regrade_leaves_out_what_the_run_left_out():
    facts = RunFacts(
        "in", 1, 0, tier=Isolation.WEAK, layout="canvas", without=("counts.count.test_a", "lines.line.test_b")
    )
    arguments = arguments_for(facts, Path("out"), "-x", "counts")
    assert arguments[:2] == ["autograde", "in"]
    assert "--student=-x" in arguments
    assert {"--tier=weak", "--layout=canvas", "counts.count.test_a"} <= {*arguments}
    assert "lines.line.test_b" not in arguments


@pytest.mark.parametrize("query", ["student=nobody&unit=counts", "student=ada&unit=nowhere", ""])
def test_what_is_not_there_is_a_sentence(inside, query):
    answer = inside.client.get(f"/student?{query}")
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text


def test_a_folder_without_results_is_named(course, tmp_path):
    with pytest.raises(NotFoundError, match="there are no results"):
        ServedClass(course, tmp_path, "tom", Regrader((), tmp_path))
