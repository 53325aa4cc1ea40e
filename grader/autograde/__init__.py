"""From a folder of submissions to results: plan, journal, resume, fan-out; and the proof of a course."""
