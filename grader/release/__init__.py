"""The student bundle: building it, searching it for leaks, and resetting stubs.

A bundle is the course without solutions and hidden tests; what is written is read again before it is given away.

Door: `bundle.release`, `reset.reset_task`.
"""
