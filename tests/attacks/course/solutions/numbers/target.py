"""The tasks that attackers want points for without solving them."""

import numpy as np

### BEGIN SOLUTION ONLY
CANARY = "@CANARY-SOLUTION@"
### END SOLUTION ONLY


def softmax(x):
    """Return the softmax of every row."""
    ### BEGIN SOLUTION
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


def apply(function, x):
    """Return the function's value plus one."""
    ### BEGIN SOLUTION
    return function(x) + 1
    ### END SOLUTION


class Tally:
    """Adds up what it is shown."""

    def __init__(self):
        ### BEGIN SOLUTION
        self.total = 0.0
        ### END SOLUTION

    def show(self, number):
        """Add one number; return the total."""
        ### BEGIN SOLUTION
        self.total += number
        return self.total
        ### END SOLUTION


def positives(x):
    """Return how many numbers are positive."""
    ### BEGIN SOLUTION
    return int((x > 0).sum())
    ### END SOLUTION
