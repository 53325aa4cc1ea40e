"""The benchmark of throughput with its peers: they are installed, grade the same five tests, and are compared."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.records import Isolation
from grader.sandbox.probe import best_tier

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="a warm judge needs Linux")
def test_its_smallest_form_ends_with_the_ratios_of_all_peers(tmp_path: Path) -> None:
    if best_tier() is not Isolation.SEALED:
        pytest.skip("the tier sealed is not there: grade doctor")
    command = [sys.executable, "tests/benchmarks/throughput.py", "--small", "--json", "--cache", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ratios = json.loads(done.stdout.splitlines()[-1])
    assert list(ratios) == ["nbgrader", "otter", "pytest", "warm"]
    assert all(ratios[peer] > 1 for peer in ("nbgrader", "otter", "pytest")), done.stdout
