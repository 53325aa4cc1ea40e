"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch


def conv2d_fast__shapes(device="cpu"):
    """Return images, channels, height, width, filters, kernel's height and width, stride, padding.

    On a GPU there are sixteen times as many images.
    """
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = (20, 28, 30, 1, 1), (20, 30, 32, 1, 0), (20, 26, 28, 1, 2), (16, 57, 59, 2, 1)
    return tuple(
        (more * images, 32, height, width, 48, 3, 3, stride, padding)
        for images, height, width, stride, padding in sizes
    )


def conv2d_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(20, 32, 28, 30, 48, 3, 3, 1, 1)):
    """Return images, filters, biases, a gradient, stride and padding.

    Some images are thirty times as bright as others, some are the same, some are 0.
    """
    images, channels, *size, filters, kh, kw, stride, padding = shape

    def drawn(*size, std):
        return torch.empty(size, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    x, w, b = (
        drawn(images, channels, *size, std=1.0),
        drawn(filters, channels, kh, kw, std=0.06),
        drawn(filters, std=0.1),
    )
    bright, same, twin, zero = torch.randperm(images, generator=generator, device=device)[:4]
    x[bright] *= 30.0
    x[same] = x[twin]
    x[zero] = 0.0
    height, width = ((side + 2 * padding - k) // stride + 1 for side, k in zip(size, (kh, kw), strict=True))
    return x, w, b, drawn(images, filters, height, width, std=0.01), stride, padding


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
