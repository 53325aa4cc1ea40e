"""What the timed task of this unit is timed on: inputs, torch's own operator, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import torch


def batch_norm_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 12 images of 1,024 channels and 14 by 14 pixels, weights, biases, and a gradient of the images' shape.

    On a GPU there are 120 images.
    """
    images = 12 if torch.device(device).type == "cpu" else 120
    x, dout = torch.empty(2, images, 1024, 14, 14, device=device, dtype=dtype).normal_(0.5, 2.0, generator=generator)
    weight, bias = torch.empty(2, 1024, device=device, dtype=dtype).uniform_(0.5, 1.5, generator=generator)
    return x, weight, bias, dout


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
