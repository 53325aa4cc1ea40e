"""Torch beside the student's worker: on a card, what is left running between calls slows torch and costs nothing.

A CPU's clock charges a worker for all that it does; the clock on the wall, which a card needs, does not. So torch's
time is known from before the student's worker was there, and must not be longer beside it. A clock on the wall accuses
nobody, though: a neighbour may come and go with the worker. Only what the worker itself has used shows that it was its
doing.
"""

from collections.abc import Callable

from grader.judge.ended import CheckFailed, TooNoisy

SLOWED = 1.1  # by how much more torch may take


def refuse_if_slowed(
    before: float,
    beside: float,
    without: Callable[[], float],
    again: Callable[[], float],
    at_work: Callable[[], str],
) -> None:
    """Raise where torch took longer beside the student's worker than before.

    Parameters
    ----------
    before, beside : float
        Torch's times: before that worker was there, and in turn with it.
    without : callable
        Ends the worker, and measures torch once more.
    again : callable
        Starts it, and measures torch in turn with it once more.
    at_work : callable
        Says what the worker has used while nobody asked it; nothing where that was not worth mentioning.

    Raises
    ------
    CheckFailed
        Torch is slower with the worker, as fast as before without, and slower with it again, and the worker has worked.
    TooNoisy
        Something else has changed, as far as can be told; it is listed for review.
    """
    if beside <= SLOWED * before:
        return
    factor = f"torch took {beside / before:.2f} x its time while your code's worker was there"
    follows = without() <= SLOWED * before and again() > SLOWED * before
    used = at_work()
    if follows and used:
        raise CheckFailed(
            f"{factor}, and its usual time without it; {used}: your code leaves something running between calls"
        )
    seen = f"{factor}, and its usual time without it" if follows else f"{factor}, which was not its doing"
    raise TooNoisy(f"{seen}: this machine is too busy to time anything", review=seen)
