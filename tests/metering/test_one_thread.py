"""Processes that fork compute on one thread, and do not import torch for it."""

import os
import subprocess
import sys

from grader.metering.processes import ONE_THREAD

PROGRAM = """
import sys
from grader.metering.processes import use_one_thread

use_one_thread()
assert "torch" not in sys.modules, "imported for nothing"
import torch

print(torch.get_num_threads(), end=" ")
torch.set_num_threads(2)
use_one_thread()
print(torch.get_num_threads())
"""


def test_torch_has_one_thread_whether_it_is_imported_before_or_later() -> None:
    outside = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=outside, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.split() == ["1", "1"], done.stderr
