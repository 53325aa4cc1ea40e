"""What students hand in: packing it on their side, finding, reading and parsing it on the instructor's.

`hand_ins` finds submissions, `packing` makes them, `parsing` is the one reader of student text. Nothing of theirs runs.
"""
