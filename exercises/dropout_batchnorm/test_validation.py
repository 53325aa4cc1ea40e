"""What you can check at home: validation.py. Sizes, no index twice and none lost, chance from `rng` alone.

Chance is told from mistakes by Hoeffding's bound, as in test_penalties.py.
"""

import numpy as np

from grader.judge import check, task


def split(student, seed, n, shares):
    """Return the three parts under a seed; the test fails where they are not the indices, each once."""
    parts = student.train_validation_test(n, np.random.default_rng(seed), shares=shares)
    together = np.concatenate([np.asarray(part).ravel() for part in parts])
    check(np.sort(together), "all parts together, sorted").equals(np.arange(n))
    return parts


@task("train_validation_test", points=0.5)
def test_eleven_examples_are_divided_as_in_the_worked_example_of_the_handout(student, rng):
    parts = split(student, rng.integers(2**32), 11, (0.5, 0.25, 0.25))
    check([len(part) for part in parts], "the sizes").equals([7, 2, 2])


@task("train_validation_test", points=0.5)
def test_every_index_is_in_exactly_one_part(student, rng):
    for n, shares, sizes in ((40, (0.6, 0.3, 0.1), (24, 12, 4)), (7, (0.3, 0.35, 0.35), (3, 2, 2))):
        parts = split(student, rng.integers(2**32), n, shares)
        check([len(part) for part in parts], "the sizes").equals(list(sizes))


@task("train_validation_test", points=1)
def test_examples_come_into_a_part_at_random_and_from_the_generator(student, rng):
    calls, seeds = 400, rng.integers(2**32, size=400)
    parts = [split(student, seed, 12, (0.5, 0.25, 0.25)) for seed in seeds]
    room = np.sqrt(np.log(2e11) / (2 * calls))
    for index in (0, 5, 11):
        share = np.mean([index in validation for _, validation, _ in parts])
        statement = f"index {index} is in {share:.3f} of all validation parts; it should be about 0.25"
        check(share, "the share").holds(abs(share - 0.25) <= room, statement)
    check(split(student, seeds[0], 12, (0.5, 0.25, 0.25))[1], "the same generator once more").equals(parts[0][1])


@task("train_validation_test", points=0.5)
def test_shares_that_do_not_add_up_are_refused(student, rng):
    split(student, rng.integers(2**32), 10, (0.5, 0.5, 0.0))
    for shares in ((0.5, 0.2, 0.2), (0.9, 0.2, -0.1)):
        student.train_validation_test.refuses(ValueError, 10, rng, shares=shares)
