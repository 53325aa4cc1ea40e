"""What you can check at home: convnet.py by hand on one pixel, and against torch on random images."""

import numpy as np
import torch.nn.functional as F

from grader.judge import check, task, to_torch

STAGE_X = np.array([[[[1.0, -2.0], [3.0, -4.0]]]])
STAGE_W, STAGE_B = np.array([[[[-1.0]]]]), np.array([1.0])


def lenet(x, p):
    """LeNet in torch."""
    maps = F.max_pool2d(F.conv2d(x, p["conv1.w"], p["conv1.b"], padding=1).relu(), 2)
    maps = F.max_pool2d(F.conv2d(maps, p["conv2.w"], p["conv2.b"], padding=1).relu(), 2)
    hidden = F.linear(maps.flatten(1), p["fc1.w"], p["fc1.b"]).relu()
    return F.linear(hidden, p["fc2.w"], p["fc2.b"])


def random_params(rng):
    """Parameters for images of 8 x 8 pixels and ten classes, with random biases."""
    shapes = {"conv1": (2, 1, 3, 3), "conv2": (3, 2, 3, 3), "fc1": (7, 12), "fc2": (10, 7)}
    weights = {f"{layer}.w": rng.normal(size=shape) for layer, shape in shapes.items()}
    return weights | {f"{layer}.b": rng.normal(size=shape[0]) for layer, shape in shapes.items()}


@task("conv_relu_pool_forward", points=1)
def test_a_stage_convolves_rectifies_and_pools(student, rng):
    out, _ = student.conv_relu_pool_forward(STAGE_X, STAGE_W, STAGE_B)
    check(out).equals(np.array([[[[5.0]]]]))
    x, w, b = rng.normal(size=(2, 3, 6, 8)), rng.normal(size=(4, 3, 3, 3)), rng.normal(-3, 1, size=4)
    out, _ = student.conv_relu_pool_forward(x, w, b)
    check(out).equals(F.max_pool2d(F.conv2d(*to_torch(x, w, b), padding=1).relu(), 2))


@task("conv_relu_pool_backward", points=1)
def test_a_stage_sends_the_gradient_to_its_winner(student):
    _, cache = student.conv_relu_pool_forward(STAGE_X, STAGE_W, STAGE_B)
    dx, dw, db = student.conv_relu_pool_backward(np.array([[[[2.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[0.0, 0.0], [0.0, -2.0]]]]))
    check(dw, "dw").equals(np.array([[[[-8.0]]]]))
    check(db, "db").equals(np.array([2.0]))


@task("init_lenet", points=1)
def test_parameters_have_their_names_and_shapes(student, rng):
    params = student.init_lenet(rng, image_size=12, filters=(2, 5), hidden=7, classes=3)
    shapes = {"conv1": (2, 1, 3, 3), "conv2": (5, 2, 3, 3), "fc1": (7, 45), "fc2": (3, 7)}
    check(sorted(params)).equals(sorted(f"{layer}.{kind}" for layer in shapes for kind in "wb"))
    for layer, shape in shapes.items():
        w = params[f"{layer}.w"]
        check(w, f"{layer}.w").has_shape(*shape)
        check(w, f"{layer}.w").holds(len(np.unique(w)) == w.size, f"{len(np.unique(w))} different numbers of {w.size}")
        check(params[f"{layer}.b"], f"{layer}.b").equals(np.zeros(shape[0]))


@task("lenet_forward", points=1)
def test_scores_agree_with_torch_on_random_images(student, rng):
    x, params = rng.normal(size=(3, 1, 8, 8)), random_params(rng)
    scores, _ = student.lenet_forward(x, params)
    check(scores, "scores").equals(lenet(to_torch(x), {name: to_torch(array) for name, array in params.items()}))


@task("lenet_backward", points=1)
def test_gradients_agree_with_torch_on_random_images(student, rng):
    x, params, dscores = rng.normal(size=(3, 1, 8, 8)), random_params(rng), rng.normal(size=(3, 10))
    _, cache = student.lenet_forward(x, params)
    grads = student.lenet_backward(dscores, cache)
    leaves = {name: to_torch(array, grad=True) for name, array in params.items()}
    lenet(to_torch(x), leaves).backward(to_torch(dscores))
    check(grads, "grads").equals({name: leaf.grad for name, leaf in leaves.items()})


@task("residual_forward", points=1)
def test_adds_the_skip_before_the_last_relu(student, rng):
    x, w, b = np.array([[[[5.0, -1.0, 2.0]]]]), np.array([[[[2.0]]]]), np.array([-6.0])
    check(student.residual_forward(x, w, b, -w, b)[0]).equals(np.array([[[[0.0, 0.0, 0.0]]]]))
    check(student.residual_forward(x, w, b, w, b)[0]).equals(np.array([[[[7.0, 0.0, 0.0]]]]))
    check(student.residual_forward(x, w, b, w, -b)[0]).equals(np.array([[[[19.0, 5.0, 8.0]]]]))


@task("residual_backward", points=1)
def test_adds_the_gradients_of_both_paths(student):
    x, w, b = np.array([[[[5.0, -1.0, 2.0]]]]), np.array([[[[2.0]]]]), np.array([-6.0])
    _, cache = student.residual_forward(x, w, b, w, -b)
    dx, dw1, db1, dw2, db2 = student.residual_backward(np.array([[[[1.0, 10.0, 100.0]]]]), cache)
    check(dx, "dx").equals(np.array([[[[5.0, 10.0, 100.0]]]]))
    check(dw1, "dw1").equals(np.array([[[[10.0]]]]))
    check(db1, "db1").equals(np.array([2.0]))
    check(dw2, "dw2").equals(np.array([[[[4.0]]]]))
    check(db2, "db2").equals(np.array([111.0]))
