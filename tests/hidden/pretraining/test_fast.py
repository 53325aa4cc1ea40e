"""fast.py against torch: right first, then fast.

Requires torch's three gradients in float64 for the same uniform numbers, for several sizes, one example, pixels that
are all 0, units that are always on; float32 in and out, no gradient graph, arguments unchanged, new answers; then the
time of torch's own operations, for sizes that are drawn.

Catches: probabilities where draws are wanted, draws that are turned around, the energy's sign, sums for means, biases
of the wrong layer, the reconstruction's correlations with the data's probabilities, float64 inside.

Expected numbers: live torch.nn.functional.linear, torch.sigmoid and torch.where on the same uniform numbers, which
keep away from the probabilities that they are compared with."""

import torch

from grader.judge import check, task
from solutions.pretraining import workloads

NAMES = "dweight", "dbias_visible", "dbias_hidden"
# Means of some hundred numbers between -1 and 1, rounded in float32.
CLOSE = 2e-5


def drawn(rng, sizes, dtype=torch.float64):
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    return workloads.cd1_fast__inputs(generator, dtype=dtype, shape=sizes)


def compare(answer, case):
    for name, got, wanted in zip(NAMES, answer, workloads.cd1_fast__reference(*case), strict=True):
        check(got, name).equals(wanted)


@task("cd1_fast", points=3, about="several sizes, black examples, units that are always on")
def test_gradients_agree_with_torch(student, rng):
    for sizes in ((7, 5, 4), (12, 3, 9), (40, 30, 20)):
        case = drawn(rng, sizes)
        compare(student.cd1_fast.keeping_arguments(*case), case)


@task("cd1_fast", points=1, about="one example")
def test_one_example_is_enough(student, rng):
    for _ in range(3):
        case = drawn(rng, (1, 6, 4))
        compare(student.cd1_fast(*case), case)


@task("cd1_fast", points=1, about="float32, no gradient graph, new answers")
def test_gradients_stay_in_float32_and_no_graph_is_kept(student, rng):
    for _ in range(2):
        case = drawn(rng, (20, 8, 6), torch.float32)
        answer = student.cd1_fast.returning_new_arrays(*case)
        compare(answer, case)
    graph = any(tensor.requires_grad for tensor in answer)
    check(answer).holds(not graph, "autograd has been at work")


@task("cd1_fast", points=3, about="speed on one CPU thread")
def test_speed_on_one_cpu_thread(student, race):
    race.on_cpu("cd1_fast", rtol=CLOSE, share=CLOSE)


@task("cd1_fast", points=3, about="speed on a GPU")
def test_speed_on_a_gpu(student, race):
    race.on_gpu("cd1_fast", rtol=CLOSE, share=CLOSE)
