"""Grading of a folder of submissions: plan, journal, resumption, parallel execution.

It knows no pytest and no walls: it sends jobs to a judge and keeps the records that come back.

Door: `run.autograde`, `plan.chosen_units`, `saved_results.past_results`, `secret.course_secret`, `secret.pseudonyms`.
"""
