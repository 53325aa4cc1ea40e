"""The gates' truth tables. Expected numbers: by definition."""

import numpy as np

from grader.judge import check, task

A = np.array([[0.0, 0.0], [1.0, 1.0]])
B = np.array([[0.0, 1.0], [0.0, 1.0]])


@task("and_gate", points=1)
def test_and_answers_one_only_for_two_ones(student):
    check(student.and_gate(A, B)).equals(np.array([[0.0, 0.0], [0.0, 1.0]]))


@task("or_gate", points=1)
def test_or_answers_zero_only_for_two_zeros(student):
    check(student.or_gate(A, B)).equals(np.array([[0.0, 1.0], [1.0, 1.0]]))


@task("nand_gate", points=1)
def test_nand_answers_zero_only_for_two_ones(student):
    check(student.nand_gate(A, B)).equals(np.array([[1.0, 1.0], [1.0, 0.0]]))


@task("xor_gate", points=1)
def test_xor_answers_one_for_different_inputs(student):
    check(student.xor_gate(A, B)).equals(np.array([[0.0, 1.0], [1.0, 0.0]]))
