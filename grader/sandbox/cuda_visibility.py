"""Which cards CUDA may see: none in a process that forks, the user's in workers and race processes that are for them.

torch asks the driver for the number of cards when a gradient is taken for the first time. Whatever is forked after that
can use no card, and no autograd either where there is one. So a judge hides the cards before it does anything else.
"""

import os

NAME = "CUDA_VISIBLE_DEVICES"
BEFORE = "DEEPGRADE_VISIBLE_DEVICES"  # what the user had set, behind a sign that it was set


def hide() -> None:
    """Let CUDA see no card in this process and those that it starts; what the user had set is remembered."""
    if not hidden():
        before = os.environ.get(NAME)
        os.environ[BEFORE] = "" if before is None else f"={before}"
    os.environ[NAME] = ""


def hidden() -> bool:
    """Tell whether the cards are hidden from this process."""
    return BEFORE in os.environ


def sight() -> dict[str, str]:
    """Return what the environment of a process says that may see the user's cards."""
    if hidden():
        before = os.environ[BEFORE]
        return {NAME: before[1:]} if before else {}
    return {NAME: os.environ[NAME]} if NAME in os.environ else {}


def with_sight() -> dict[str, str]:
    """Return this process's environment as it was before the cards were hidden."""
    kept = {name: value for name, value in os.environ.items() if name not in (NAME, BEFORE)}
    return kept | sight()
