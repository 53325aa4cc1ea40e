"""What beginners read: the messages of typical mistakes are those that a person has reviewed in `messages.txt`."""

import sys

import pytest

from tests.messages.mistakes import MISTAKES
from tests.messages.snapshot import TEXT, WIDTH, snapshot

AGAIN = "python -m tests.messages.snapshot, then read what has changed in tests/messages/messages.txt"
is_reviewed_here = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11), reason="Python's own messages differ between versions"
)


@is_reviewed_here
def test_the_messages_are_those_that_were_reviewed() -> None:
    blocks, reviewed = snapshot().split("\n\n"), TEXT.read_text(encoding="utf-8").split("\n\n")
    changed = [block for block in blocks if block not in reviewed]
    assert (changed, len(blocks)) == ([], len(reviewed)), AGAIN


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, TEXT.read_text(encoding="utf-8").splitlines())) <= WIDTH


def test_every_mistake_is_in_the_text_once() -> None:
    titles = [line for line in TEXT.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    assert titles == [f"# {mistake.what} ({mistake.task})" for mistake in MISTAKES]
