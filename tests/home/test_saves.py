"""Saves: one change for a burst, an editor's renaming, and a file that is written in two halves."""

from pathlib import Path

import pytest

from grader.home.saves import PATIENCE, SETTLED, Saves, seems_whole


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settled(saves: Saves, clock: Clock, seconds: float) -> list[tuple[Path, ...]]:
    """Return the changes that are told in some seconds of looking."""
    end, changes = clock.now + seconds, []
    while clock.now < end:
        clock.now += 0.01
        changes += [change] if (change := saves.poll()) else []
    return changes


def test_nothing_happens_without_a_save(path, clock):
    assert settled(Saves([path], clock), clock, 1) == []


def test_a_burst_of_saves_is_one_change(path, clock):
    saves = Saves([path], clock)
    for number in range(5):
        path.write_text(f"x = {'1' * number}1\n")
        assert settled(saves, clock, SETTLED / 2) == []
    assert settled(saves, clock, 1) == [(path,)]


def test_a_save_of_two_files_is_one_change(path, clock):
    other = path.with_name("b.py")
    other.write_text("y = 1\n")
    saves = Saves([path, other], clock)
    other.write_text("y = 12\n")
    path.write_text("x = 12\n")
    assert settled(saves, clock, 1) == [(path, other)]


def test_an_editor_that_renames_into_place_makes_one_change(path, clock):
    saves = Saves([path], clock)
    path.rename(path.with_name("a.py~"))
    assert settled(saves, clock, PATIENCE / 2) == []
    draft = path.with_name(".a.py.swp")
    draft.write_text("x = 2\n")
    draft.rename(path)
    assert settled(saves, clock, 1) == [(path,)]


@pytest.mark.parametrize("half", ["", "def f(:\n", "x = (1,\n"])
def test_a_half_written_file_is_waited_for(path, clock, half):
    saves = Saves([path], clock)
    path.write_text(half)
    assert settled(saves, clock, PATIENCE * 0.75) == []
    path.write_text("x = 1234\n")
    assert settled(saves, clock, 1) == [(path,)]


def test_a_file_that_stays_broken_is_told(path, clock):
    saves = Saves([path], clock)
    path.write_text("def f(:\n")
    assert settled(saves, clock, PATIENCE + 0.05) == [(path,)]
    assert settled(saves, clock, 1) == []


def test_a_deleted_file_is_told(path, clock):
    saves = Saves([path], clock)
    path.unlink()
    assert settled(saves, clock, PATIENCE + 0.05) == [(path,)]


def test_text_that_ends_the_parser_does_not_end_the_watcher(path):
    path.write_text("x = " + "-" * 200_000 + "1\n")
    assert not seems_whole(path)
