"""Settings of all tests: each process computes on one thread, as several of them share the machine's cores."""

import os

from grader.metering.processes import ONE_THREAD

for name, value in ONE_THREAD.items():  # before NumPy and torch are imported
    os.environ.setdefault(name, value)
