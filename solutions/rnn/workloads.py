"""What the timed task of this unit is timed on: inputs, torch's own operators, and the slow way.

Run with torch on one thread. Every call has one of the shapes that `<task>__shapes` lists, and hard cases at places
that are drawn anew. `<task>__work` returns how many floating-point operations a call takes, and how many bytes it has
to read and write, at the very least.
"""

import torch

HARD = 20
LONG = 150.0  # so that sums of gates are some hundreds, where an exponential overflows


def lstm_fast__shapes(device="cpu"):
    """Return numbers of steps, sequences, inputs and units; on a GPU there are sixteen times as many sequences."""
    more = 1 if torch.device(device).type == "cpu" else 16
    sizes = (100, 32, 64, 96), (96, 32, 72, 96), (104, 32, 60, 92), (100, 34, 56, 96)
    return tuple((steps, more * count, *others) for steps, count, *others in sizes)


def lstm_fast__inputs(generator, device="cpu", dtype=torch.float32, shape=(100, 32, 64, 96)):
    """Return sequences, states, cells, weights, and a gradient.

    Inputs at some steps are so large that gates are far open or far shut; some sequences are the same.
    """
    steps, count, width, units = shape

    def drawn(*size, std=1.0):
        return torch.empty(size, device=device, dtype=dtype).normal_(0.0, std, generator=generator)

    rows = 4 * units
    parameters = drawn(rows, width, std=0.1), drawn(rows, units, std=0.1), drawn(rows, std=0.1), drawn(rows, std=0.1)
    x, states, cells = drawn(steps, count, width), drawn(count, units, std=0.5), drawn(count, units)
    places = torch.randperm(steps * count, generator=generator, device=device)[:HARD]
    x.view(-1, width)[places] *= LONG
    same, twin = torch.randperm(count, generator=generator, device=device)[:2]
    for tensor in (x.transpose(0, 1), states, cells):
        tensor[same] = tensor[twin]
    return x, states, cells, *parameters, drawn(steps, count, units, std=0.1)


def lstm_fast__reference(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    """Return states, last cell and gradients as torch's own functions compute them."""
    arguments = x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh
    x, h0, c0, *weights = leaves = [tensor.detach().requires_grad_() for tensor in arguments]
    out, _, c_n = torch._VF.lstm(x, (h0[None], c0[None]), weights, True, 1, 0.0, True, False, False)
    return out.detach(), c_n[0].detach(), torch.autograd.grad(out, leaves, dout)


def lstm_fast__naive(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    """Return states, last cell and gradients, sequence after sequence, with every product and gate by itself."""
    names = x, weight_ih, weight_hh, bias_ih, h0, c0
    dx, dweight_ih, dweight_hh, dbias, dh0, dc0 = (torch.zeros_like(tensor) for tensor in names)
    out, c_n = torch.empty_like(dout), torch.empty_like(c0)
    for n in range(len(h0)):
        h, c, kept = h0[n], c0[n], []
        for t in range(len(x)):
            z = weight_ih @ x[t, n] + bias_ih + weight_hh @ h + bias_hh
            i, f, g, o = z.chunk(4)
            i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
            kept.append((h, c, i, f, g, o))
            c = f * c + i * g
            h = out[t, n] = o * torch.tanh(c)
        c_n[n], dh, dc = c, dh0[n], dc0[n]
        for t in reversed(range(len(x))):
            (h, old, i, f, g, o), dh = kept[t], dh + dout[t, n]
            shown = torch.tanh(f * old + i * g)
            dc = dc + dh * o * (1 - shown**2)
            gates = dc * g * i * (1 - i), dc * old * f * (1 - f), dc * i * (1 - g**2), dh * shown * o * (1 - o)
            dz = torch.cat(gates)
            dweight_ih += torch.outer(dz, x[t, n])
            dweight_hh += torch.outer(dz, h)
            dbias += dz
            dx[t, n], dh, dc = weight_ih.T @ dz, weight_hh.T @ dz, dc * f
        dh0[n], dc0[n] = dh, dc
    return out, c_n, (dx, dh0, dc0, dweight_ih, dweight_hh, dbias, dbias.clone())


def lstm_fast__work(x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh, dout):
    """Return operations and bytes: three products with each weight for every step; inputs and states in and out."""
    weights = weight_ih.numel() + weight_hh.numel()
    return 6.0 * x.shape[0] * x.shape[1] * weights, 2.0 * x.element_size() * (x.numel() + dout.numel() + weights)
