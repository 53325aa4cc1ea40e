"""Visibility of GPUs to CUDA: hidden in processes that fork, visible to workers and race processes that need one.

torch asks the driver for the number of GPUs when a gradient is first computed. A process forked after that can use no
GPU, and on a machine with one no autograd either. So a judge hides the GPUs before it does anything else.
"""

import os

NAME = "CUDA_VISIBLE_DEVICES"
BEFORE = "DEEPGRADE_VISIBLE_DEVICES"  # the user's setting, behind a mark that it was set


def hide() -> None:
    """Hide all GPUs from CUDA in this process and its children, and remember the user's setting."""
    if not hidden():
        before = os.environ.get(NAME)
        os.environ[BEFORE] = "" if before is None else f"={before}"
    os.environ[NAME] = ""


def hidden() -> bool:
    """Return whether the GPUs are hidden from this process."""
    return BEFORE in os.environ


def sight() -> dict[str, str]:
    """Return the environment variables for a process that may see the user's GPUs."""
    if hidden():
        before = os.environ[BEFORE]
        return {NAME: before[1:]} if before else {}
    return {NAME: os.environ[NAME]} if NAME in os.environ else {}


def with_sight() -> dict[str, str]:
    """Return this process's environment as it was before the GPUs were hidden."""
    kept = {name: value for name, value in os.environ.items() if name not in (NAME, BEFORE)}
    return kept | sight()
