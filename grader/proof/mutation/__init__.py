"""Mutants of the solutions: copies with one small mistake each, which the hidden suites must notice.

Existing libraries (mutmut, cosmic-ray) mutate plain Python and have no operators for arrays: axis, transposition,
reduction, copy. So these operators are our own, based on libcst, with one family per file. They propose changes;
`search` selects them.
"""
