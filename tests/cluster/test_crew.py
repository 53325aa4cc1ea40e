"""Who may grade: fitness in words, the resources that a scheduler hands out, and who comes and goes."""

import pytest
from msgspec.structs import replace

from grader.cluster.crew import Crew
from grader.cluster.fitness import Fitness, differences, fitness_of
from grader.cluster.sheets import Introduction, written
from grader.errors import UnavailableError
from grader.records import Isolation
from tests.toy_course import make_course

SOFTWARE = ("0.9", "f00", "3.11.2", "linux", "numpy 2.1", "torch 2.6")
HERE = Fitness(SOFTWARE, "slow digest", Isolation.SEALED, {"lines": "1", "counts": "2"})
CPU, CARD = ("a processor",), ("a processor", "a card")


def introduced(fitness=HERE, devices=CPU, jobs=2):
    return written(Introduction(fitness, jobs=jobs, devices=devices)).decode()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def crew(lines):
    return Crew(HERE, lines.append)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (HERE, ()),
        (replace(HERE, tier=Isolation.SELF), ("it grades in the tier self, not sealed",)),
        (replace(HERE, secret="another"), ("it has another course secret",)),
        (replace(HERE, units={**HERE.units, "lines": "3"}), ("it has another version of the course (lines)",)),
        (replace(HERE, units={"lines": "1"}), ("it has another version of the course (counts)",)),
        (replace(HERE, software=("0.8", *SOFTWARE[1:])), ("it has deepgrade 0.8, not 0.9",)),
        (
            replace(HERE, software=(*SOFTWARE[:4], "numpy 2.2")),
            ("it has numpy 2.2, not 2.1", "it has torch none, not 2.6"),
        ),
        (replace(HERE, software=()), 6),
    ],
)
def test_differences_are_told_in_words(other, words):
    told = differences(HERE, other)
    assert len(told) == words if isinstance(words, int) else told == words
    assert (other.seat == HERE.seat) is not bool(told)


def test_the_fitness_follows_the_course_and_the_secret(tmp_path):
    first, second = make_course(tmp_path / "one"), make_course(tmp_path / "two")
    fitness = fitness_of(first, "a secret", Isolation.SEALED)
    assert fitness_of(second, "a secret", Isolation.SEALED) == fitness
    assert "a secret" not in repr(fitness)
    assert differences(fitness, fitness_of(second, "none", Isolation.SEALED)) == ("it has another course secret",)
    suite = second.root / "tests/hidden/counts/test_count.py"
    suite.write_text(suite.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    other = fitness_of(second, "a secret", Isolation.SEALED)
    assert differences(fitness, other) == ("it has another version of the course (counts)",)


def test_a_graphics_card_takes_one_timed_job_at_a_time_and_a_processor_all():
    assert set(Introduction(HERE, jobs=3, devices=CPU).resources.values()) == {3}
    assert Introduction(HERE, jobs=3, devices=CARD).resources == {HERE.seat: 3, HERE.race(CARD): 1}
    assert Introduction(problem="no walls", jobs=3).resources == {}


def test_timed_jobs_go_to_cards_alone_and_others_anywhere(crew, lines):
    crew.look({"a": introduced(), "b": introduced(), "c": introduced(devices=CARD, jobs=1)})
    assert crew.machine == CARD
    assert crew.resources(timed=True) == {HERE.seat: 1, HERE.race(CARD): 1}
    assert crew.resources(timed=False) == {HERE.seat: 1}
    assert crew.slots == 5
    crew.look({"a": introduced(), "d": introduced()})
    assert crew.machine == CARD  # for the whole run
    assert lines[-3:] == [
        "worker d: 2 at a time, but no timed tests (another processor or GPU)",
        "worker b is gone: its jobs go to others; 2 left",
        "worker c is gone: its jobs go to others; 2 left",
    ]


def test_who_may_not_grade_is_refused_with_the_reason(crew, lines):
    no_walls = written(Introduction(problem="bubblewrap is not installed", hint="apt-get install bubblewrap")).decode()
    old = introduced(replace(HERE, secret="another"))
    crew.look({"a": no_walls, "b": old, "c": None, "d": "null and void"})
    assert [line.partition("is refused: ")[2] for line in lines] == [
        "bubblewrap is not installed",
        "it has another course secret",
        "it is a worker of Dask that knows no course",
        "a worker's answer cannot be read: Expected `object`, got `null`",
    ]
    with pytest.raises(UnavailableError) as nobody:
        crew.require_some()
    assert nobody.value.message.startswith("none of the 4 workers can grade\na: bubblewrap is not installed\nb: ")
    assert nobody.value.hint.startswith("apt-get install bubblewrap\n")
    crew.look({"a": no_walls, "e": introduced()})
    crew.require_some()
    assert [*crew.fit] == ["e"]


def test_that_nobody_is_left_is_said_once(crew, lines):
    crew.look({"a": introduced()})
    crew.look({})
    crew.look({})
    crew.look({"b": introduced()})
    assert lines[1:] == [
        "worker a is gone: its jobs go to others; none is left, waiting for one: grade worker on a machine starts it",
        "worker b: 2 at a time",
    ]
    assert crew.slots == 2
