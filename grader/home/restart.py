"""Start of the running command anew, in the place of this process where the platform allows it."""

import os
import subprocess
import sys
from typing import NoReturn


def start_again() -> NoReturn:
    """Run the same command again, and end as it ends."""
    command = [sys.executable, *sys.orig_argv[1:]]
    sys.stdout.flush()
    if sys.platform == "win32":  # where exec would leave the console to the shell
        sys.exit(subprocess.call(command))
    os.execv(sys.executable, command)
