"""Author's tools: prove that suites are correct and sensitive, and simulate classes with known grades.

`check` is `grade check`, `mutants` is `grade mutants`, `simulate` creates a class, and `local_suites` runs the suites
on code of the checkout.

Door: `check.prove`, `mutants.try_mutants`, `simulate.simulate`, `simulate.verify`.
"""
