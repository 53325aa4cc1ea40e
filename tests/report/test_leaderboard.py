"""Boards: the best of each student, ranks, ties, and names that fit."""

import pytest
from rich.cells import cell_len

from grader.records import Result, Speed, Status, TestRecord, Verdict
from grader.report.leaderboard import board_text, boards
from grader.report.screens import ASCII, UNICODE


def result(student, *ratios, task="mix_fast", unit="waves", device="one thread of a CPU", details=""):
    tests = tuple(
        TestRecord(unit, task, f"fast.t{number}", "speed", True, 3.0, 3.0, Verdict.PASSED, speed=speed)
        for number, speed in enumerate(
            None
            if ratio is None
            else Speed(ratio, 0.9 * ratio, 1.1 * ratio, 9, device, "gold" if ratio < 2 else "", details=details)
            for ratio in ratios
        )
    )
    return Result(student, unit, Status.GRADED, tests=tests)


def ranks(board):
    return [(place.rank, place.student) for place in board.places]


def test_the_best_ratio_of_each_student_counts_and_the_fastest_is_first():
    (board,) = boards([result("a", 1.5, 1.2), result("b", 0.9), result("c", 3.0, None)])
    assert ranks(board) == [(1, "b"), (2, "a"), (3, "c")]
    assert board.places[1].speed.ratio == 1.2


def test_who_is_equally_fast_as_shown_shares_a_rank_and_the_next_one_is_left_out():
    (board,) = boards([result("d", 2.0), result("b", 1.204), result("a", 1.196), result("c", 1.0)])
    assert ranks(board) == [(1, "c"), (2, "a"), (2, "b"), (4, "d")]


def test_tasks_and_devices_have_boards_of_their_own():
    ranked = boards([result("a", 1.0), result("a", 2.0, task="sum_fast"), result("b", 1.0, device="another")])
    assert [(board.task, board.device) for board in ranked] == [
        ("mix_fast", "one thread of a CPU"),
        ("sum_fast", "one thread of a CPU"),
        ("mix_fast", "another"),
    ]


def test_a_card_is_one_board_however_long_its_batches_were_and_its_clock():
    details = [f"batches of {batch} ms, {mhz} MHz" for batch, mhz in ((10.1, 1980), (9.8, 1965))]
    (board,) = boards(
        [result(name, 1.0, device="A card, float32", details=details[number]) for number, name in enumerate("ab")]
    )
    assert (board.device, len(board.places)) == ("A card, float32", 2)


def test_nothing_timed_is_no_board():
    assert boards([result("a", None), Result("b", "waves", Status.MISSING)]) == []


@pytest.mark.parametrize("width", [80, 120])
def test_a_board_fits_and_is_aligned(width):
    (board,) = boards([result("a", 0.9), result("b", 12.34)])
    lines = board_text(
        board, {"a": "brisk-otter-17", "b": "名前\x1b[31m" + 60 * "x"}, UNICODE, width
    ).plain.splitlines()
    assert max(map(cell_len, lines)) <= min(width, 100)
    assert lines[0].startswith("waves · mix_fast")
    assert lines[0].endswith("one thread of a CPU")
    assert lines[1].split() == ["1.", "brisk-otter-17", "0.90", "x", "(0.81", "to", "0.99)", "gold"]
    assert lines[2].endswith("below bronze")
    assert "\x1b" not in lines[2]
    assert cell_len(lines[1].split("gold")[0]) == cell_len(lines[2].split("below")[0])


def test_without_unicode_a_board_is_plain():
    (board,) = boards([result("a", 0.9)])
    board_text(board, {"a": "brisk-otter-17"}, ASCII, 80).plain.encode("ascii")
