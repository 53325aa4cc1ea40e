"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import math

import numpy as np
import torch

from solutions.convolution import conv, convnet, pooling, workloads


def _axes(size):
    return tuple(size) if isinstance(size, tuple | list) else (size, size)


def _stops(image_size, kernel_size, stride, padding, dilation):
    """Count by listing the places where a window may begin."""
    counted = []
    for size, k, s, p, d in zip(image_size, *map(_axes, (kernel_size, stride, padding, dilation)), strict=True):
        counted.append(len(range(0, size + 2 * p - (k - 1) * d, s)))
        if not counted[-1]:
            raise ValueError("too large")
    return tuple(counted)


# conv


def conv_output_size__counted(size, kernel_size, *, stride=1, padding=0, dilation=1):
    start, stops = -padding, 0
    while start + dilation * (kernel_size - 1) < size + padding:
        start, stops = start + stride, stops + 1
    if stops == 0:
        raise ValueError("too large")
    return stops


def conv_output_size__ceiling(size, kernel_size, *, stride=1, padding=0, dilation=1):
    places = size + 2 * padding - dilation * (kernel_size - 1)
    if places < 1:
        raise ValueError("too large")
    return math.ceil(places / stride)


def pad2d__assigned_into_the_middle(x, padding, value=0.0):
    top, left = _axes(padding)
    images, channels, height, width = x.shape
    framed = np.full((images, channels, height + 2 * top, width + 2 * left), value, x.dtype)
    framed[:, :, top : top + height, left : left + width] = x
    return framed


def pad2d__concatenated(x, padding, value=0.0):
    for axis, width in zip((2, 3), _axes(padding), strict=True):
        shape = list(x.shape)
        shape[axis] = width
        side = np.full(shape, value, dtype=x.dtype)
        x = np.concatenate([side, x, side], axis=axis)
    return x


def conv2d_naive__cell_by_cell(x, w, b, *, stride=1, padding=0, dilation=1, groups=1):
    """Sum over the cells of the kernel outside, over everything else at once."""
    (si, sj), (di, dj) = _axes(stride), _axes(dilation)
    height, width = _stops(x.shape[2:], w.shape[2:], stride, padding, dilation)
    padded = conv.pad2d(x, padding)
    out = np.zeros((len(x), len(w), height, width), x.dtype) + b[:, None, None]
    for filters, channels in _blocks(x, w, groups):
        for u, v in np.ndindex(*w.shape[2:]):
            met = padded[:, channels, u * di :: si, v * dj :: sj][:, :, :height, :width]
            out[:, filters] += np.einsum("nchw,fc->nfhw", met, w[filters, :, u, v])
    return out


def _blocks(x, w, groups):
    filters, channels = len(w) // groups, x.shape[1] // groups
    return [(slice(g * filters, (g + 1) * filters), slice(g * channels, (g + 1) * channels)) for g in range(groups)]


