"""People, rules, decisions by hand, and the grades that follow from them and the results.

It knows nothing of running code: results come as records.

Door: `class_grades.class_grades`, `scores.grade_of`, `lateness.late_days`, `store.Gradebook`, `database.Database`.
"""
