"""A course whose races are not given up as too noisy: what is tested is what they bring, not how quiet a machine is."""

from pathlib import Path

GATE = '''"""The noise gate is open, and a race has all the time that it needs: other tests are about those."""

from grader.timing import measuring, noise

noise.QUIET = (0.01, 100.0)
measuring.WALL = 1000
'''


def open_gate(root: Path, unit: str) -> None:
    """Have the judge of a copied course open its noise gate."""
    (root / "tests/hidden" / unit / "conftest.py").write_text(GATE, encoding="utf-8")
