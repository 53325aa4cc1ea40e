"""The toy courses are graded by their judges, not collected here."""

collect_ignore = ["course", "speed_course"]
