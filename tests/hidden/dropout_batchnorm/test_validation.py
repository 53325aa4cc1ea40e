"""The division of examples into three parts.

Requires: each index in exactly one part; validation and test of their shares rounded down, training with the rest; all
divisions equally likely, also for indices that are neighbours; random numbers from the generator alone; refusals.

Catches: parts that overlap, lost or repeated indices, positions for indices, parts in the order of the data or cut out
of it at a random place, sizes that are drawn or rounded up, exchanged parts, a fixed seed, shares that do not add up.

Expected numbers: definitions. Shares keep Hoeffding's bound with a false alarm below `RARE`.
"""

import numpy as np
from hypothesis import given

from grader.judge import check, task
from tests.hidden.dropout_batchnorm.strategies import split_cases

RARE = 1e-11  # the probability of one false alarm
CALLS, EXAMPLES, SHARES = 500, 16, (0.5, 0.25, 0.25)


def fresh(rng):
    """Return a generator for one call: what a student's code draws does not move the test's on."""
    return np.random.default_rng(rng.integers(2**32))


def parts_of(student, n, rng, shares):
    """Return the three parts as lists; the test fails where they are not the indices, each once."""
    parts = [np.asarray(part).ravel() for part in student.train_validation_test(n, fresh(rng), shares=shares)]
    check(np.sort(np.concatenate(parts)), "all parts together, sorted").equals(np.arange(n))
    return [part.tolist() for part in parts]


def sizes_of(n, shares):
    """Return how large the three parts are."""
    validation, test = (int(np.floor(n * share)) for share in shares[1:])
    return [n - validation - test, validation, test]


@task("train_validation_test", points=1, about="several numbers of examples and shares")
@given(case=split_cases())
def test_every_index_is_in_exactly_one_part_of_the_size_that_is_asked_for(student, case):
    parts = parts_of(student, case.n, np.random.default_rng(case.seed), case.shares)
    check([len(part) for part in parts], "the sizes").equals(sizes_of(case.n, case.shares))


@task("train_validation_test", points=0.5, about="no examples, a few, empty parts")
def test_parts_may_be_empty(student, rng):
    for n, shares in ((0, (0.5, 0.3, 0.2)), (1, (0.0, 0.5, 0.5)), (9, (1.0, 0.0, 0.0)), (10, (0.0, 0.5, 0.5))):
        parts = parts_of(student, n, rng, shares)
        check([len(part) for part in parts], "the sizes").equals(sizes_of(n, shares))


@task("train_validation_test", points=1, about="how often an index, and two neighbours, come into each part")
def test_all_divisions_are_equally_likely(student, rng):
    inside = np.zeros((CALLS, 3, EXAMPLES))
    for call in range(CALLS):
        for number, part in enumerate(parts_of(student, EXAMPLES, rng, SHARES)):
            inside[call, number, part] = 1
    room = np.sqrt(np.log(2 / RARE) / (2 * CALLS))
    for name, members, share in zip(("training", "validation", "test"), inside.swapaxes(0, 1), SHARES, strict=True):
        size = EXAMPLES * share
        for index in range(EXAMPLES):
            told = f"index {index} is in {members[:, index].mean():.3f} of all {name} parts, not in about {share}"
            check(inside, "the parts").holds(abs(members[:, index].mean() - share) <= room, told)
        pair, both = size * (size - 1) / (EXAMPLES * (EXAMPLES - 1)), (members[:, :-1] * members[:, 1:]).mean(axis=0)
        for index, frequency in enumerate(both):
            told = (
                f"{index} and {index + 1} are in {frequency:.3f} of all {name} parts together, not in about {pair:.3f}"
            )
            check(inside, "the parts").holds(abs(frequency - pair) <= room, told)


@task("train_validation_test", points=0.5, about="the generator")
def test_the_division_comes_from_the_generator_alone(student, rng):
    seed = int(rng.integers(2**32))
    first, again, other = (
        student.train_validation_test(60, np.random.default_rng(s), shares=SHARES) for s in (seed, seed, seed + 1)
    )
    check(np.sort(np.concatenate(first)), "all parts together, sorted").equals(np.arange(60))
    check(list(again), "the parts from the same generator").equals(list(first))
    differ = set(first[1].tolist()) != set(other[1].tolist())  # equal with a probability below 1e-12
    check(other[1], "validation").holds(differ, "two different generators gave the same validation examples")


@task("train_validation_test", points=0.5, about="shares that do not add up, negative shares, too few and too many")
def test_wrong_shares_are_refused(student, rng):
    for shares in ((0.7, 0.2, 0.1), (0.1, 0.8, 0.1), (0.7, 0.2, 0.1 + 9e-10)):  # 1, some up to rounding
        check([len(part) for part in parts_of(student, 20, rng, shares)], "the sizes").equals(sizes_of(20, shares))
    wrong = ((0.7, 0.2, 0.2), (0.7, 0.2, 0.0999), (1.2, -0.1, -0.1), (0.6, 0.6, -0.2), (-0.5, 0.75, 0.75))
    for shares in (*wrong, (0.7, 0.2, 0.1 + 1.05e-9), (0.7, 0.3), (0.4, 0.3, 0.2, 0.1)):
        student.train_validation_test.refuses(ValueError, 20, fresh(rng), shares=shares)


@task("train_validation_test", points=0.5, about="indices that pick examples, new answers")
def test_parts_are_new_arrays_of_whole_numbers(student, rng):
    examples = rng.normal(size=(30, 2))
    for _ in range(2):
        parts = student.train_validation_test.returning_new_arrays(30, fresh(rng), shares=(0.4, 0.3, 0.3))
        for name, part in zip(("training", "validation", "test"), parts, strict=True):
            check(part, name).has_dtype("int64")
        picked = np.concatenate([examples[part] for part in parts])
        check(np.sort(picked, axis=0), "the examples of all parts, sorted").equals(np.sort(examples, axis=0))
