"""What the timed task of this unit is timed on: inputs, torch's own optimizer, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import math

import torch


def adamw_fast__shapes(device="cpu"):
    """Return numbers of tensors, of rows and columns of every second one, the step, the rate and the decay.

    On a GPU the matrices have eight times as many rows.
    """
    more = 1 if torch.device(device).type == "cpu" else 8
    sizes = (
        (200, 150, 56, 1, 0.1, 0.01),
        (190, 155, 57, 10, 0.05, 0.1),
        (210, 136, 59, 1000, 0.2, 0.02),
        (196, 148, 58, 100000, 0.1, 0.3),
    )
    return tuple((count, more * rows, *others) for count, rows, *others in sizes)


def adamw_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(200, 150, 56, 1, 0.1, 0.01)):
    """Return weights and biases by turns, their gradients, both means, the step, the rate and the decay.

    Some rows of each gradient are 0 and so are their means, some are ten thousand times as large.
    """
    count, rows, columns, step, lr, decay = shape

    def drawn(*size):
        return torch.empty(size, device=device, dtype=dtype).normal_(generator=generator)

    params, grads, means, squares = [], [], [], []
    for index in range(count):
        param, grad, mean, noise = drawn(4, rows, columns) if index % 2 else drawn(4, columns, 1)
        places, size = torch.randperm(len(grad), generator=generator, device=device), max(1, len(grad) // 40)
        size_of_rows = torch.ones_like(grad[:, :1])
        size_of_rows[places[:size]], size_of_rows[places[size : 2 * size]] = 0.0, 1e4
        grad, mean, square = (
            grad * size_of_rows,
            mean.abs() * grad.sign() * size_of_rows / 2,  # no small differences of large numbers
            (noise.square() + 0.1) * size_of_rows.square(),
        )
        for tensors, tensor in zip((params, grads, means, squares), (param, grad, mean, square), strict=True):
            tensors.append(tensor if index % 2 else tensor.flatten())
    if step == 1:
        means, squares = ([torch.zeros_like(param) for param in params] for _ in range(2))
    return params, grads, means, squares, step, lr, decay


def adamw_fast__reference(params, grads, averages, square_averages, step, lr, decay):
    """Return what torch's own optimizer makes of copies."""
    leaves = [param.clone().requires_grad_() for param in params]
    optimizer = torch.optim.AdamW(leaves, lr=lr, weight_decay=decay, foreach=True)
    for leaf, grad, mean, square in zip(leaves, grads, averages, square_averages, strict=True):
        leaf.grad = grad
        state = {"step": torch.tensor(step - 1.0), "exp_avg": mean.clone(), "exp_avg_sq": square.clone()}
        optimizer.state[leaf] = state
    optimizer.step()
    states = [optimizer.state[leaf] for leaf in leaves]
    return (
        [leaf.detach() for leaf in leaves],
        [state["exp_avg"] for state in states],
        [state["exp_avg_sq"] for state in states],
    )


def adamw_fast__naive(params, grads, averages, square_averages, step, lr, decay):
    """Return parameters and means row after row, each formula as it is written."""
    new = [], [], []
    for tensors in zip(params, grads, averages, square_averages, strict=True):
        rows = []
        for param, grad, old_mean, old_square in zip(*tensors, strict=True):
            mean = 0.9 * old_mean + 0.1 * grad
            square = 0.999 * old_square + 0.001 * grad * grad
            below = torch.sqrt(square / (1 - 0.999**step)) + 1e-8
            rows.append((param - lr * decay * param - lr * mean / (1 - 0.9**step) / below, mean, square))
        for column, parts in zip(new, zip(*rows, strict=True), strict=True):
            column.append(torch.stack(parts))
    return new


def adamw_fast__work(params, grads, averages, square_averages, step, lr, decay):
    """Return operations and bytes: fifteen for every parameter; four numbers read, three written."""
    count = math.fsum(param.numel() for param in params)
    return 15.0 * count, 7.0 * count * params[0].element_size()
