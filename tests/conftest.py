"""Settings of all tests: one thread for each process, since several share the cores, and no clock in a property test.

On a machine with sixteen busy processes an example of 10 ms may take 400: hypothesis's deadline and its check of slow
draws would fail tests of right code.
"""

import os

from hypothesis import HealthCheck, settings

from grader.metering.processes import ONE_THREAD

for name, value in ONE_THREAD.items():  # before NumPy and torch are imported
    os.environ.setdefault(name, value)

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
