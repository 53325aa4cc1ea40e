"""Sandboxed processes for the student's code: isolation, resource limits, channels, and process exit."""
