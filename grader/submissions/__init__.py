"""Submissions: packed on the student's side; found, read and parsed on the instructor's.

`hand_ins` finds submissions, `packing` makes them, `parsing` is the only parser of student text. No student code runs.

Door: `submission.Submission`, `hand_ins.discover`, `hand_ins.pack`, `parsing.read_text`, `review.to_review`.
"""
