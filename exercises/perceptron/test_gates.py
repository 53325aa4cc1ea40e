"""The gates' truth tables, whether each of them is one neuron, and what else is promised.

Expected numbers: by definition. Where a neuron gives two points the same answer, it gives that answer to the point
half-way between them as well.
"""

import numpy as np

from grader.judge import check, task

A = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
B = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])


def check_single_neuron(gate, rng):
    """Check that wherever two points get the same answer, the point half-way between them gets it too."""
    first, second = rng.normal(0.5, 1.5, size=(2, 2, 300))
    answers = gate(*first)
    same = answers == gate(*second)
    middle = gate(*((first + second) / 2)[:, same])
    check(middle, "the answers between points that get the same answer").equals(answers[same])
    check(np.unique(answers).tolist(), "all answers").equals([0.0, 1.0])


def check_float32(gate, zero_one, rng):
    """Check a gate on random corners in float32, with its arguments unchanged."""
    a, b = rng.permutation(np.array([[0, 0], [0, 1], [1, 0], [1, 1], [1, 0]], dtype=np.float32)).T
    check(gate.keeping_arguments(a, b)).equals(zero_one(a + b).astype(np.float32))


@task("and_gate", points=0.5)
def test_the_and_gate_answers_one_only_for_two_ones(student):
    check(student.and_gate(A, B)).equals(np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 1.0]]))


@task("and_gate", points=0.25)
def test_the_and_gate_answers_as_one_neuron_does_between_any_two_points(student, rng):
    check_single_neuron(student.and_gate, rng)


@task("and_gate", points=0.25)
def test_the_and_gate_keeps_float32_and_its_arguments(student, rng):
    check_float32(student.and_gate, lambda ones: ones == 2, rng)


@task("or_gate", points=0.5)
def test_the_or_gate_answers_zero_only_for_two_zeros(student):
    check(student.or_gate(A, B)).equals(np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]]))


@task("or_gate", points=0.25)
def test_the_or_gate_answers_as_one_neuron_does_between_any_two_points(student, rng):
    check_single_neuron(student.or_gate, rng)


@task("or_gate", points=0.25)
def test_the_or_gate_keeps_float32_and_its_arguments(student, rng):
    check_float32(student.or_gate, lambda ones: ones > 0, rng)


@task("nand_gate", points=0.5)
def test_the_nand_gate_answers_zero_only_for_two_ones(student):
    check(student.nand_gate(A, B)).equals(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0]]))


@task("nand_gate", points=0.25)
def test_the_nand_gate_answers_as_one_neuron_does_between_any_two_points(student, rng):
    check_single_neuron(student.nand_gate, rng)


@task("nand_gate", points=0.25)
def test_the_nand_gate_keeps_float32_and_its_arguments(student, rng):
    check_float32(student.nand_gate, lambda ones: ones < 2, rng)


@task("xor_gate", points=0.75)
def test_the_xor_gate_answers_one_for_different_inputs(student):
    check(student.xor_gate(A, B)).equals(np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]))


@task("xor_gate", points=0.5)
def test_the_xor_gate_is_made_of_the_other_gates_between_the_corners_too(student, rng):
    a, b = rng.normal(0.5, 1.0, size=(2, 5, 12))
    check(student.xor_gate(a, b)).equals(student.and_gate(student.or_gate(a, b), student.nand_gate(a, b)))
    check(student.xor_gate(A, B)).equals(np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]))


@task("xor_gate", points=0.25)
def test_the_xor_gate_keeps_float32_and_its_arguments(student, rng):
    check_float32(student.xor_gate, lambda ones: ones == 1, rng)