def conv2d_naive__seven_loops(x, w, b, *, stride=1, padding=0, dilation=1, groups=1):
    """Frame nothing: a cell that meets no pixel adds nothing."""
    (si, sj), (pi, pj), (di, dj) = _axes(stride), _axes(padding), _axes(dilation)
    height, width = _stops(x.shape[2:], w.shape[2:], stride, padding, dilation)
    out = np.empty((len(x), len(w), height, width), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        first = f * groups // len(w) * w.shape[1]
        total = b[f]
        for c, u, v in np.ndindex(*w.shape[1:]):
            row, column = i * si - pi + u * di, j * sj - pj + v * dj
            if 0 <= row < x.shape[2] and 0 <= column < x.shape[3]:
                total += w[f, c, u, v] * x[n, first + c, row, column]
        out[n, f, i, j] = total
    return out


def im2col__index_arrays(x, kernel_size, *, stride=1, padding=0, dilation=1):
    (kh, kw), (si, sj), (di, dj) = map(_axes, (kernel_size, stride, dilation))
    height, width = _stops(x.shape[2:], kernel_size, stride, padding, dilation)
    rows = np.add.outer(di * np.arange(kh), si * np.arange(height))[:, None, :, None]
    columns = np.add.outer(dj * np.arange(kw), sj * np.arange(width))[None, :, None, :]
    return conv.pad2d(x, padding)[:, :, rows, columns].reshape(len(x), x.shape[1] * kh * kw, height * width)


def im2col__cell_by_cell(x, kernel_size, *, stride=1, padding=0, dilation=1):
    (kh, kw), (si, sj), (di, dj) = map(_axes, (kernel_size, stride, dilation))
    height, width = _stops(x.shape[2:], kernel_size, stride, padding, dilation)
    padded, out = conv.pad2d(x, padding), np.empty((len(x), x.shape[1], kh, kw, height, width), x.dtype)
    for u in range(kh):
        for v in range(kw):
            out[:, :, u, v] = padded[:, :, u * di :: si, v * dj :: sj][:, :, :height, :width]
    return out.reshape(len(x), x.shape[1] * kh * kw, height * width)


def im2col__stop_by_stop(x, kernel_size, *, stride=1, padding=0, dilation=1):
    (kh, kw), (si, sj), (di, dj) = map(_axes, (kernel_size, stride, dilation))
    height, width = _stops(x.shape[2:], kernel_size, stride, padding, dilation)
    padded, columns = conv.pad2d(x, padding), []
    for i, j in np.ndindex(height, width):
        window = padded[:, :, i * si : i * si + kh * di : di, j * sj : j * sj + kw * dj : dj]
        columns.append(window[:, :, :kh, :kw].reshape(len(x), x.shape[1] * kh * kw))
    return np.stack(columns, axis=2)


def col2im__add_at(columns, image_size, kernel_size, *, stride=1, padding=0, dilation=1):
    (kh, kw), (si, sj), (di, dj), (pi, pj) = map(_axes, (kernel_size, stride, dilation, padding))
    height, width = _stops(image_size, kernel_size, stride, padding, dilation)
    cells = columns.reshape(len(columns), columns.shape[1] // (kh * kw), kh, kw, height, width)
    image = np.zeros((*cells.shape[:2], image_size[0] + 2 * pi, image_size[1] + 2 * pj), columns.dtype)
    rows = di * np.arange(kh)[:, None, None, None] + si * np.arange(height)[:, None]
    across = dj * np.arange(kw)[:, None, None] + sj * np.arange(width)
    np.add.at(image, (slice(None), slice(None), rows, across), cells)
    return image[:, :, pi : pi + image_size[0], pj : pj + image_size[1]]


def col2im__stop_by_stop(columns, image_size, kernel_size, *, stride=1, padding=0, dilation=1):
    (kh, kw), (si, sj), (di, dj), (pi, pj) = map(_axes, (kernel_size, stride, dilation, padding))
    stops = _stops(image_size, kernel_size, stride, padding, dilation)
    channels = columns.shape[1] // (kh * kw)
    windows = columns.reshape(len(columns), channels, kh, kw, columns.shape[2])
    image = np.zeros((len(columns), channels, *image_size), columns.dtype)
    for stop, (i, j) in enumerate(np.ndindex(*stops)):
        for u, v in np.ndindex(kh, kw):
            row, column = i * si + u * di - pi, j * sj + v * dj - pj
            if 0 <= row < image_size[0] and 0 <= column < image_size[1]:
                image[:, :, row, column] += windows[:, :, u, v, stop]
    return image


def conv2d_forward__einsum_over_windows(x, w, b, *, stride=1, padding=0, dilation=1, groups=1):
    window = {"stride": stride, "padding": padding, "dilation": dilation}
    height, width = _stops(x.shape[2:], w.shape[2:], **window)
    columns = conv.im2col(x, w.shape[2:], **window)
    blocks = columns.reshape(len(x), groups, *w.shape[1:], height, width)
    filters = w.reshape(groups, -1, *w.shape[1:])
    out = np.einsum("ngcuvhw,gfcuv->ngfhw", blocks, filters).reshape(len(x), len(w), height, width)
    return out + b.reshape(1, -1, 1, 1), (columns, x, w)


def conv2d_forward__cell_by_cell(x, w, b, *, stride=1, padding=0, dilation=1, groups=1):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return conv2d_naive__cell_by_cell(x, w, b, **options), options


def conv2d_forward__group_by_group(x, w, b, *, stride=1, padding=0, dilation=1, groups=1):
    parts = []
    height, width = _stops(x.shape[2:], w.shape[2:], stride, padding, dilation)
    for filters, channels in _blocks(x, w, groups):
        columns = conv.im2col(x[:, channels], w.shape[2:], stride=stride, padding=padding, dilation=dilation)
        rows = w[filters].reshape(-1, columns.shape[1]) @ columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)
        parts.append((rows + b[filters, None]).reshape(len(rows), len(x), height, width).swapaxes(0, 1))
    return np.concatenate(parts, axis=1), (x, w)


def conv2d_backward__cell_by_cell(dout, cache):
    x, w, window, groups = cache
    (si, sj), (di, dj), (pi, pj) = (_axes(window[name]) for name in ("stride", "dilation", "padding"))
    padded, (height, width) = conv.pad2d(x, (pi, pj)), dout.shape[2:]
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for filters, channels in _blocks(x, w, groups):
        for u, v in np.ndindex(*w.shape[2:]):
            seen = (
                slice(None),
                channels,
                slice(u * di, u * di + height * si, si),
                slice(v * dj, v * dj + width * sj, sj),
            )
            dw[filters, :, u, v] = np.einsum("nfhw,nchw->fc", dout[:, filters], padded[seen])
            dpadded[seen] += np.einsum("nfhw,fc->nchw", dout[:, filters], w[filters, :, u, v])
    dx = dpadded[:, :, pi : pi + x.shape[2], pj : pj + x.shape[3]]
    return dx, dw, np.einsum("nfhw->f", dout)


def conv2d_backward__einsum_group_by_group(dout, cache):
    x, w, window, groups = cache
    dx, dw = np.empty_like(x), np.empty_like(w)
    for filters, channels in _blocks(x, w, groups):
        columns = conv.im2col(x[:, channels], w.shape[2:], **window)
        down = dout[:, filters].reshape(len(x), len(w) // groups, columns.shape[2])
        dw[filters] = np.einsum("nfl,nkl->fk", down, columns).reshape(dw[filters].shape)
        rows = w[filters].reshape(down.shape[1], -1)
        dx[:, channels] = conv.col2im(np.einsum("nfl,fk->nkl", down, rows), x.shape[2:], w.shape[2:], **window)
    return dx, dw, dout.sum(axis=3).sum(axis=2).sum(axis=0)


# pooling


def _framed_windows(x, kernel_size, stride, padding, value):
    """Return the windows as (N, C, HO, WO, KH, KW), by copying stop after stop."""
    stride = _axes(kernel_size if stride is None else stride)
    kh, kw = _axes(kernel_size)
    if any(2 * p > k for p, k in zip(_axes(padding), (kh, kw), strict=True)):
        raise ValueError("too wide a frame")
    height, width = _stops(x.shape[2:], kernel_size, stride, padding, 1)
    padded = conv.pad2d(x, padding, value)
    windows = np.empty((*x.shape[:2], height, width, kh, kw), x.dtype)
    for i, j in np.ndindex(height, width):
        windows[:, :, i, j] = padded[:, :, i * stride[0] :, j * stride[1] :][:, :, :kh, :kw]
    return windows


def max_pool2d_forward__window_by_window(x, kernel_size, *, stride=None, padding=0):
    windows = _framed_windows(x, kernel_size, stride, padding, -math.inf)
    return windows.max(axis=(4, 5)), (x, kernel_size, stride, padding)


def max_pool2d_forward__maximum_of_shifted_images(x, kernel_size, *, stride=None, padding=0):
    (kh, kw), (pi, pj) = _axes(kernel_size), _axes(padding)
    si, sj = (kh, kw) if stride is None else _axes(stride)
    if pi > kh / 2 or pj > kw / 2:
        raise ValueError("too wide a frame")
    height, width = _stops(x.shape[2:], (kh, kw), (si, sj), padding, 1)
    padded = np.pad(x, [(0, 0), (0, 0), (pi, pi), (pj, pj)], constant_values=np.finfo(x.dtype).min)
    out = np.full((*x.shape[:2], height, width), -np.inf, x.dtype)
    for u, v in np.ndindex(kh, kw):
        np.maximum(out, padded[:, :, u::si, v::sj][:, :, :height, :width], out=out)
    return out, None


def max_pool2d_backward__window_by_window(dout, cache):
    x, kernel_size, stride, padding = cache
    (kh, kw), (pi, pj) = _axes(kernel_size), _axes(padding)
    si, sj = (kh, kw) if stride is None else _axes(stride)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        top, left = max(i * si - pi, 0), max(j * sj - pj, 0)
        window = x[n, c, top : i * si - pi + kh, left : j * sj - pj + kw]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + u, left + v] += dout[n, c, i, j]
    return dx


def max_pool2d_backward__cells_in_reading_order(dout, cache):
    """Give the gradient to a cell that equals the maximum, if no cell before it did."""
    x, kernel_size, stride, padding = cache
    (kh, kw), (pi, pj) = _axes(kernel_size), _axes(padding)
    si, sj = (kh, kw) if stride is None else _axes(stride)
    padded, (height, width) = conv.pad2d(x, padding, -np.inf), dout.shape[2:]
    dpadded, left = np.zeros_like(padded), dout.copy()
    out = pooling.max_pool2d_forward(x, kernel_size, stride=stride, padding=padding)[0]
    for u, v in np.ndindex(kh, kw):
        seen = np.s_[:, :, u : u + height * si : si, v : v + width * sj : sj]
        won = np.where(padded[seen] == out, left, 0)
        dpadded[seen] += won
        left -= won
    return dpadded[:, :, pi : pi + x.shape[2], pj : pj + x.shape[3]]


def avg_pool2d_forward__window_by_window(x, kernel_size, *, stride=None, padding=0, count_include_pad=True):
    windows = _framed_windows(x, kernel_size, stride, padding, 0.0 if count_include_pad else np.nan)
    mean = np.mean if count_include_pad else np.nanmean
    return mean(windows, axis=(4, 5)), (x, kernel_size, stride, padding, count_include_pad)


def avg_pool2d_forward__as_a_convolution(x, kernel_size, *, stride=None, padding=0, count_include_pad=True):
    """A filter of ones for every channel of its own, over the images and over an image of ones."""
    if (np.array(_axes(padding)) * 2 > _axes(kernel_size)).any():
        raise ValueError("too wide a frame")
    ones, nothing = np.ones((1, 1, *_axes(kernel_size)), x.dtype), np.zeros(1, x.dtype)
    options = {"stride": kernel_size if stride is None else stride, "padding": padding}
    single = x.reshape(-1, 1, *x.shape[2:])
    sums = conv.conv2d_forward(single, ones, nothing, **options)[0]
    counts = conv.conv2d_forward(np.ones_like(single), ones, nothing, **options)[0]
    out = sums / (ones.sum() if count_include_pad else counts)
    return out.reshape(*x.shape[:2], *out.shape[2:]), None


def avg_pool2d_backward__window_by_window(dout, cache):
    x, kernel_size, stride, padding, count_include_pad = cache
    (kh, kw), (pi, pj) = _axes(kernel_size), _axes(padding)
    si, sj = (kh, kw) if stride is None else _axes(stride)
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        rows = slice(max(i * si - pi, 0), i * si - pi + kh)
        columns = slice(max(j * sj - pj, 0), j * sj - pj + kw)
        pixels = kh * kw if count_include_pad else math.prod(dx[:, :, rows, columns].shape[2:])
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / pixels
    return dx


def avg_pool2d_backward__as_a_convolution(dout, cache):
    """The gradient of a convolution with ones, channel by channel."""
    x, kernel_size, stride, padding, count_include_pad = cache
    ones, nothing = np.ones((1, 1, *_axes(kernel_size)), x.dtype), np.zeros(1, x.dtype)
    options = {"stride": kernel_size if stride is None else stride, "padding": padding}
    single = x.reshape(-1, 1, *x.shape[2:])
    counts, kept = conv.conv2d_forward(np.ones_like(single), ones, nothing, **options)
    shares = dout.reshape(-1, 1, *dout.shape[2:]) / (ones.size if count_include_pad else counts)
    return conv.conv2d_backward(shares, kept)[0].reshape(x.shape)


def global_avg_pool2d_forward__flattened(x):
    return x.reshape(*x.shape[:2], x.shape[2] * x.shape[3]).mean(axis=-1), x.shape


def global_avg_pool2d_forward__einsum(x):
    return np.einsum("nchw->nc", x) / (x.shape[2] * x.shape[3]), None


def global_avg_pool2d_backward__product_with_ones(dout, cache):
    return (dout / float(np.prod(cache[-2:])))[..., None, None] * np.ones(cache, dout.dtype)


def global_avg_pool2d_backward__repeated(dout, cache):
    pixels = cache[2] * cache[3]
    return np.repeat(dout.reshape(-1) / pixels, pixels).reshape(cache)


# convnet


def conv_relu_pool_forward__largest_first(x, w, b):
    """Take the largest of each window first: ReLU leaves their order alone."""
    maps, _ = conv.conv2d_forward(x, w, b, padding=tuple(size // 2 for size in w.shape[2:]))
    largest, _ = pooling.max_pool2d_forward(maps, 2)
    return largest * (largest > 0), None


def conv_relu_pool_forward__by_hand(x, w, b):
    maps = np.maximum(conv.conv2d_naive(x, w, b, padding=(w.shape[2] // 2, w.shape[3] // 2)), 0)
    height, width = maps.shape[2] // 2, maps.shape[3] // 2
    quarters = maps[:, :, : 2 * height, : 2 * width].reshape(*maps.shape[:2], height, 2, width, 2)
    return quarters.max(axis=(3, 5)), (x, w, b)


def conv_relu_pool_backward__in_steps(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    dpooled = pooling.max_pool2d_backward(dout, pool_cache)
    dx, dw, db = conv.conv2d_backward(np.where(relu_cache > 0, dpooled, 0), conv_cache)
    return dx, dw, db


def conv_relu_pool_backward__masked_in_place(dout, cache):
    dmaps = max_pool2d_backward__window_by_window(dout, cache[2])
    dmaps[cache[1] <= 0] = 0
    return conv2d_backward__cell_by_cell(dmaps, cache[0])


def init_lenet__standard_normal_scaled(rng, *, image_size=8, filters=(6, 16), hidden=84, classes=10):
    pixels = (image_size // 2 // 2) ** 2

    def drawn(*shape):
        return rng.standard_normal(shape) * math.sqrt(2 / math.prod(shape[1:]))

    return {
        "conv1.w": drawn(filters[0], 1, 3, 3),
        "conv1.b": np.zeros(filters[0]),
        "conv2.w": drawn(filters[1], filters[0], 3, 3),
        "conv2.b": np.zeros(filters[1]),
        "fc1.w": drawn(hidden, filters[1] * pixels),
        "fc1.b": np.zeros(hidden),
        "fc2.w": drawn(classes, hidden),
        "fc2.b": np.zeros(classes),
    }


def init_lenet__last_layer_first(rng, *, image_size=8, filters=(6, 16), hidden=84, classes=10):
    first, second = filters
    params = {}
    for layer, outputs, inputs in (
        ("fc2", classes, (hidden,)),
        ("fc1", hidden, (second * image_size * image_size // 16,)),
        ("conv2", second, (first, 3, 3)),
        ("conv1", first, (1, 3, 3)),
    ):
        params[layer + ".b"] = 0.0 * np.arange(outputs)
        params[layer + ".w"] = rng.normal(0, (2 / np.prod(inputs)) ** 0.5, (outputs, *inputs))
    return params


def lenet_forward__loops_over_layers(x, params):
    caches, out = [], x
    for layer in ("conv1", "conv2"):
        out, cache = convnet.conv_relu_pool_forward(out, params[f"{layer}.w"], params[f"{layer}.b"])
        caches.append(cache)
    out = out.reshape(out.shape[0], out.shape[1] * out.shape[2] * out.shape[3])
    for layer in ("fc1", "fc2"):
        out, cache = convnet.affine_forward(out, params[f"{layer}.w"], params[f"{layer}.b"])
        caches.append(cache)
        if layer == "fc1":
            out, cache = convnet.relu_forward(out)
            caches.append(cache)
    return out, caches


def lenet_forward__einsum_over_maps(x, params):
    """No flattening: the hidden layer's weights take the shape of the maps."""
    maps, _ = convnet.conv_relu_pool_forward(x, params["conv1.w"], params["conv1.b"])
    maps, _ = convnet.conv_relu_pool_forward(maps, params["conv2.w"], params["conv2.b"])
    weights = params["fc1.w"].reshape(-1, *maps.shape[1:])
    hidden = np.maximum(np.einsum("nchw,mchw->nm", maps, weights) + params["fc1.b"], 0)
    return np.einsum("nm,km->nk", hidden, params["fc2.w"]) + params["fc2.b"], None


def gap_head_forward__mean_of_class_maps(maps, w, b):
    """A 1 x 1 convolution first: the mean of the class maps is the score."""
    class_maps = np.einsum("cf,nfhw->nchw", w, maps) + b[:, None, None]
    return class_maps.mean(axis=(2, 3)), None


def gap_head_forward__by_a_sum(maps, w, b):
    pixels = np.asarray(maps.shape[2] * maps.shape[3], maps.dtype)
    return np.stack([maps.sum(axis=(2, 3)) @ row for row in w], axis=1) / pixels + b, None


def gap_head_backward__by_einsum(dscores, cache):
    shape, (means, w) = cache
    pixels = np.ones(shape[2:], dscores.dtype) / np.asarray(shape[2] * shape[3], dscores.dtype)
    return np.einsum("nc,cf,hw->nfhw", dscores, w, pixels), np.einsum("nc,nf->cf", dscores, means), dscores.sum(axis=0)


def gap_head_backward__filled(dscores, cache):
    shape, (means, w) = cache
    dmaps = np.empty(shape, dscores.dtype)
    dmaps[:] = (dscores @ w / (shape[2] * shape[3]))[:, :, None, None]
    return dmaps, (means.T @ dscores).T, np.add.reduce(dscores)


def lenet_backward__written_out(dscores, cache):
    stage1, stage2, shape, (flat, fc1_w), before_relu, (hidden, fc2_w) = cache
    dhidden = np.where(before_relu > 0, dscores @ fc2_w, 0)
    dmaps, dconv2_w, dconv2_b = convnet.conv_relu_pool_backward((dhidden @ fc1_w).reshape(shape), stage2)
    dconv1_w, dconv1_b = convnet.conv_relu_pool_backward(dmaps, stage1)[1:]
    return {
        "conv1.w": dconv1_w,
        "conv1.b": dconv1_b,
        "conv2.w": dconv2_w,
        "conv2.b": dconv2_b,
        "fc1.w": dhidden.T @ flat,
        "fc1.b": dhidden.sum(axis=0),
        "fc2.w": dscores.T @ hidden,
        "fc2.b": dscores.sum(axis=0),
    }


def lenet_backward__loop_over_layers(dscores, cache):
    stage1, stage2, shape, fc1, relu, fc2 = cache
    steps = (
        ("fc2", convnet.affine_backward, fc2, lambda d: convnet.relu_backward(d, relu)),
        ("fc1", convnet.affine_backward, fc1, lambda d: d.reshape(shape)),
        ("conv2", convnet.conv_relu_pool_backward, stage2, lambda d: d),
        ("conv1", convnet.conv_relu_pool_backward, stage1, lambda d: d),
    )
    gradient, grads = dscores, {}
    for layer, backward, kept, then in steps:
        gradient, dw, db = backward(gradient, kept)
        gradient = then(gradient)
        grads.update({f"{layer}.w": dw, f"{layer}.b": db})
    return grads


def residual_forward__framed_by_hand(x, w1, b1, w2, b2):
    frame = tuple(size // 2 for size in w1.shape[2:])
    inner = np.maximum(conv.conv2d_forward(conv.pad2d(x, frame), w1, b1)[0], 0)
    out = x + conv.conv2d_forward(conv.pad2d(inner, frame), w2, b2)[0]
    return np.where(out > 0, out, 0), None


def residual_forward__loop(x, w1, b1, w2, b2):
    branch, caches = x, []
    for w, b, skip in ((w1, b1, 0), (w2, b2, x)):
        branch, kept = conv.conv2d_forward(branch, w, b, padding=(w.shape[2] // 2, w.shape[3] // 2))
        branch = branch + skip
        caches += [kept, branch]
        branch = branch.clip(min=0)
    return branch, caches


def residual_backward__masks(dout, cache):
    conv1, inside, conv2, summed = cache
    dsum = dout * (summed > 0)
    dinner, dw2, db2 = conv.conv2d_backward(dsum, conv2)
    dbranch, dw1, db1 = conv.conv2d_backward(dinner * (inside > 0), conv1)
    return dsum + dbranch, dw1, db1, dw2, db2


def residual_backward__loop(dout, cache):
    grads, gradient = [], dout
    dskip = None
    for kept, before_relu in ((cache[2], cache[3]), (cache[0], cache[1])):
        gradient = np.where(before_relu > 0, gradient, 0)
        dskip = gradient.copy() if dskip is None else dskip
        gradient, dw, db = conv.conv2d_backward(gradient, kept)
        grads = [dw, db, *grads]
    return [gradient + dskip, *grads]


# fast: as fast as torch


def conv2d_fast__stop_by_stop(x, w, b, dout, stride=1, padding=0):
    return workloads.conv2d_fast__naive(x, w, b, dout, stride, padding)


def conv2d_fast__cell_by_cell(x, w, b, dout, stride=1, padding=0):
    """No columns: one product for every cell of the kernel."""
    padded = x.new_zeros(*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding)
    inside = slice(padding, padding + x.shape[2]), slice(padding, padding + x.shape[3])
    padded[:, :, inside[0], inside[1]] = x
    out, dw, dpadded = torch.zeros_like(dout), torch.zeros_like(w), torch.zeros_like(padded)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            rows = slice(u, u + stride * (dout.shape[2] - 1) + 1, stride)
            columns = slice(v, v + stride * (dout.shape[3] - 1) + 1, stride)
            pixels, cell = padded[:, :, rows, columns], w[:, :, u, v]
            out += torch.einsum("fc,ncij->nfij", cell, pixels)
            dw[:, :, u, v] = torch.einsum("nfij,ncij->fc", dout, pixels)
            dpadded[:, :, rows, columns] += torch.einsum("fc,nfij->ncij", cell, dout)
    return out + b.view(1, -1, 1, 1), dpadded[:, :, inside[0], inside[1]].contiguous(), dw, dout.sum((0, 2, 3))


def conv2d_fast__image_by_image(x, w, b, dout, stride=1, padding=0):
    """The columns of one image at a time, rows of windows by filters."""
    index = torch.arange(x.shape[1:].numel()).reshape(x.shape[1:]) + 1  # 0 is the frame
    framed = torch.nn.functional.pad(index, [padding] * 4)
    places = framed.unfold(1, w.shape[2], stride).unfold(2, w.shape[3], stride).permute(1, 2, 0, 3, 4).flatten(2)
    places, filters = places.flatten(0, 1), w.flatten(1)
    out, dx, dw = torch.empty_like(dout), torch.empty_like(x), torch.zeros_like(filters)
    for n, image in enumerate(x):
        windows = torch.cat((x.new_zeros(1), image.flatten()))[places]  # (L, CKK)
        slopes = dout[n].flatten(1)
        out[n] = (windows @ filters.T + b).T.reshape(dout.shape[1:])
        dw += slopes @ windows
        scattered = x.new_zeros(image.numel() + 1)
        scattered.index_add_(0, places.flatten(), (slopes.T @ filters).flatten())
        dx[n] = scattered[1:].reshape(image.shape)
    return out, dx, dw.reshape(w.shape), torch.einsum("nfij->f", dout)


def _stage_back(dout, cache):
    """Go back through a stage number by number; return the gradients of images, filters and biases."""
    (x, w, *_), _, (maps, *_) = cache
    rows, columns = w.shape[2] // 2, w.shape[3] // 2
    padded = np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    framed, filters, pooled, slopes = padded.tolist(), w.tolist(), maps.tolist(), dout.tolist()
    dframed, dw = np.zeros(padded.shape).tolist(), np.zeros(w.shape).tolist()
    db = [0.0] * len(w)
    for n in range(len(x)):
        for f in range(len(w)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    cells = [(2 * i + a, 2 * j + b) for a in (0, 1) for b in (0, 1)]
                    row, column = max(cells, key=lambda cell: pooled[n][f][cell[0]][cell[1]])
                    slope = slopes[n][f][i][j] if pooled[n][f][row][column] > 0 else 0.0
                    db[f] += slope
                    for c in range(w.shape[1]):
                        for a in range(w.shape[2]):
                            for b in range(w.shape[3]):
                                dw[f][c][a][b] += slope * framed[n][c][row + a][column + b]
                                dframed[n][c][row + a][column + b] += slope * filters[f][c][a][b]
    dx = np.array(dframed).reshape(padded.shape)[:, :, rows : rows + x.shape[2], columns : columns + x.shape[3]]
    return dx, np.array(dw, w.dtype), np.array(db, w.dtype)


def _linear_back(dout, x, w):
    """Go back through a linear layer number by number."""
    dx, dw, db = np.zeros(x.shape).tolist(), np.zeros(w.shape).tolist(), [0.0] * len(w)
    inputs, weights = x.tolist(), w.tolist()
    for n, slopes in enumerate(dout.tolist()):
        for unit, slope in enumerate(slopes):
            db[unit] += slope
            for i in range(w.shape[1]):
                dw[unit][i] += slope * inputs[n][i]
                dx[n][i] += slope * weights[unit][i]
    return np.array(dx).reshape(x.shape), np.array(dw, w.dtype), np.array(db, w.dtype)


def lenet_backward__number_by_number(dscores, cache):
    """In plain loops to the last number: what the limits must leave room for."""
    stage1, stage2, shape, fc1, before_relu, fc2 = cache
    dhidden, dw2, db2 = _linear_back(dscores, *fc2)
    dflat, dw1, db1 = _linear_back(np.where(before_relu > 0, dhidden, 0), *fc1)
    dmaps, dfilters2, dbias2 = _stage_back(dflat.reshape(shape), stage2)
    _, dfilters1, dbias1 = _stage_back(dmaps, stage1)
    found = (dfilters1, dbias1, dfilters2, dbias2, dw1, db1, dw2, db2)
    names = ("conv1.w", "conv1.b", "conv2.w", "conv2.b", "fc1.w", "fc1.b", "fc2.w", "fc2.b")
    return dict(zip(names, found, strict=True))
