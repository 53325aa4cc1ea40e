"""Every layout is recognised by its structure, as a folder and as the zip that was downloaded; no two are mixed up."""

import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.registry import load_course
from grader.errors import DeepgradeError, NotFoundError, RejectedError
from grader.submissions.hand_ins import read_inbox, students
from grader.submissions.platforms.recognition import READERS, recognise
from grader.submissions.platforms.records import Identity, Root
from grader.submissions.trees import Node, contents_of
from tests.submissions.odd import BOTH, COUNT, LINE, below, zipped
from tests.toy_course import make_course

METADATA = b"""\
---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '1815'
    :email: ada@example.org
  :created_at: &1 2026-11-02 22:59:59.123456000 Z
  :score: 3.0
  :history:
  - :id: 10
    :created_at: 2026-11-01 10:00:00.000000000 Z
submission_12:
  :submitters:
  - :name: "Grace O'Hopper"
    :sid:
    :email: grace@example.org
  - :name: 'Pair''s Other'
    :email: other@example.org
  :created_at: 2026-11-03 10:00:00.000000000 +0100
"""

SAMPLES = {
    "plain": {**below("ada/lines"), "bob/lines.zip": zipped(below("lines")), "bob/notes.txt": b"", "roster.csv": b""},
    "canvas": {
        "lovelaceada_LATE_1234_5678_lines.zip": zipped(BOTH),
        "hoppergrace_1235_5679_line.py": LINE,
        "hoppergrace_1235_5680_shift-1.py": BOTH["shift.py"],
    },
    "moodle": {
        **below("Ada Lovelace_1234_assignsubmission_file_"),
        "Ada Lovelace_1234_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        "Grace M Hopper_1235_assignsubmission_file_/lines.zip": zipped(BOTH),
    },
    "gradescope": {**below("submission_11"), **below("submission_12"), "submission_metadata.yml": METADATA},
    "nbgrader": {
        **below("submitted/ada/lines"),
        "submitted/ada/lines/timestamp.txt": b"2026-11-02 22:59:59.5 Europe/Berlin",
        **below("submitted/grace/lines"),
        "submitted/grace/counts/count.py": COUNT,
    },
    "classroom": {**below("dl50-lines-ada"), **below("dl50-lines-grace-hopper/exercises/lines")},
}
PEOPLE = {
    "plain": ("ada", "bob"),
    "canvas": ("hoppergrace_1235", "lovelaceada_1234"),
    "moodle": ("Ada Lovelace_1234", "Grace M Hopper_1235"),
    "gradescope": ("1815", "grace@example.org", "other@example.org"),
    "nbgrader": ("ada", "grace"),
    "classroom": ("ada", "grace-hopper"),
}
FLAT_MOODLE = {
    "Ada Lovelace_7_assignsubmission_file_line.py": LINE,
    "Bob B_8_assignsubmission_file_lines.zip": zipped(BOTH),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course") / "toy"
    make_course(root)
    return load_course(root)


def folder_of(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zip_of(path, files):
    path.write_bytes(zipped(files))
    return path


WAYS = {
    "a folder": folder_of,
    "a zip": lambda path, files: zip_of(path.with_suffix(".zip"), files),
    "a zip with a folder around": lambda path, files: zip_of(
        path.with_suffix(".zip"), below("assignment_7_export", files)
    ),
}


NONE_SUCH = ("nbgrader", "a zip with a folder around")  # its folder `submitted` is that already
CASES = [(layout, way) for layout in SAMPLES for way in WAYS if (layout, way) != NONE_SUCH]


@pytest.mark.parametrize(("layout", "way"), CASES)
def test_a_layout_is_recognised_as_a_folder_and_as_downloaded(course, tmp_path, layout, way):
    inbox = read_inbox(WAYS[way](tmp_path / "inbox", SAMPLES[layout]), course, units=["lines"])
    assert inbox.reading.layout == layout
    assert inbox.students == PEOPLE[layout]
    graded = [submission for submission in inbox.submissions if submission.unit == "lines"]
    assert [submission.student for submission in graded] == list(PEOPLE[layout])[:2], "one for a group"
    assert [(list(submission.files), submission.problem) for submission in graded] == [(["line", "shift"], "")] * 2


@pytest.mark.parametrize("layout", SAMPLES)
def test_a_named_layout_is_taken_at_its_word(course, tmp_path, layout):
    path = folder_of(tmp_path / "inbox", SAMPLES[layout])
    assert recognise(path, course, layout).layout == layout
    assert students(path, course, layout) == PEOPLE[layout]


def identities(course, tmp_path, layout):
    inbox = read_inbox(folder_of(tmp_path / "inbox", SAMPLES[layout]), course, units=["lines"])
    return {hand_in.submission.student: hand_in for hand_in in inbox.hand_ins}


def test_canvas_tells_names_ids_and_what_is_late(course, tmp_path):
    hand_ins = identities(course, tmp_path, "canvas")
    ada, grace = hand_ins["lovelaceada_1234"], hand_ins["hoppergrace_1235"]
    assert ada.people == (Identity("canvas", name="lovelaceada", id="1234"),)
    assert (ada.is_late, grace.is_late) == (True, False)
    assert (ada.attempt.handed_in, ada.attempt.source) == (None, "unknown")


def test_moodle_tells_names_and_ids_flat_too(course, tmp_path):
    reading = recognise(folder_of(tmp_path / "flat", FLAT_MOODLE), course)
    assert [delivery.people[0] for delivery in reading.deliveries] == [
        Identity("moodle", name="Ada Lovelace", id="7"),
        Identity("moodle", name="Bob B", id="8"),
    ]


def test_gradescope_tells_everybody_of_a_group_and_the_time(course, tmp_path):
    hand_ins = identities(course, tmp_path, "gradescope")
    assert hand_ins["1815"].people == (Identity("gradescope", "Ada Lovelace", "1815", "ada@example.org"),)
    assert [person.name for person in hand_ins["grace@example.org"].people] == ["Grace O'Hopper", "Pair's Other"]
    assert hand_ins["1815"].attempt.handed_in == datetime(2026, 11, 2, 22, 59, 59, 123456, tzinfo=UTC)
    assert hand_ins["grace@example.org"].attempt.handed_in == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert hand_ins["1815"].attempt.source == "gradescope"
    assert hand_ins["1815"].attempt.members == ()
    assert hand_ins["grace@example.org"].attempt.members == ("other@example.org",)


def test_a_stated_time_of_one_path_and_unit_is_not_that_of_another_unit(course, tmp_path):
    path = folder_of(tmp_path / "inbox", SAMPLES["nbgrader"] | below("submitted/ada/counts"))
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    hand_ins = read_inbox(path, course, times={("grace/lines", "lines"): moment, ("grace/counts", "lines"): moment})
    known = {hand_in.attempt.path: hand_in.attempt.handed_in for hand_in in hand_ins.hand_ins}
    assert (known["grace/lines"], known["grace/counts"]) == (moment, None)


def test_nbgrader_tells_the_time_and_its_other_assignments_are_no_concern(course, tmp_path):
    path = folder_of(tmp_path / "inbox", SAMPLES["nbgrader"])
    hand_ins = read_inbox(path, course).hand_ins
    assert [(h.submission.student, h.submission.unit) for h in hand_ins] == [
        ("ada", "lines"),
        ("grace", "counts"),
        ("grace", "lines"),
    ]
    assert hand_ins[0].attempt.handed_in == datetime(2026, 11, 2, 21, 59, 59, 500000, tzinfo=UTC)
    assert hand_ins[1].attempt.handed_in is None


def inbound(path, *times):
    for number, time in enumerate(times):
        folder_of(path, below(f"ada+lines+{time}+x{number}", {"line.py": LINE + b"#" * number, "shift.py": b""}))
    return path


def test_of_several_attempts_the_newest_counts_and_the_others_are_kept(course, tmp_path):
    path = inbound(tmp_path / "inbound", "2026-11-03 10:00:00 UTC", "2026-11-02 10:00:00 UTC")
    inbox = read_inbox(path, course)
    assert [(h.attempt.number, h.attempt.handed_in.day, h.counts) for h in inbox.hand_ins] == [
        (1, 2, False),
        (2, 3, True),
    ]
    assert [submission.files["line"] for submission in inbox.submissions] == [LINE.decode()]


def test_attempts_without_times_are_refused_with_their_paths_until_a_person_says(course, tmp_path):
    path = inbound(tmp_path / "inbound", "yesterday", "today")
    (submission,) = read_inbox(path, course).submissions
    assert "keep one of ada+lines+today+x1, ada+lines+yesterday+x0, or use --times" in submission.problem
    times = {
        (f"ada+lines+{day}", ""): datetime(2026, 11, at, tzinfo=UTC)
        for day, at in (("yesterday+x0", 1), ("today+x1", 2))
    }
    (submission,) = read_inbox(path, course, times=times).submissions
    assert submission.problem == ""


def test_a_download_of_one_assignment_asks_for_its_unit(course, tmp_path):
    path = folder_of(tmp_path / "inbox", SAMPLES["canvas"])
    with pytest.raises(DeepgradeError, match="of which unit") as caught:
        read_inbox(path, course)
    assert "--unit UNIT; units: lines, counts" in caught.value.hint


def test_clones_of_another_unit_are_told(course, tmp_path):
    path = folder_of(tmp_path / "inbox", SAMPLES["classroom"])
    assert [submission.unit for submission in read_inbox(path, course).submissions] == ["lines", "lines"]
    with pytest.raises(NotFoundError, match="holds dl50-lines, not counts"):
        read_inbox(path, course, units=["counts"])


@pytest.mark.parametrize(
    ("files", "flags"),
    [
        ({**SAMPLES["moodle"], **below("stranger/lines")}, "--layout plain or --layout moodle"),
        (below("submission_1") | below("submission_2"), "--layout plain or --layout gradescope"),
        (below("hw-ada") | below("hw-bob"), "--layout plain or --layout classroom"),
        ({**SAMPLES["canvas"], **SAMPLES["moodle"]}, "--layout canvas or --layout moodle"),
    ],
)
def test_two_layouts_that_can_both_be_meant_are_never_guessed(course, tmp_path, files, flags):
    path = folder_of(tmp_path / "inbox", files)
    with pytest.raises(DeepgradeError) as caught:
        read_inbox(path, course, units=["lines"])
    assert flags in caught.value.hint
    for flag in flags.split(" or "):
        assert read_inbox(path, course, layout=flag.split()[1], units=["lines"]).hand_ins


@pytest.mark.parametrize("name", ["lines-submissions", "hw3-submissions"])
def test_the_folder_that_the_classroom_tool_makes_says_where_the_users_begin(course, tmp_path, name):
    slug = name.removesuffix("-submissions")
    path = folder_of(tmp_path / name, below(f"{slug}-ada-x") | below(f"{slug}-ada-y"))
    assert students(path, course) == ("ada-x", "ada-y")


def test_what_belongs_to_nobody_is_listed(course, tmp_path):
    reading = recognise(folder_of(tmp_path / "inbox", SAMPLES["plain"]), course)
    assert reading.strangers == ("roster.csv",)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_a_download_that_is_no_archive_is_told(course, tmp_path, data):
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(NotFoundError, match="not a zip archive that can be read"):
        recognise(tmp_path / "x.zip", course)


def link(path):
    entry = zipfile.ZipInfo(path)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


def test_a_bad_entry_of_a_download_is_its_persons_and_harms_nobody_else(course, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link("Eve_9_assignsubmission_file_/line.py"), "/etc/passwd")
        for path in ("../../evil.py", "/etc/evil.py", "Mallory_8_assignsubmission_file_/../line.py"):
            archive.writestr(path, LINE)
        for path, data in SAMPLES["moodle"].items():
            archive.writestr(path, data)
    inbox = read_inbox(tmp_path / "x.zip", course, layout="moodle", units=["lines"])
    refused = {submission.student: submission.problem for submission in inbox.submissions if submission.problem}
    assert set(inbox.students) - set(refused) == set(PEOPLE["moodle"])
    assert refused["Eve_9"] == "line.py is a link"
    assert {"../../evil.py", "/etc/evil.py"} <= set(inbox.reading.strangers) | set(refused)


NAMES = st.one_of(
    st.sampled_from(
        [*(part for sample in SAMPLES.values() for path in sample for part in path.split("/")), "a-b", "a-c"]
    ),
    st.text(min_size=1, max_size=12),
)
CONTENT = st.one_of(st.binary(max_size=40), st.sampled_from([METADATA, zipped(BOTH), b"2026-11-02 10:00 UTC", b"\xff"]))


def leaf(name, data):
    def read(limit):
        if len(data) > limit:
            raise RejectedError("too large")
        return data

    return Node(name, read=read)


TREES = st.recursive(
    st.one_of(st.builds(leaf, NAMES, CONTENT), st.builds(Node, NAMES, odd=st.sampled_from(["is a link", "is odd"]))),
    lambda nodes: st.builds(
        lambda name, inside: Node(name, children=lambda: inside), NAMES, st.lists(nodes, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.lists(TREES, max_size=5), NAMES)
def test_no_reader_raises_on_any_tree(nodes, name):
    root = Root(name, tuple(nodes), frozenset({"lines", "counts"}))
    for reader in READERS.values():
        for delivery in reader(root).deliveries:
            assert delivery.student is not None
            try:
                contents_of(delivery.nodes())
            except RejectedError:
                continue
