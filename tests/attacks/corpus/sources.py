"""Texts that Python's parser gives up on, runs away with, or takes gigabytes for, in every role of a file."""

from tests.attacks.attack import HONEST_POINTS, Attack

TOO_MUCH = "cannot be read by Python's parser"
NEVER_LOADED = "what cannot be parsed is live nowhere"
WRONG = {
    "numbers": "def softmax(x):\n    return 0 * x\n",
    "tensors": "import torch\n\ndef clip(x, low, high):\n    return 0 * x\n",
}

BOMBS: dict[str, tuple[str, str]] = {
    "minus_signs": ("17 kB of minus signs", f"x = {'-' * 17_000}1\n"),
    "long_sum": ("a sum of 10,000 terms", f"x = {'+'.join(['1'] * 10_000)}\n"),
    "elif_wall": ("a wall of elif", "if 0: pass\n" + "elif 0: pass\n" * 10_000),
    "lambdas": ("20,000 lambdas in each other", f"x = {'lambda: ' * 20_000}1\n"),
    "attributes": ("a chain of 100,000 attributes", f"x{'.a' * 100_000}\n"),
    "many_statements": ("a million statements in 2 MiB", "1;" * 1_000_000 + "\n"),
    "quadratic_text": ("an f-string that is parsed in quadratic time", f"x = f'{'{a}' * 300_000}'\n"),
}


def in_the_target(name: str, unit: str = "numbers") -> Attack:
    """Return an attack whose target file is the bomb: the other file keeps its points, this one loses its own."""
    tries, bomb = BOMBS[name]
    return Attack(
        f"source_{name}_{unit}",
        f"hands in {tries} as the file of a task",
        bomb,
        no_control=NEVER_LOADED,
        evidence=TOO_MUCH,
        unit=unit,
        helpers=False,
    )


def beside(name: str, file: str, unit: str, earned: float, evidence: str) -> Attack:
    """Return an attack that hands the bomb in as another file of the unit, beside a wrong answer."""
    tries, bomb = BOMBS[name]
    return Attack(
        f"source_{name}_as_{file}_{unit}",
        f"hands in {tries} as a file that the task does without",
        WRONG[unit],
        no_control=NEVER_LOADED,
        evidence=evidence,
        unit=unit,
        earned=earned,
        helpers=False,
        beside={f"{file}.py": bomb},
    )


ATTACKS = (
    *(in_the_target(name) for name in BOMBS),
    *(in_the_target(name, "tensors") for name in ("minus_signs", "quadratic_text")),
    beside("minus_signs", "honest", "numbers", 0.0, TOO_MUCH),
    beside("minus_signs", "honest", "tensors", 0.0, TOO_MUCH),
    beside("minus_signs", "notes", "tensors", HONEST_POINTS, ""),
)
