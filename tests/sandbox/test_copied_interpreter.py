"""Walls of an interpreter that is a copy: `python -m venv --copies` puts it beside the packages, not beside its own."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.records import Isolation
from grader.sandbox.isolation import wall
from tests.sandbox.conftest import launcher_or_skip

ROOT = Path(__file__).parents[2]
PROBE = """
import sys
from grader.records import Isolation
from grader.sandbox.probe import probe

print(sys.executable, *((test.name, test.held) for test in probe(Isolation.SEALED).escape_tests), sep="\\n")
"""


def test_a_copied_interpreter_runs_inside_the_walls(tmp_path: Path) -> None:
    launcher_or_skip(Isolation.SEALED).close()
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--copies", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "course.pth").write_text(f"{Path(np.__file__).parents[1]}\n{ROOT}\n", encoding="utf-8")
    python = environment / "bin/python"
    assert not python.resolve().is_relative_to(Path(sys.base_prefix).resolve())  # otherwise nothing is tried here
    done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=True)
    program, *escapes = done.stdout.splitlines()
    assert program == str(python)
    assert escapes
    assert all(line.endswith(", True)") for line in escapes)


def test_an_interpreter_apart_from_its_libraries_is_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher_or_skip(Isolation.SEALED).close()
    program = tmp_path / "python3"
    program.touch()
    assert str(program) not in wall("numpy")
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "_base_executable", str(program))
    words = wall("numpy")
    assert words[words.index(str(program)) - 1 :][:3] == ["--ro-bind", str(program), str(program)]
