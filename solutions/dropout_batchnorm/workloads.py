"""What the timed task of this unit is timed on: inputs, torch's own operator, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch

HARD = 20
FAR = 1000.0  # a channel's mean, where its spread is 2


def drawn_channels(generator, device, count, kinds):
    """Return the places of so many kinds of hard channels: twenty channels each, drawn."""
    places, size = torch.randperm(count, generator=generator, device=device), max(1, min(HARD, count // 16))
    return [places[kind * size : (kind + 1) * size] for kind in range(kinds)]


def batch_norm_fast__shapes(device="cpu"):
    """Return numbers of images, channels, height, width, and eps; on a GPU there are ten times as many images."""
    more = 1 if torch.device(device).type == "cpu" else 10
    sizes = (12, 1024, 14, 14, 1e-5), (16, 768, 14, 14, 1e-3), (13, 1024, 14, 13, 1e-4), (24, 512, 14, 14, 1e-5)
    return tuple((more * images, *others) for images, *others in sizes)


def batch_norm_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(12, 1024, 14, 14, 1e-5)):
    """Return images, weights, biases, a gradient of the images' shape, and eps.

    Some channels lie far from 0, above or below, some are constant, and some are small beside the root of eps.
    """
    *size, eps = shape
    x, dout = torch.empty(2, *size, device=device, dtype=dtype).normal_(0.0, 2.0, generator=generator)
    weight, bias = torch.empty(2, size[1], device=device, dtype=dtype).uniform_(0.5, 1.5, generator=generator)
    high, low, constant, small = drawn_channels(generator, device, size[1], 4)
    x[:, high] += FAR
    x[:, low] -= FAR
    x[:, constant] = x[:1, constant, :1, :1].round()
    x[:, small] *= 5e-4
    return x, weight, bias, dout, eps


def batch_norm_fast__reference(x, weight, bias, dout, eps=1e-5):
    """Return output and gradients as torch's own functions compute them."""
    out, mean, inverse = torch.native_batch_norm(x, weight, bias, None, None, True, 0.1, eps)
    gradients = torch.ops.aten.native_batch_norm_backward(
        dout, x, weight, None, None, mean, inverse, True, eps, [True, True, True]
    )
    return out, *gradients


def batch_norm_fast__naive(x, weight, bias, dout, eps=1e-5):
    """Return output and gradients, channel by channel, with a new tensor for every operation."""
    out, dx = torch.empty_like(x), torch.empty_like(x)
    dweight, dbias = torch.empty_like(weight), torch.empty_like(bias)
    for c in range(len(weight)):
        root = torch.sqrt(((x[:, c] - x[:, c].mean()) ** 2).mean() + eps)
        x_hat = (x[:, c] - x[:, c].mean()) / root
        out[:, c] = weight[c] * x_hat + bias[c]
        dweight[c] = (dout[:, c] * x_hat).sum()
        dbias[c] = dout[:, c].sum()
        dx[:, c] = weight[c] * (dout[:, c] - dout[:, c].mean() - x_hat * (dout[:, c] * x_hat).mean()) / root
    return out, dx, dweight, dbias


def batch_norm_fast__work(x, weight, bias, dout, eps=1e-5):
    """Return operations and bytes: some sums, differences and products; two tensors in, two out."""
    return 12.0 * x.numel(), 4.0 * x.numel() * x.element_size()
