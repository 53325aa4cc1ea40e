"""The toy course is graded by its judge, not collected here."""

collect_ignore = ["course"]
