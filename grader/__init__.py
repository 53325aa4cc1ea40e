"""deepgrade's engine: everything between a student's file and a grade."""

__version__ = "0.2.0"
