"""Grading of a folder of submissions: plan, journal, resumption, parallel execution.

It does not depend on pytest or the sandbox: it sends jobs to a judge and stores the returned records.

Door: `run.autograde`, `plan.chosen_units`, `saved_results.past_results`, `secret.course_secret`, `secret.pseudonyms`.
"""
