"""Paths of a course's files: the only module that spells them."""

from pathlib import Path

REGISTRY = "course.toml"
UNIT_FILE = "unit.toml"
RELEASE = "release.json"


def relative_name(path: Path, root: Path) -> str:
    """Return a file's name in messages and archives: its path relative to `root`, with slashes on every platform."""
    return path.relative_to(root).as_posix()


def registry(root: Path) -> Path:
    """Return the course's registry, `course.toml`: title, limits, order of the units."""
    return root / REGISTRY


def release(root: Path) -> Path:
    """Return the file that marks a folder as a student bundle."""
    return root / RELEASE


def exercises(root: Path, unit: str = "") -> Path:
    """Return the folder of the students' files, of one unit or of all."""
    return root / "exercises" / unit


def solutions(root: Path, unit: str = "") -> Path:
    """Return the folder of the solutions, of one unit or of all."""
    return root / "solutions" / unit


def hidden(root: Path, unit: str = "") -> Path:
    """Return the folder of the hidden suites, of one unit or of all."""
    return root / "tests" / "hidden" / unit


def datasets(root: Path) -> Path:
    """Return the folder of the course's data."""
    return root / "datasets"


def unit_file(root: Path, unit: str) -> Path:
    """Return the unit's part of the registry, `unit.toml`: its tasks with minutes and hints."""
    return exercises(root, unit) / UNIT_FILE


def equivalents(root: Path, unit: str) -> Path:
    """Return the list of the unit's equivalent mutants, which no test can notice."""
    return hidden(root, unit) / "equivalents.toml"


DRAWN_MUTANTS = "mutants.toml"
"""File beside a unit's hidden tests with the mutants that students' own tests are tried on."""


def stub_path(root: Path, unit: str, file: str) -> Path:
    """Return the stub that students fill in; `file` is its stem."""
    return exercises(root, unit) / f"{file}.py"


def solution_path(root: Path, unit: str, file: str) -> Path:
    """Return the solution from which the stub is generated."""
    return solutions(root, unit) / f"{file}.py"


def handout(root: Path, unit: str) -> Path:
    """Return the unit's handout."""
    return exercises(root, unit) / "README.md"


def visible_test(root: Path, unit: str, file: str) -> Path:
    """Return the visible tests of a stub file."""
    return exercises(root, unit) / f"test_{file}.py"


def hidden_test(root: Path, unit: str, file: str) -> Path:
    """Return the hidden tests of a stub file."""
    return hidden(root, unit) / f"test_{file}.py"


def misconceptions(root: Path, unit: str) -> Path:
    """Return the file of wrong answers that the hidden suite must catch."""
    return hidden(root, unit) / "misconceptions.py"


def variants(root: Path, unit: str) -> Path:
    """Return the file of other right answers that the hidden suite must accept."""
    return hidden(root, unit) / "variants.py"


def milestone(root: Path, unit: str) -> Path:
    """Return the students' copy of the unit's milestone."""
    return exercises(root, unit) / "milestone.py"


def workloads(root: Path, unit: str) -> Path:
    """Return the students' copy of the workloads of the unit's timed tasks."""
    return exercises(root, unit) / "workloads.py"


def workloads_source(root: Path, unit: str) -> Path:
    """Return the workloads of the unit's timed tasks, which students get unchanged."""
    return solutions(root, unit) / "workloads.py"


def tiers(root: Path, unit: str) -> Path:
    """Return the thresholds of a unit's timed tasks, written by `grade calibrate`."""
    return hidden(root, unit) / "tiers.toml"


def trivial(root: Path, unit: str) -> Path:
    """Return the list of tests that trivial answers pass."""
    return hidden(root, unit) / "trivial.toml"


def milestone_source(root: Path, unit: str) -> Path:
    """Return the milestone, which students get unchanged."""
    return solutions(root, unit) / "milestone.py"


def picture(root: Path, unit: str) -> Path:
    """Return the picture in the unit's handout."""
    return exercises(root, unit) / "picture.svg"


def picture_source(root: Path, unit: str) -> Path:
    """Return the script that draws the handout's picture."""
    return solutions(root, unit) / "picture.py"


def pristine_stub(root: Path, unit: str, file: str) -> Path:
    """Return the original stub that a student bundle keeps for `grade reset`."""
    return root / ".stubs" / unit / f"{file}.py"


def wrong_answers(root: Path, unit: str) -> Path:
    """Return what a student bundle knows of misconceptions: their answers in the visible tests."""
    return root / ".stubs" / unit / "wrong_answers.bin"


def state_folder(root: Path) -> Path:
    """Return the folder of the engine's state: hints used, last results, backups."""
    return root / ".deepgrade"


def kept_proof(root: Path, unit: str) -> Path:
    """Return the file in which `grade check` keeps the proof of a unit."""
    return state_folder(root) / "proofs" / unit


def backups(root: Path, unit: str) -> Path:
    """Return the folder of the backups made by `grade reset`."""
    return state_folder(root) / "backups" / unit


def secret_path(root: Path) -> Path:
    """Return the file of the course secret, from which test seeds are derived."""
    return root / ".course-secret"


def cluster_folder(root: Path) -> Path:
    """Return the folder of the certificates with which the machines of a cluster know each other."""
    return root / ".cluster"
