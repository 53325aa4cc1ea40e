"""LeNet and the residual block: numbers by hand, random images, and what else is promised.

Expected numbers: by hand, torch with its autograd, and for random weights the bounds of Laurent and Massart (2000) on
sums of squares of normal numbers, which a right answer misses with a probability below exp(-25).
"""

import numpy as np
import torch
import torch.nn.functional as F

from grader.judge import check, task, to_torch

STAGE = np.array([[[[1.0, 2.0, 0.0, 3.0], [4.0, 1.0, 1.0, -1.0]]]]), np.array([[[[1.0, 0.0, -1.0]]]]), np.array([1.0])
BLOCK = (  # one row of three pixels, and two kernels of 1 x 3 with their biases
    np.array([[[[5.0, -1.0, 0.0]]]]),
    np.array([[[[0.0, 2.0, 1.0]]]]),
    np.array([-6.0]),
    np.array([[[[1.0, -1.0, 0.0]]]]),
    np.array([-1.0]),
)
HEAD = (  # two maps of 2 x 2 pixels with the means 2 and 3, and the weights and biases of two classes
    np.array([[[[8.0, 0.0], [0.0, 0.0]], [[3.0, 3.0], [3.0, 3.0]]]]),
    np.array([[1.0, 2.0], [-1.0, 1.0]]),
    np.array([-1.0, -3.0]),
)
LAYERS = ("conv1", "conv2", "fc1", "fc2")


