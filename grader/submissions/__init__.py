"""Submissions: packed on the student's side; found, read and parsed on the instructor's.

`packing` packs them, `hand_ins` finds them in any layout, `parsing` is the only parser of student text. No student
code runs.

Door: `intake.Submission`, `hand_ins.read_inbox`, `hand_ins.pack`, `parsing.read_text`,
`source_checks.to_review`.
"""
