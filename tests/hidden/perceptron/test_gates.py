"""Logic gates as neurons.

Requires: the truth tables, element by element in any shape, also of no elements; AND, OR and NAND as one neuron each,
XOR as two layers; float32 stays float32; any layout of the inputs in memory.

Catches: thresholds on the wrong side of a corner, gates mixed up, products and comparisons in the place of a neuron.

Expected numbers: `torch.logical_and` and its kin at the corners. Beyond (1, 1) and (0, 0) they follow from the corners:
a neuron that answers 1 at (1, 1) and 0 at (0, 1) has a positive weight for its first input, so it answers 1 at (2, 1).
"""

import numpy as np
import torch

from grader.judge import check, layouts, task, to_torch


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


def check_layouts(gate, logical, rng):
    """Check a gate's truth table on inputs that are laid out otherwise in memory."""
    for a, b in layouts(*corners(rng)):
        check(gate.returning_new_arrays(a, b), "the truth table").equals(logical(*to_torch(a, b)).to(torch.float64))


def check_beyond(gate, logical, rng):
    """Check a gate's answers at points that lie behind (1, 1) or (0, 0), which a neuron answers as the corner."""
    one, none, steps = np.ones(9), np.zeros(9), rng.uniform(0.5, 9, size=9)
    a, b = np.stack([one + steps, one, -steps, none]), np.stack([one, one + steps, none, -steps])
    ends = np.stack([one, one, none, none])
    check(gate.keeping_arguments(a, b), "the answers beyond the corners").equals(
        logical(*to_torch(ends, ends)).to(torch.float64)
    )


def logical_nand(a, b):
    return ~torch.logical_and(a, b)


@task("and_gate", points=0.5, about="inputs beyond the corners")
def test_the_and_gate_answers_as_one_neuron_does_beyond_the_corners(student, rng):
    check_beyond(student.and_gate, torch.logical_and, rng)


@task("and_gate", points=0.25, about="arrays with two axes, one row, no row")
def test_the_and_gate_has_its_truth_table_in_any_shape(student, rng):
    check_corners(student.and_gate, torch.logical_and, rng)


@task("and_gate", points=0.25, about="other layouts in memory, new answers")
def test_the_and_gate_takes_any_layout_in_memory(student, rng):
    check_layouts(student.and_gate, torch.logical_and, rng)


@task("or_gate", points=0.5, about="inputs beyond the corners")
def test_the_or_gate_answers_as_one_neuron_does_beyond_the_corners(student, rng):
    check_beyond(student.or_gate, torch.logical_or, rng)


@task("or_gate", points=0.25, about="arrays with two axes, one row, no row")
def test_the_or_gate_has_its_truth_table_in_any_shape(student, rng):
    check_corners(student.or_gate, torch.logical_or, rng)


@task("or_gate", points=0.25, about="other layouts in memory, new answers")
def test_the_or_gate_takes_any_layout_in_memory(student, rng):
    check_layouts(student.or_gate, torch.logical_or, rng)


@task("nand_gate", points=0.5, about="inputs beyond the corners")
def test_the_nand_gate_answers_as_one_neuron_does_beyond_the_corners(student, rng):
    check_beyond(student.nand_gate, logical_nand, rng)


@task("nand_gate", points=0.25, about="arrays with two axes, one row, no row")
def test_the_nand_gate_has_its_truth_table_in_any_shape(student, rng):
    check_corners(student.nand_gate, logical_nand, rng)


@task("nand_gate", points=0.25, about="other layouts in memory, new answers")
def test_the_nand_gate_takes_any_layout_in_memory(student, rng):
    check_layouts(student.nand_gate, logical_nand, rng)


@task("xor_gate", points=0.5, about="arrays with two axes, one row, no row")
def test_the_xor_gate_has_its_truth_table_in_any_shape(student, rng):
    check_corners(student.xor_gate, torch.logical_xor, rng)


@task("xor_gate", points=0.5, about="inputs far beyond the corners, in float32")
def test_the_xor_gate_is_made_of_the_other_gates_for_any_input(student, rng):
    a, b = rng.normal(0.5, 3.0, size=(2, 60)).astype(np.float32)
    check(student.xor_gate(a, b)).equals(student.and_gate(student.or_gate(a, b), student.nand_gate(a, b)))
    check_corners(student.xor_gate, torch.logical_xor, rng)


@task("xor_gate", points=0.5, about="other layouts in memory, new answers")
def test_the_xor_gate_takes_any_layout_in_memory(student, rng):
    check_layouts(student.xor_gate, torch.logical_xor, rng)