def stage(x, w, b):
    """One stage in torch."""
    return F.max_pool2d(F.conv2d(x, w, b, padding=(w.shape[2] // 2, w.shape[3] // 2)).relu(), 2)


def lenet(x, p):
    """LeNet in torch."""
    maps = stage(stage(x, p["conv1.w"], p["conv1.b"]), p["conv2.w"], p["conv2.b"])
    return F.linear(F.linear(maps.flatten(1), p["fc1.w"], p["fc1.b"]).relu(), p["fc2.w"], p["fc2.b"])


def residual(x, w1, b1, w2, b2):
    """The residual block in torch."""
    same = (w1.shape[2] // 2, w1.shape[3] // 2)
    return (F.conv2d(F.conv2d(x, w1, b1, padding=same).relu(), w2, b2, padding=same) + x).relu()


def in_torch(params, *, grad=False):
    return {name: to_torch(array, grad=grad) for name, array in params.items()}


def drawn_stage(rng, images=2, dtype=np.float64):
    """Return images, filters of 3 x 5 pixels, and biases."""
    arrays = rng.normal(size=(images, 3, 5, 8)), rng.normal(size=(4, 3, 3, 5)), rng.normal(size=4)
    return [array.astype(dtype) for array in arrays]


def drawn_block(rng, images=2, dtype=np.float64):
    """Return images, and filters of 3 x 5 pixels with their biases, to four maps and back to three."""
    x = rng.normal(size=(images, 3, 5, 6))
    inner, outer = rng.normal(size=(4, 3, 3, 5)), 0.3 * rng.normal(size=(3, 4, 3, 5))
    return [array.astype(dtype) for array in (x, inner, rng.normal(size=4), outer, rng.normal(size=3))]


def drawn_lenet(rng, images=3, dtype=np.float64):
    """Return images of 8 x 12 pixels and parameters for five classes, with random biases."""
    shapes = dict(zip(LAYERS, ((2, 1, 3, 3), (3, 2, 3, 3), (7, 18), (5, 7)), strict=True))
    params = {f"{layer}.w": rng.normal(size=shape) for layer, shape in shapes.items()}
    params |= {f"{layer}.b": rng.normal(size=shape[0]) for layer, shape in shapes.items()}
    x = rng.normal(size=(images, 1, 8, 12)).astype(dtype)
    return x, {name: array.astype(dtype) for name, array in params.items()}


def require_gradients(rng, pair, reference, arrays, names):
    """Compare the gradients of a network's part with those of autograd."""
    forward, backward = pair
    leaves = to_torch(*arrays, grad=True)
    out = reference(*leaves)
    dout = rng.normal(size=out.shape).astype(arrays[0].dtype)
    _, cache = forward(*arrays)
    expected = torch.autograd.grad(out, leaves, to_torch(dout))
    for name, gradient, slope in zip(names, backward.keeping_arguments(dout, cache), expected, strict=True):
        check(gradient, name).equals(slope)


def require_gradients_of_lenet(student, rng, x, params):
    """Compare the gradients of all parameters with those of autograd."""
    leaves = in_torch(params, grad=True)
    scores = lenet(to_torch(x), leaves)
    dscores = rng.normal(size=scores.shape).astype(x.dtype)
    _, cache = student.lenet_forward(x, params)
    scores.backward(to_torch(dscores))
    grads = student.lenet_backward.keeping_arguments(dscores, cache)
    check(grads, "grads").equals({name: leaf.grad for name, leaf in leaves.items()})


@task("conv_relu_pool_forward", points=0.25)
def test_a_stage_convolves_rectifies_and_pools(student):
    check(student.conv_relu_pool_forward(*STAGE)[0]).equals(np.array([[[[4.0, 3.0]]]]))


@task("conv_relu_pool_forward", points=0.5)
def test_a_stage_agrees_with_torch_on_random_images(student, rng):
    arrays = drawn_stage(rng)
    check(student.conv_relu_pool_forward.keeping_arguments(*arrays)[0]).equals(stage(*to_torch(*arrays)))


@task("conv_relu_pool_forward", points=0.25)
def test_a_stage_stays_in_float32_with_no_image(student, rng):
    for images in (2, 0):
        arrays = drawn_stage(rng, images, np.float32)
        check(student.conv_relu_pool_forward(*arrays)[0]).equals(stage(*to_torch(*arrays)))


@task("conv_relu_pool_backward", points=0.25)
def test_a_stage_sends_the_gradient_to_its_winners(student):
    _, cache = student.conv_relu_pool_forward(*STAGE)
    dx, dw, db = student.conv_relu_pool_backward(np.array([[[[2.0, -1.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[0.0, 0.0, 0.0, 0.0], [2.0, -1.0, -2.0, 1.0]]]]))
    check(dw, "dw").equals(np.array([[[[7.0, 1.0, 3.0]]]]))
    check(db, "db").equals(np.array([1.0]))


@task("conv_relu_pool_backward", points=0.5)
def test_gradients_of_a_stage_agree_with_torch(student, rng):
    pair = student.conv_relu_pool_forward, student.conv_relu_pool_backward
    require_gradients(rng, pair, stage, drawn_stage(rng), ("dx", "dw", "db"))


@task("conv_relu_pool_backward", points=0.25)
def test_gradients_of_a_stage_stay_in_float32_with_no_image(student, rng):
    pair = student.conv_relu_pool_forward, student.conv_relu_pool_backward
    for images in (2, 0):
        require_gradients(rng, pair, stage, drawn_stage(rng, images, np.float32), ("dx", "dw", "db"))


@task("init_lenet", points=0.25)
def test_parameters_have_their_names_and_shapes(student, rng):
    params = student.init_lenet(rng, image_size=12, filters=(2, 5), hidden=7, classes=3)
    shapes = dict(zip(LAYERS, ((2, 1, 3, 3), (5, 2, 3, 3), (7, 45), (3, 7)), strict=True))
    check(sorted(params)).equals(sorted(f"{layer}.{kind}" for layer in shapes for kind in "wb"))
    for layer, shape in shapes.items():
        w = params[f"{layer}.w"]
        check(w, f"{layer}.w").has_shape(*shape)
        check(w, f"{layer}.w").holds(len(np.unique(w)) == w.size, f"{len(np.unique(w))} different numbers of {w.size}")
        check(params[f"{layer}.b"], f"{layer}.b").equals(np.zeros(shape[0]))


@task("init_lenet", points=0.5)
def test_weights_have_mean_zero_and_variance_two_over_fan_in(student, rng):
    params = student.init_lenet(rng, image_size=12, filters=(40, 50), hidden=60, classes=45)
    for layer, fan_in in zip(LAYERS, (9, 360, 450, 60), strict=True):
        scaled = params[f"{layer}.w"] * np.sqrt(fan_in / 2)
        variance, mean, count = np.mean(scaled**2), np.mean(scaled), scaled.size
        room = 2 * np.sqrt(25 / count) + 50 / count
        check(scaled, f"{layer}.w").holds(abs(variance - 1) < room, f"the variance is {variance:.2f} times 2 / fan_in")
        near = abs(mean) < np.sqrt(50 / count)
        check(scaled, f"{layer}.w").holds(near, f"the mean is {mean:.2f} standard deviations, not 0")


@task("init_lenet", points=0.25)
def test_weights_come_from_the_generator_alone(student, rng):
    seed = int(rng.integers(2**32))
    first, again, other = (student.init_lenet(np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    check(again, "the second answer to the same generator").equals(first)
    for layer, shape in zip(LAYERS, ((6, 1, 3, 3), (16, 6, 3, 3), (84, 64), (10, 84)), strict=True):
        weights = np.array([first[f"{layer}.w"], other[f"{layer}.w"]])
        check(weights[0], f"{layer}.w without options").has_shape(*shape)
        distinct = len(np.unique(weights))
        check(weights[1], f"{layer}.w").holds(
            distinct == weights.size, f"{distinct} different weights for two generators, not {weights.size}"
        )


@task("lenet_forward", points=0.5)
def test_scores_agree_with_torch_on_random_images(student, rng):
    x, params = drawn_lenet(rng)
    scores, _ = student.lenet_forward.keeping_arguments(x, params)
    check(scores, "scores").equals(lenet(to_torch(x), in_torch(params)))


@task("lenet_forward", points=0.5)
def test_scores_stay_in_float32_with_no_image(student, rng):
    for images in (3, 0):
        x, params = drawn_lenet(rng, images, np.float32)
        check(student.lenet_forward(x, params)[0], "scores").equals(lenet(to_torch(x), in_torch(params)))


@task("lenet_backward", points=0.5)
def test_gradients_agree_with_torch_on_random_images(student, rng):
    require_gradients_of_lenet(student, rng, *drawn_lenet(rng))


@task("lenet_backward", points=0.5)
def test_gradients_stay_in_float32_with_no_image(student, rng):
    for images in (3, 0):
        require_gradients_of_lenet(student, rng, *drawn_lenet(rng, images, np.float32))


@task("gap_head_forward", points=0.5)
def test_scores_of_the_head_match_the_worked_example_of_the_handout(student):
    scores, _ = student.gap_head_forward(*HEAD)
    check(scores, "scores").equals(np.array([[7.0, -2.0]]))


@task("gap_head_forward", points=0.5)
def test_scores_of_random_maps_agree_with_torch(student, rng):
    maps, w, b = rng.normal(1, 1, size=(2, 3, 4, 5)), rng.normal(size=(4, 3)), rng.normal(size=4)
    scores, _ = student.gap_head_forward.keeping_arguments(maps, w, b)
    check(scores, "scores").equals(F.linear(to_torch(maps).mean(dim=(2, 3)), *to_torch(w, b)))


@task("gap_head_backward", points=0.5)
def test_gradients_of_the_head_match_the_worked_example_of_the_handout(student):
    _, cache = student.gap_head_forward(*HEAD)
    dmaps, dw, db = student.gap_head_backward(np.array([[4.0, 8.0]]), cache)
    check(dmaps, "dmaps").equals(np.array([[[[-1.0, -1.0], [-1.0, -1.0]], [[4.0, 4.0], [4.0, 4.0]]]]))
    check(dw, "dw").equals(np.array([[8.0, 12.0], [16.0, 24.0]]))
    check(db, "db").equals(np.array([4.0, 8.0]))


@task("gap_head_backward", points=0.5)
def test_gradients_of_random_maps_agree_with_torch(student, rng):
    arrays = rng.normal(1, 1, size=(3, 2, 4, 5)), rng.normal(size=(4, 2)), rng.normal(size=4)
    _, cache = student.gap_head_forward(*arrays)
    dscores, leaves = rng.normal(size=(3, 4)), to_torch(*arrays, grad=True)
    F.linear(leaves[0].mean(dim=(2, 3)), *leaves[1:]).backward(to_torch(dscores))
    got = student.gap_head_backward.keeping_arguments(dscores, cache)
    for name, gradient, leaf in zip(("dmaps", "dw", "db"), got, leaves, strict=True):
        check(gradient, name).equals(leaf.grad)


@task("residual_forward", points=0.25)
def test_adds_the_skip_before_the_last_relu(student):
    check(student.residual_forward(*BLOCK)[0]).equals(np.array([[[[1.0, 1.0, 0.0]]]]))


@task("residual_forward", points=0.5)
def test_a_block_agrees_with_torch_on_random_images(student, rng):
    arrays = drawn_block(rng)
    check(student.residual_forward.keeping_arguments(*arrays)[0]).equals(residual(*to_torch(*arrays)))


@task("residual_forward", points=0.25)
def test_a_block_stays_in_float32_with_no_image(student, rng):
    for images in (2, 0):
        arrays = drawn_block(rng, images, np.float32)
        check(student.residual_forward(*arrays)[0]).equals(residual(*to_torch(*arrays)))


BLOCK_GRADIENTS = ("dx", "dw1", "db1", "dw2", "db2")


@task("residual_backward", points=0.25)
def test_adds_the_gradients_of_both_paths(student):
    _, cache = student.residual_forward(*BLOCK)
    gradients = student.residual_backward(np.array([[[[1.0, 10.0, 100.0]]]]), cache)
    expected = [
        np.array([[[[19.0, 19.0, 0.0]]]]),
        np.array([[[[0.0, 45.0, -9.0]]]]),
        np.array([9.0]),
        np.array([[[[30.0, 3.0, 0.0]]]]),
        np.array([11.0]),
    ]
    for name, gradient, slope in zip(BLOCK_GRADIENTS, gradients, expected, strict=True):
        check(gradient, name).equals(slope)


@task("residual_backward", points=0.5)
def test_gradients_of_a_block_agree_with_torch(student, rng):
    pair = student.residual_forward, student.residual_backward
    require_gradients(rng, pair, residual, drawn_block(rng), BLOCK_GRADIENTS)


@task("residual_backward", points=0.25)
def test_gradients_of_a_block_stay_in_float32_with_no_image(student, rng):
    pair = student.residual_forward, student.residual_backward
    for images in (2, 0):
        require_gradients(rng, pair, residual, drawn_block(rng, images, np.float32), BLOCK_GRADIENTS)
