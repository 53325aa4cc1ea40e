"""Submissions: packed on the student's side; found, read and parsed on the instructor's.

`hand_ins` finds submissions, `archives` packs and reads them, `parsing` is the only parser of student text. No student
code runs.

Door: `intake.Submission`, `hand_ins.discover`, `hand_ins.pack`, `parsing.read_text`,
`source_checks.to_review`.
"""
