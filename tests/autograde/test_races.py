"""Identical code has one medal: a judge that is made up says what each race would bring, and counts them."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from grader.autograde import again
from grader.autograde.again import merged, unsound_tests
from grader.autograde.executor import Fanout
from grader.autograde.journal import Journal
from grader.autograde.plan import Work
from grader.autograde.races import Races, code_of, leaders_first, reachable, second_race
from grader.course.model import Limits
from grader.judge.protocol import Job, Shared
from grader.records import Feedback, Isolation, Result, Speed, Status, TestRecord, Timing, Verdict
from grader.submissions.intake import Submission

TEST = "fast.test_speed_on_one_cpu_thread"
FAST = 'import torch\n\n\ndef gelu_fast(x):\n    """Return it."""\n    return x * torch.special.ndtr(x)\n'
SAME = [
    FAST,
    f"# by somebody else\n\n{FAST}",
    FAST.replace('    """Return it."""\n', ""),
    FAST.replace("x * torch", "(x\n        * torch").replace("ndtr(x)", "ndtr(x))"),
]
OTHER = [
    f"torch_matmul = None\n{FAST}",
    f"{FAST}\n\ntorch.nn.functional.gelu = gelu_fast\n",
    FAST.replace("x * torch", "1.0 * x * torch"),
    FAST.replace("(x):", "(y):").replace("x", "y"),
]
PARTS = {"suite": "s", "secret": "t", "without": "", "submission": "mine"}


def unit():
    task = SimpleNamespace(file="fast", library="torch")
    return SimpleNamespace(name="activations", tasks=(task,), tasks_on_gpu=(task,), choices=())


def work(student="ada", fast=FAST, *, parts=PARTS, **fields):
    files = {"fast": fast, "softmax": "def softmax(x):\n    return x\n"}
    submission = Submission("activations", files | fields.pop("files", {}), student)
    return Work(Job(submission, Limits(), "", **fields), f"key {student}", parts)


def code(fast=FAST, **fields):
    return code_of(work(fast=fast, **fields), unit())


# whose code is the same


def test_comments_docstrings_and_formatting_make_no_other_code():
    assert len({code(text) for text in SAME}) == 1
    assert code() != ""


@pytest.mark.parametrize("text", OTHER)
def test_everything_else_does(text):
    assert code(text) != code()


def test_a_file_that_cannot_be_reached_makes_no_difference_and_one_that_can_does():
    changed = {"softmax": "def softmax(x):\n    return 2 * x\n"}
    assert code(files=changed) == code()
    reaching = f"from .softmax import softmax\n{FAST}"
    assert code(reaching, files=changed) != code(reaching)


@pytest.mark.parametrize(
    "line",
    [
        "import importlib",
        "from . import ｓｏｆｔｍａｘ",  # Python reads it as softmax
        "modules = torch.sys.modules",
        "frame = (i for i in ()).gi_frame",
        "own = gelu_fast.__globals__",
        "text = eval('1')",
        "found = getattr(torch, 'o' + 's')",
    ],
)
def test_code_that_may_reach_any_file_is_as_different_as_all_of_them(line):
    text = f"{FAST}\n{line}\n"
    changed = {"softmax": "def softmax(x):\n    return 2 * x\n"}
    assert reachable({"fast": text, "softmax": ""}, {"fast"}) == {"fast", "softmax"}
    assert code(text, files=changed) != code(text)


def test_code_that_reads_its_docstring_is_its_own_text():
    reading = FAST.replace("return x", "return len(gelu_fast.__doc__) * x")
    assert code(reading) != code(reading.replace("Return it.", "Return that."))


def test_another_suite_secret_or_machine_is_another_race_and_another_submission_is_not():
    assert code(parts=PARTS | {"submission": "yours", "without": "x"}) == code()
    assert code(parts=PARTS | {"secret": "u"}) != code()


def test_what_cannot_be_parsed_is_not_shared():
    assert code("def gelu_fast(x:\n") == ""


def test_leaders_go_first_and_who_shares_nothing_keeps_its_place():
    class Named(str):
        pass

    works = [Named(name) for name in "abcdef"]
    assert "".join(leaders_first(works, ["1", "1", "2", "", "", "2"])) == "acdebf"


# one race


class MadeUpJudge:
    """Grades by a list of ratios, one for each race that it is asked for."""

    notes: tuple[str, ...] = ()

    def __init__(self, *ratios, seconds=0.02):
        self._ratios, self._seconds, self._lock = list(ratios), seconds, threading.Lock()
        self.races = 0

    def grade(self, job, on_record):
        known = job.shared.get(TEST)
        if known is not None:
            on_record(record_of(known.speed))
            return Timing()
        with self._lock:
            self.races += 1
            ratio = self._ratios.pop(0) if len(self._ratios) > 1 else self._ratios[0]
        time.sleep(self._seconds)
        on_record(ratio if isinstance(ratio, TestRecord) else record_of(None if ratio is None else speed_of(ratio)))
        return Timing()

    def close(self):
        pass


def speed_of(ratio, **fields):
    tier = "gold" if ratio < 2 else "silver" if ratio < 4 else ""
    return Speed(ratio, ratio, ratio, 12, "one thread of a CPU", tier, **fields)


def record_of(speed):
    """Return the record of a race; None stands for one that was too noisy."""
    base = TestRecord("activations", "gelu_fast", TEST, "speed", True, 3.0, 0.0, Verdict.TOO_NOISY)
    if speed is None:
        return base
    earned = {"gold": 3.0, "silver": 2.0, "": 0.0}[speed.tier]
    verdict = Verdict.PASSED if speed.tier == "gold" else Verdict.FAILED
    return replace(base, earned=earned, verdict=verdict, speed=speed, feedback=Feedback(timed=f"{speed.ratio:.2f}"))


class Class:
    """Fans the same or other code out to a judge, as a run does: all at once, then alone what is left."""

    def __init__(self, judge, races=None, jobs=12):
        self.races = Races() if races is None else races
        limits = Limits()
        course = SimpleNamespace(limits_of=lambda name: limits, unit=lambda name: unit())
        self._fan = Fanout(course, judge, tier=Isolation.SELF, jobs=jobs, races=self.races)

    def grade(self, works):
        results = {item.student: item for item in self._fan.results(works)}
        alone = [
            item.narrowed(results[item.student], tests=tests)
            for item in works
            if (tests := again.tests_to_try_alone(results[item.student]))
        ]
        results |= {item.student: item for item in self._fan.alone(alone)}
        self._fan.close()
        return results


def twenty():
    return [work(f"s{number:02}", SAME[number % len(SAME)]) for number in range(20)]


def medals(results):
    return {
        (test.verdict, test.earned, test.feedback.timed, test.speed)
        for result in results.values()
        for test in result.tests
    }


def test_twenty_identical_submissions_are_raced_once_though_a_dozen_start_together():
    judge = MadeUpJudge(1.0, 9.0)
    assert len(medals(Class(judge).grade(twenty()))) == 1
    assert judge.races == 1


def test_below_gold_one_more_race_in_a_quiet_moment_decides_for_all():
    judge = MadeUpJudge(2.9, 1.5, 9.0)
    results = Class(judge).grade(twenty())
    assert [(earned, speed.ratio) for _, earned, _, speed in medals(results)] == [(3.0, 1.5)]
    assert judge.races == 2


def test_a_second_race_that_is_slower_takes_nothing_away_and_there_is_no_third():
    judge = MadeUpJudge(2.9, 5.0, 1.0)
    results = Class(judge).grade(twenty())
    ((_, earned, _, speed),) = medals(results)
    assert (earned, speed.ratio, speed.confirmed, judge.races) == (2.0, 2.9, True, 2)
    assert all(unsound_tests(result) == () for result in results.values())


def test_a_noisy_race_is_tried_by_the_next_and_the_third_waits_for_the_quiet_moment():
    judge = MadeUpJudge(None, None, 1.0)
    assert [speed.ratio for _, _, _, speed in medals(Class(judge).grade(twenty()))] == [1.0]
    assert judge.races == 3


def test_a_machine_that_is_never_quiet_gives_nobody_a_medal():
    judge = MadeUpJudge(None)
    assert medals(Class(judge).grade(twenty())) == {(Verdict.TOO_NOISY, 0.0, "", None)}
    assert judge.races == 3


def test_who_had_no_core_for_the_race_does_not_let_all_others_race_at_once():
    starved = replace(record_of(None), verdict=Verdict.NOT_MEASURED)
    judge = MadeUpJudge(starved, 1.0, 9.0)
    assert [speed.ratio for _, _, _, speed in medals(Class(judge).grade(twenty()))] == [1.0]


class CrowdedJudge(MadeUpJudge):
    """Notes whether two submissions are graded at a time; all but the first wait a little for that."""

    def __init__(self, ratio):
        super().__init__(ratio, seconds=0)
        self._inside, self.met = 0, threading.Event()

    def grade(self, job, on_record):
        timing = super().grade(job, on_record)
        with self._lock:
            self._inside += 1
            if self._inside > 1:
                self.met.set()
        if self.races > 1:
            self.met.wait(10)
        with self._lock:
            self._inside -= 1
        return timing


def test_wrong_answers_are_nobody_else_s_and_nobody_waits_for_them():
    judge = CrowdedJudge(replace(record_of(None), verdict=Verdict.FAILED))
    results = Class(judge).grade(twenty())
    assert {test.verdict for result in results.values() for test in result.tests} == {Verdict.FAILED}
    assert judge.races == 20  # each of them is compared
    assert judge.met.is_set()  # and not one after the other


def test_a_patch_is_another_race():
    judge = MadeUpJudge(1.0, 1.1, 1.2)
    works = [work("ada", FAST), work("bob", OTHER[1]), work("eve", SAME[1])]
    results = Class(judge, jobs=1).grade(works)
    ratios = {name: result.tests[0].speed.ratio for name, result in results.items()}
    assert judge.races == 2
    assert ratios["ada"] == ratios["eve"] != ratios["bob"]


# from run to run


def test_another_run_takes_the_race_from_the_journal(tmp_path: Path):
    first = Class(MadeUpJudge(3.0, 2.5))
    before = first.grade([work("ada")])
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.put_races(first.races.unwritten())
        assert first.races.unwritten() == {}
    with Journal(tmp_path / "journal.sqlite") as journal:
        kept = journal.races()
    judge = MadeUpJudge(1.0)
    after = Class(judge, Races(kept)).grade([work("bob", SAME[2])])
    assert judge.races == 0
    assert medals(before) == medals(after)


def test_a_run_that_was_stopped_before_the_quiet_moment_goes_on_there():
    unconfirmed = Result("ada", "activations", Status.GRADED, tests=(record_of(speed_of(3.0)),))
    assert unsound_tests(unconfirmed) == again.tests_to_try_alone(unconfirmed) == (TEST,)
    gold = Result("ada", "activations", Status.GRADED, tests=(record_of(speed_of(1.0)),))
    confirmed = Result("ada", "activations", Status.GRADED, tests=(record_of(speed_of(3.0, confirmed=True)),))
    assert unsound_tests(gold) == unsound_tests(confirmed) == ()


def test_another_dtype_below_gold_is_raced_again_too():
    two = replace(speed_of(1.0), others=(speed_of(3.0),))
    assert unsound_tests(Result("a", "u", Status.GRADED, tests=(record_of(two),))) == (TEST,)


def test_a_result_graded_anew_is_no_second_race():
    earlier = Result("ada", "activations", Status.GRADED, tests=(record_of(speed_of(1.0)),))
    later = Result("ada", "activations", Status.GRADED, tests=(record_of(speed_of(3.0)),))
    assert merged(earlier, later).tests == later.tests


def test_a_second_race_without_a_measurement_changes_nothing():
    first = record_of(speed_of(3.0))
    assert second_race(first, replace(record_of(None), verdict=Verdict.FAILED)) == first


def test_who_has_no_code_to_share_shares_nothing():
    races = Races()
    races.take("", [record_of(speed_of(1.0))])
    with races.turn("") as shared:
        assert shared == {}
    races.take("c", [record_of(speed_of(1.0))])
    assert races.shared("c") == {TEST: Shared(speed_of(1.0))}
