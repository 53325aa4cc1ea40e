"""What you can check at home: dropout.py on the handout's worked example."""

import numpy as np

from grader.judge import check, task

X, DOUT = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 8.0)


@task("dropout_forward", points=1)
def test_what_is_kept_matches_the_worked_example_of_the_handout(student, rng):
    out, _ = student.dropout_forward(X, rng, p=0.2)
    check(out, "out").equals(np.where(out == 0, 0, [1.25, 2.5, 3.75, 5.0]))
    check(student.dropout_forward(X, rng, p=0.2, training=False)[0], "out when tested").equals(X)


@task("dropout_backward", points=1)
def test_gradient_matches_the_worked_example_of_the_handout(student, rng):
    _, cache = student.dropout_forward(X, rng, p=0.2, training=False)
    check(student.dropout_backward(DOUT, cache), "dx when tested").equals(DOUT)
    out, cache = student.dropout_forward(X, rng, p=0.2)
    check(student.dropout_backward(DOUT, cache), "dx").equals(np.where(out == 0, 0.0, 10.0))
