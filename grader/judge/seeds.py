"""Seeds derived from the course's secret, unit and test: the same for all students, and not guessable."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.judge.items import TestInfo

PUBLIC_SECRET = "public"  # for a student's own runs: visible cases may be known


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def replay_token(secret: str, unit: str, test: str) -> str:
    """Return the four hexadecimal digits that `grade replay` takes.

    It cannot be inverted: a hidden test's token reveals nothing about the seed of that test.
    """
    return _digest("token", secret, unit, test).hex()[:4]


def seed_from_token(token: str, unit: str, test: str) -> int:
    """Return the seed of a visible test, which depends only on its name and the token."""
    return int.from_bytes(_digest("visible", token, unit, test)[:8], "big")


def hidden_seed(secret: str, unit: str, test: str) -> int:
    """Return the seed of a hidden test."""
    return int.from_bytes(_digest("hidden", secret, unit, test)[:8], "big")


def seed_of(info: "TestInfo", secret: str, token: str = "") -> int:
    """Return the seed of everything that a test draws."""
    if info.hidden:
        return hidden_seed(secret, info.unit, info.name)
    return seed_from_token(token or replay_token(secret, info.unit, info.name), info.unit, info.name)
