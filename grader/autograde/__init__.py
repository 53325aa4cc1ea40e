"""Grading of a folder of submissions: plan, journal, resumption, parallel execution."""
