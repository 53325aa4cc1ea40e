"""Wrong answers."""

import numpy as np

from grader.judge import misconception

CANARY = "@CANARY-WRONG@"


@misconception("softmax", "The sum runs over the columns. Every row is to add up to one.")
def over_the_columns(x):
    powers = np.exp(x)
    return powers / powers.sum(axis=0, keepdims=True)
