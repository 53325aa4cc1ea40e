"""Precision and recall of `grade similar` with the real engines: Dolos from npm, copydetect from PyPI.

Each is installed into a folder of its own.
"""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.registry import load_course
from grader.records import Isolation
from grader.sandbox.tool import Tool, ToolLimits, answer
from grader.similar import engines
from tests.benchmarks.similar import measure, print_table
from tests.doors.environments import Environment

ROOT = Path(__file__).parents[2]
NPM = ("npm", "install", "--silent", "--ignore-scripts", "--prefix")
PACKAGES = ("@dodona/dolos-lib@3.5.1", "tree-sitter-python@0.25.0")


@pytest.fixture(scope="module")
def dolos(tmp_path_factory):
    """Return Dolos behind walls."""
    if shutil.which("npm") is None:
        pytest.skip("no npm here, and Dolos comes from there")
    folder = tmp_path_factory.mktemp("dolos")
    subprocess.run([*NPM, str(folder), *PACKAGES], check=True, capture_output=True)
    subprocess.run(["npm", "rebuild", "--prefix", str(folder), "tree-sitter"], check=True, capture_output=True)
    return engines.engine_for("dolos", Isolation.SEALED, [folder])


@pytest.fixture(scope="module")
def copydetect(tmp_path_factory):
    """Return copydetect behind walls."""
    made = Environment(tmp_path_factory.mktemp("copydetect") / "venv")
    made.install("copydetect>=0.5")
    packages = next(made.folder.glob("lib/python*/site-packages"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "copydetect_place", lambda: packages / "copydetect")
        patch.setattr(engines.sysconfig, "get_path", lambda name: str(packages))
        return engines.engine_for("copydetect", Isolation.SEALED, [])


@pytest.mark.parametrize("name", ["dolos", "copydetect"])
def test_copies_in_disguise_are_listed_and_independent_work_is_not(name, request):
    tallies = measure(load_course(ROOT), request.getfixturevalue(name))
    print_table(name, tallies)
    assert min(tally.precision for tally in tallies.values()) >= 0.95
    assert min(tally.recall for tally in tallies.values()) >= 0.9


def test_behind_the_walls_there_is_no_network_and_no_course():
    code = """
import json, os, pathlib, socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.stdin.read())), 2)
    reached = True
except OSError:
    reached = False
print(json.dumps([reached, pathlib.Path(sys.argv[1]).exists(), sorted(os.environ)]))
"""
    python = Path(sys.executable).resolve()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        command = (str(python), "-I", "-c", code, str(ROOT / "course.toml"))
        tool = Tool(command, (python, Path(sys.base_prefix).resolve()))
        reached, seen, names = json.loads(answer(tool, str(port).encode(), ToolLimits(), Isolation.SEALED))
    assert not reached
    assert not seen
    assert "DEEPGRADE_SECRET" not in names
