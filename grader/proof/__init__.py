"""For authors: proves that suites are right and notice mistakes, and makes classes whose grades are known.

`check` is `grade check`, `mutants` is `grade mutants`, `simulate` makes a class; `local_suites` runs code of the
checkout.
"""
