"""Makes mutants of the solutions: copies with one small mistake each, which the hidden suites must notice.

The maintained libraries (mutmut, cosmic-ray) change Python as such and know nothing of arrays: no axis, no
transposition, no reduction, no copy. So these operators are our own, on libcst, one family a file; they propose,
`search` selects.
"""
