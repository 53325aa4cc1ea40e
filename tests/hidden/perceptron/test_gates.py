"""Logic gates as neurons.

Requires: the truth tables, element by element in any shape, also of no elements; AND, OR and NAND as one neuron each,
XOR as two layers; float32 stays float32.

Catches: thresholds on the wrong side of a corner, gates mixed up, products and comparisons in the place of a neuron.

Expected numbers: `torch.logical_and` and its kin at the corners. Beyond the corners they follow from the corners: a
neuron that answers 1 at (1, 1) and 0 at (0, 1) has a positive weight for its first input, so it answers 1 at (2, 1) as
well; and where it gives two points the same answer, it gives that answer to the point half-way between them.
"""

import numpy as np
import torch

from grader.judge import check, task, to_torch


def corners(rng):
    """Return corners of the unit square in random order; each of the four occurs."""
    a, b = rng.permutation(np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 3, dtype=float)).T
    return a.reshape(3, 4), b.reshape(3, 4)


def check_corners(gate, logical, rng):
    """Check a gate's truth table against a logical function of torch's."""
    a, b = corners(rng)
    for rows in (3, 1, 0):
        inputs = a[:rows], b[:rows]
        check(gate.keeping_arguments(*inputs), "the truth table").equals(logical(*to_torch(*inputs)).to(torch.float64))


def check_single_neuron(gate, rng):
    """Check that wherever two points get the same answer, the point half-way between them gets it too."""
    first, second = rng.normal(0.5, 1.5, size=(2, 2, 400)).astype(np.float32)
    answers = gate(*first)
    same = answers == gate(*second)
    middle = gate(*((first + second) / 2)[:, same])
    check(middle, "the answers between points that get the same answer").equals(answers[same])


def logical_nand(a, b):
    return ~torch.logical_and(a, b)


@task("and_gate", points=1)
def test_and_is_a_single_neuron(student, rng):
    check_corners(student.and_gate, torch.logical_and, rng)
    beyond = student.and_gate(np.array([2.0, 1.0, 3.0, -1.0, 1.0]), np.array([1.0, 4.0, 2.0, 1.0, -3.0]))
    check(beyond, "the answers beyond the corners").equals(np.array([1.0, 1.0, 1.0, 0.0, 0.0]))
    check_single_neuron(student.and_gate, rng)


@task("or_gate", points=1)
def test_or_is_a_single_neuron(student, rng):
    check_corners(student.or_gate, torch.logical_or, rng)
    beyond = student.or_gate(np.array([2.0, 0.0, 3.0, -1.0, 0.0]), np.array([0.0, 4.0, 2.0, 0.0, -3.0]))
    check(beyond, "the answers beyond the corners").equals(np.array([1.0, 1.0, 1.0, 0.0, 0.0]))
    check_single_neuron(student.or_gate, rng)


@task("nand_gate", points=1)
def test_nand_is_a_single_neuron(student, rng):
    check_corners(student.nand_gate, logical_nand, rng)
    beyond = student.nand_gate(np.array([2.0, 1.0, 3.0, -1.0, 1.0]), np.array([1.0, 4.0, 2.0, 1.0, -3.0]))
    check(beyond, "the answers beyond the corners").equals(np.array([0.0, 0.0, 0.0, 1.0, 1.0]))
    check_single_neuron(student.nand_gate, rng)


@task("xor_gate", points=1)
def test_xor_has_its_truth_table_in_any_shape(student, rng):
    check_corners(student.xor_gate, torch.logical_xor, rng)


@task("xor_gate", points=1)
def test_xor_is_the_and_of_or_and_nand_for_any_input(student, rng):
    check_corners(student.xor_gate, torch.logical_xor, rng)
    a, b = rng.normal(0.5, 1.0, size=(2, 60)).astype(np.float32)
    check(student.xor_gate(a, b)).equals(student.and_gate(student.or_gate(a, b), student.nand_gate(a, b)))
