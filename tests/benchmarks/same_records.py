"""Grades one made-up class with two checkouts of the engine, and compares the records byte for byte.

    python tests/benchmarks/same_records.py OLD NEW --students 12 --seed 3 --unit perceptron

Each checkout is a folder with an environment of its own (`.venv`). Left out of the comparison is what depends on the
moment or on the engine's own text: times, keys of reuse, and fields that only one of the two has.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRADE = """
import sys
from inspect import signature
from pathlib import Path
import msgspec
from grader.autograde.run import autograde
from grader.course.registry import load_course
untimed = {name: True for name in ("dry_run", "rehearse") if name in signature(autograde).parameters}  # as it was named
outcome = autograde(load_course(Path.cwd()), Path(sys.argv[1]), out=Path(sys.argv[2]), **untimed)
Path(sys.argv[3]).write_bytes(msgspec.json.encode(outcome.results))
"""
SECRET = "of the comparison"  # of both checkouts: cases are drawn from it
OF_THE_MOMENT = {"seconds", "timing", "speed", "key", "version", "near"}


def python_of(checkout: Path) -> str:
    """Return the interpreter of a checkout's environment."""
    return str(checkout.resolve() / ".venv/bin/python")


def simulate(checkout: Path, folder: Path, options: list[str]) -> None:
    """Make up a class with a checkout's own `grade simulate`."""
    command = [python_of(checkout), "-c", "from grader.cli import main; main()", "simulate", str(folder), *options]
    subprocess.run(command, cwd=checkout, check=True)


def graded(checkout: Path, folder: Path, out: Path) -> list[dict[str, Any]]:
    """Return the results of a class as a checkout grades it; timed tests only compare answers."""
    results = out / "results-as-data.json"
    command = [python_of(checkout), "-c", GRADE, str(folder), str(out), str(results)]
    subprocess.run(command, cwd=checkout, env={"DEEPGRADE_SECRET": SECRET, **os.environ}, check=True)
    decoded: list[dict[str, Any]] = json.loads(results.read_bytes())
    return decoded


def without_the_moment(value: Any) -> Any:
    """Return records without what two gradings of one checkout differ in."""
    if isinstance(value, dict):
        return {name: without_the_moment(part) for name, part in value.items() if name not in OF_THE_MOMENT}
    return [without_the_moment(part) for part in value] if isinstance(value, list) else value


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Yield where two records differ; a field that only one of them has is told apart."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() & new.keys():
            yield from differences(old[name], new[name], f"{place}.{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif json.dumps(old) != json.dumps(new):
        yield f"{place}: {json.dumps(old)} became {json.dumps(new)}"


def fields(value: Any) -> set[str]:
    """Return the names of all fields of some records."""
    if isinstance(value, dict):
        return set(value) | {name for part in value.values() for name in fields(part)}
    return {name for part in value for name in fields(part)} if isinstance(value, list) else set()


def main() -> int:
    """Compare, print what differs, and return how many places do."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--students", default="12")
    parser.add_argument("--seed", default="3")
    parser.add_argument("--unit", action="append", default=[])
    asked = parser.parse_args()
    units = [word for unit in asked.unit for word in ("--unit", unit)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        simulate(asked.old, place / "class", ["--students", asked.students, "--seed", asked.seed, *units])
        old, new = (
            without_the_moment(graded(checkout, place / "class", place / name))
            for checkout, name in ((asked.old, "old"), (asked.new, "new"))
        )
    changes = list(differences(old, new))
    tests = sum(len(result["tests"]) for result in old)
    print(f"{len(old)} results with {tests} tests: {len(changes)} differences", *changes[:50], sep="\n")
    print("fields of one side only:", *sorted(fields(old) ^ fields(new)))
    return min(len(changes), 1)


if __name__ == "__main__":
    sys.exit(main())
