"""The student bundle: building it, searching it for leaks, and resetting stubs.

A bundle is the course without solutions and hidden tests. Its contents are searched before they are written.

Door: `bundle.release`, `reset.reset_task`.
"""
