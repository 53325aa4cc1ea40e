"""What you can check at home: stack.py, replayed by your own machine, one layer after the other."""

import numpy as np

from grader.judge import check, task


@task("greedy_stack", points=1)
def test_a_stack_is_one_machine_after_the_other(student, rng):
    x, seed = rng.uniform(size=(40, 6)), int(rng.integers(2**32))
    below, replay = x, np.random.default_rng(seed)
    stack = student.greedy_stack.keeping_arguments(x, [6, 3], np.random.default_rng(seed), epochs=2, lr=0.5)
    check(stack, "the stack").holds(len(stack) == 2, f"{len(stack)} layers, not 2")
    for number, (width, layer) in enumerate(zip((6, 3), stack, strict=True), start=1):
        drawn = np.random.default_rng(replay.integers(2**32))
        weight, _, bias = student.train_rbm(below, width, drawn, epochs=2, lr=0.5)
        check(layer[0], f"the weight of layer {number}").equals(weight, atol=1e-9)
        check(layer[1], f"the bias of layer {number}").equals(bias, atol=1e-9)
        spread = float(np.std(layer[0]))
        check(layer[0], f"the weight of layer {number}").holds(1e-3 < spread < 10, f"a spread of {spread:.3g}")
        below = 1 / (1 + np.exp(-(below @ weight.T + bias)))


@task("stack_to_classifier", points=1)
def test_a_layer_of_small_weights_is_put_upon_copies(student, rng):
    stack = [(rng.normal(size=(5, 7)), rng.normal(size=5)), (rng.normal(size=(40, 5)), rng.normal(size=40))]
    params = student.stack_to_classifier.returning_new_arrays(stack, 30, rng)
    check(params, "params").holds(len(params) == 3, f"{len(params)} layers, not 3")
    for number in range(2):
        check(params[number][0], f"the weight of layer {number + 1}").equals(stack[number][0])
        check(params[number][1], f"the bias of layer {number + 1}").equals(stack[number][1])
    spread = float(params[2][0].std())
    check(params[2][0], "the last weight").has_shape(30, 40)
    check(params[2][0], "the last weight").holds(0.0085 < spread < 0.0115, f"a deviation of {spread:.3g}, not 0.01")
    check(params[2][1], "the last bias").equals(np.zeros(30))
