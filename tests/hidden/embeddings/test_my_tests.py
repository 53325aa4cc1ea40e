"""The student's tests of `cosine_similarities`, beside right versions and wrong ones.

Requires: tests that pass beside the solution and every variant, and fail beside each registered misconception and each
drawn mutant, every time.

Catches: tests of vectors of length 1, of one pair alone, without zeros.

Expected: nothing is compared here but which versions the tests fail.
"""

from grader.judge import task
from grader.judge.drawn_mutants import drawn_mutants
from grader.judge.written_tests import Examiner
from solutions.embeddings import geometry
from tests.hidden.embeddings import misconceptions as wrong
from tests.hidden.embeddings import variants as right

VERSIONS = Examiner(
    "cosine_similarities",
    geometry.cosine_similarities,
    right.cosine_similarities__divided_at_the_end,
    right.cosine_similarities__by_einsum,
)


@task("test_cosine_similarities", points=0.25, about="the lengths of both sides")
def test_wrong_lengths_are_caught(student):
    VERSIONS.require_caught(student, wrong.inner_products, wrong.one_side_normalized, wrong.one_length_twice)


@task("test_cosine_similarities", points=0.25, about="the cosine itself")
def test_other_measures_are_caught(student):
    VERSIONS.require_caught(student, wrong.cosine_distances, wrong.angles)


@task("test_cosine_similarities", points=0.25, about="vectors as they are")
def test_centred_vectors_are_caught(student):
    VERSIONS.require_caught(student, wrong.correlations)


@task("test_cosine_similarities", points=0.25, about="a row of zeros")
def test_a_division_by_zero_is_caught(student):
    VERSIONS.require_caught(student, wrong.nan_for_zeros)


@task("test_cosine_similarities", points=0.25, about="small changes of a right version")
def test_small_changes_are_caught(student):
    VERSIONS.require_caught(student, *drawn_mutants(__file__, geometry, "cosine_similarities"))
