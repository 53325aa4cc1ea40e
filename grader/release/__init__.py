"""The student bundle: building it, searching it for leaks, and resetting stubs."""
