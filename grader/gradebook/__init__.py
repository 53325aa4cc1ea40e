"""People, rules, decisions by hand, and the grades that follow from them and the results.

It knows nothing of running code: results come as records.

Door: `book.class_book`, `class_grades.class_grades`, `scores.grade_of`, `lateness.late_days`, `roster.people_of`.
"""
