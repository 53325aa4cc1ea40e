"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. `<task>__work` returns how many floating-point operations a call takes, and how many bytes
it has to read and write, at the very least.
"""

import torch


def conv2d_fast__inputs(generator, device="cpu", dtype=torch.float32):
    """Return 20 images of 28 x 30 pixels in 32 channels, 48 filters of 3 x 3, biases, a gradient, and options.

    On a GPU there are 320 images.
    """
    images = 20 if torch.device(device).type == "cpu" else 320

    def drawn(*shape, std):
        return torch.empty(shape, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    x, w, b = drawn(images, 32, 28, 30, std=1.0), drawn(48, 32, 3, 3, std=0.06), drawn(48, std=0.1)
    return x, w, b, drawn(images, 48, 28, 30, std=0.01), 1, 1


def conv2d_fast__reference(x, w, b, dout, stride, padding):
    """Return output and gradients as torch's own functions compute them."""
    x, w, b = (tensor.detach().requires_grad_() for tensor in (x, w, b))
    out = torch.nn.functional.conv2d(x, w, b, stride, padding)
    return out.detach(), *torch.autograd.grad(out, (x, w, b), dout)


def conv2d_fast__naive(x, w, b, dout, stride, padding):
    """Return output and gradients, one stop of the window after the other, for all images together."""
    (height, width), (kh, kw) = dout.shape[2:], w.shape[2:]
    padded = torch.nn.functional.pad(x, [padding] * 4)
    out, dpadded, dw = torch.zeros_like(dout), torch.zeros_like(padded), torch.zeros_like(w)
    for i in range(height):
        for j in range(width):
            rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
            window, slopes = padded[:, :, rows, columns], dout[:, :, i, j]
            out[:, :, i, j] = torch.einsum("ncuv,fcuv->nf", window, w) + b
            dw += torch.einsum("nf,ncuv->fcuv", slopes, window)
            dpadded[:, :, rows, columns] += torch.einsum("nf,fcuv->ncuv", slopes, w)
    dx = dpadded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]
    return out, dx, dw, dout.sum(dim=(0, 2, 3))


def conv2d_fast__work(x, w, b, dout, stride, padding):
    """Return operations and bytes: three products, with a quarter of their multiplications, and every tensor once.

    Winograd's minimal filtering gets by with a quarter where the kernel is 3 x 3 (Lavin, Gray, 2015).
    """
    products = 3 * 2.0 * dout.numel() * w[0].numel()
    return products / 4, 2.0 * x.element_size() * (x.numel() + w.numel() + dout.numel())
