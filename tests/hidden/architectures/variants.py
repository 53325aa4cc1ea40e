"""Other right answers: the suite must take them all. Each is named `<task>__<style>`."""

import numpy as np

from solutions.architectures import capsules, dense, detection, residual

# classics


def receptive_field__from_the_top(layers):
    size, jump = 1, 1
    for kernel, stride, dilation in reversed(layers):
        size = (size - 1) * stride + (kernel - 1) * dilation + 1
        jump *= stride
    return size, jump


def receptive_field__first_and_last_pixel(layers):
    ends = []
    for index in (0, 1):
        first = last = index
        for kernel, stride, dilation in list(layers)[::-1]:
            first, last = first * stride, last * stride + (kernel - 1) * dilation
        ends.append((first, last))
    return ends[0][1] - ends[0][0] + 1, ends[1][0] - ends[0][0]


def count_parameters__one_recursive_function(plan, in_channels):
    def walk(layers, channels):
        total = 0
        for place, layer in enumerate(layers):
            kind, sizes = layer[0], layer[1:]
            if kind == "conv":
                filters, kernel, groups = sizes
                if channels % groups or filters % groups:
                    raise ValueError("groups do not fit")
                normed = layers[place + 1 : place + 2] and layers[place + 1][0] == "norm"
                total += filters * channels * kernel * kernel // groups + (0 if normed else filters)
                channels = filters
            if kind == "norm":
                total += channels + channels
            if kind == "flatten":
                channels = channels * sizes[0]
            if kind == "linear":
                total += channels * sizes[0] + sizes[0]
                channels = sizes[0]
            if kind in ("add", "concatenate"):
                before, channels = channels, 0
                for branch in sizes:
                    more, width = walk(branch, before)
                    if kind == "add" and channels not in (0, width):
                        raise ValueError("cannot be added")
                    total, channels = total + more, width if kind == "add" else channels + width
        return total, channels

    return walk(list(plan), in_channels)[0]


def count_parameters__stack_of_plans(plan, in_channels):
    counts = []

    def norm(channels):
        counts.append(2 * channels)
        return channels

    def conv(channels, filters, kernel, groups, bias):
        if (channels % groups) + (filters % groups):
            raise ValueError("groups do not fit")
        counts.extend([channels // groups * kernel**2 * filters, filters * bias])
        return filters

    def linear(channels, features):
        counts.extend([channels * features, features])
        return features

    def follow(layers, channels):
        for index, (kind, *sizes) in enumerate(layers):
            if kind == "conv":
                channels = conv(channels, *sizes, [part[0] for part in layers[index + 1 : index + 2]] != ["norm"])
            elif kind == "linear":
                channels = linear(channels, *sizes)
            elif kind == "norm":
                channels = norm(channels)
            elif kind == "flatten":
                channels *= sizes[0]
            else:
                widths = [follow(branch, channels) for branch in sizes]
                if kind == "add" and min(widths) != max(widths):
                    raise ValueError("cannot be added")
                channels = max(widths) if kind == "add" else sum(widths)
        return channels

    follow(plan, in_channels)
    return sum(counts)


# residual


def preactivation_forward__masks(x, params, *, stride=1):
    masked = x * (x > 0)
    size = params["weight_1"].shape[2] // 2
    h, first = residual.conv2d_forward(masked, params["weight_1"], params["bias_1"], stride=stride, padding=size)
    size = params["weight_2"].shape[2] // 2
    out, second = residual.conv2d_forward(h * (h > 0), params["weight_2"], params["bias_2"], padding=size)
    third = None
    if "projection" in params:
        shortcut = np.einsum("fc,nchw->nfhw", params["projection"][:, :, 0, 0], masked[:, :, ::stride, ::stride])
        third = residual.conv2d_forward(masked, params["projection"], np.zeros_like(params["bias_1"]), stride=stride)[1]
    else:
        shortcut = x
    if shortcut.shape != out.shape:
        raise ValueError("shapes differ")
    return out + shortcut, (x, h, first, second, third)


def preactivation_forward__clipped(x, params, *, stride=1):
    w1, w2 = params["weight_1"], params["weight_2"]
    a = np.clip(x, 0, None)
    h, first = residual.conv2d_forward(a, w1, params["bias_1"], stride=stride, padding=(w1.shape[2] - 1) // 2)
    branch, second = residual.conv2d_forward(np.clip(h, 0, None), w2, params["bias_2"], padding=(w2.shape[2] - 1) // 2)
    if "projection" not in params:
        if branch.shape != x.shape:
            raise ValueError("shapes differ")
        return x + branch, (x, h, first, second, None)
    none = np.zeros(branch.shape[1], dtype=x.dtype)
    way, third = residual.conv2d_forward(a, params["projection"], none, stride=stride)
    way += branch
    return way, (x, h, first, second, third)


def preactivation_backward__where(dout, cache):
    x, h, first, second, third = cache
    dh, dw2, db2 = residual.conv2d_backward(dout, second)
    da, dw1, db1 = residual.conv2d_backward(np.where(h > 0, dh, 0).astype(dh.dtype), first)
    names = {"bias_2": db2, "weight_2": dw2, "bias_1": db1, "weight_1": dw1}
    if third is not None:
        more, names["projection"], _ = residual.conv2d_backward(dout, third)
        return np.where(x > 0, da + more, 0).astype(da.dtype), names
    return np.where(x > 0, da + dout, dout), names


def preactivation_backward__one_way_after_the_other(dout, cache):
    x, h, first, second, third = cache
    gradient, weight, bias = residual.conv2d_backward(dout, second)
    dparams = {"weight_2": weight, "bias_2": bias}
    gradient, dparams["weight_1"], dparams["bias_1"] = residual.conv2d_backward(
        np.sign(np.maximum(h, 0)) * gradient, first
    )
    dx = np.sign(np.maximum(x, 0)) * gradient
    if third is None:
        return dx + dout, dparams
    gradient, dparams["projection"], _ = residual.conv2d_backward(dout, third)
    return dx + np.sign(np.maximum(x, 0)) * gradient, dparams


# dense


def dense_block_forward__one_buffer(x, weights):
    width = x.shape[1] + sum(len(weight) for weight in weights)
    buffer = np.empty((len(x), width, *x.shape[2:]), x.dtype)
    buffer[:, : x.shape[1]] = x
    caches, end = [], x.shape[1]
    for weight in weights:
        read, none = np.maximum(buffer[:, :end], 0), np.zeros(len(weight), x.dtype)
        new, cache = dense.conv2d_forward(read, weight, none, padding=weight.shape[2] // 2)
        buffer[:, end : end + len(weight)] = new
        caches.append(cache)
        end += len(weight)
    return buffer, (buffer.copy(), caches)


def dense_block_forward__list_of_parts(x, weights):
    parts, caches = [np.array(x)], []
    for weight in weights:
        rectified = np.concatenate([part * (part > 0) for part in parts], axis=1)
        bias = np.zeros(weight.shape[0], x.dtype)
        new, cache = dense.conv2d_forward(rectified, weight, bias, padding=(weight.shape[2] - 1) // 2)
        parts.append(new)
        caches.append(cache)
    return np.concatenate(parts, axis=1), (np.concatenate(parts, axis=1), caches)


def dense_block_backward__one_buffer(dout, cache):
    features, caches = cache
    gradient, dweights = np.array(dout), [None] * len(caches)
    end = dout.shape[1]
    for index in range(len(caches) - 1, -1, -1):
        width = caches[index][0].shape[1]
        read, dweights[index], _ = dense.conv2d_backward(gradient[:, width:end], caches[index])
        gradient[:, :width] += np.where(features[:, :width] > 0, read, 0)
        end = width
    return gradient[:, :end].copy(), dweights


def dense_block_backward__recursive(dout, cache):
    features, caches = cache
    if not caches:
        return dout * 1, []
    width = caches[-1][0].shape[1]
    read, dweight, _ = dense.conv2d_backward(dout[:, width:], caches[-1])
    below = dout[:, :width] + np.sign(np.maximum(features[:, :width], 0)) * read
    dx, dweights = dense_block_backward__recursive(below, (features[:, :width], caches[:-1]))
    return dx, [*dweights, dweight]


# capsules


def squash_forward__by_the_norm(s, *, dim=-1, eps=1e-9):
    _, cache = capsules.squash_forward(s, dim=dim, eps=eps)
    length = np.hypot(np.linalg.norm(s, axis=dim, keepdims=True), np.asarray(eps, s.dtype) ** 0.5)
    return (s / (1 / length + length)).astype(s.dtype), cache


def squash_forward__last_axis_first(s, *, dim=-1, eps=1e-9):
    _, cache = capsules.squash_forward(s, dim=dim, eps=eps)
    moved = np.moveaxis(s, dim, 0)
    squares = sum(part**2 for part in moved) + eps
    return np.moveaxis(moved * (squares**0.5 / (1 + squares)), 0, dim).copy(), cache


def squash_backward__quotient(dv, cache):
    s, squares, dim = cache
    length, below = squares**0.5, 1 + squares
    product = np.sum(dv * s, axis=dim, keepdims=True)
    return (dv * length + s * product / length) / below - s * product * 2 * length / below**2


def squash_backward__along_and_across(dv, cache):
    s, squares, dim = cache
    length = np.sqrt(squares)
    direction = s / length
    along = np.sum(direction * dv, axis=dim, keepdims=True)
    return length / (1 + squares) * dv + direction * along * length * (1 - squares) / (1 + squares) ** 2


def dynamic_routing__einsum(u_hat, *, iterations=3):
    if iterations <= 0:
        raise ValueError("no rounds")
    b = np.zeros(u_hat.shape[:3], u_hat.dtype)
    for _ in range(iterations):
        c = np.exp(b - b.max(2)[:, :, None])
        c = c / c.sum(2)[:, :, None]
        v = capsules.squash_forward(np.einsum("nic,nicd->ncd", c, u_hat))[0]
        b = b + np.einsum("nicd,ncd->nic", u_hat, v)
    return v


def dynamic_routing__image_by_image(u_hat, *, iterations=3):
    if iterations < 1:
        raise ValueError("no rounds")
    results = []
    for image in u_hat:
        total = np.zeros(image.shape[1:], u_hat.dtype)  # b is linear in the sum of all results so far
        for _ in range(iterations):
            b = np.sum(image * total, axis=2)
            c = np.exp(b - np.max(b, axis=1, keepdims=True))
            c = c / np.sum(c, axis=1, keepdims=True)
            v = capsules.squash_forward(np.sum(c[:, :, None] * image, axis=0))[0]
            total = total + v
        results.append(v)
    return np.array(results)


def capsule_margin_loss__one_hot(v, labels, *, up=0.9, down=0.1, weight=0.5):
    true = np.eye(v.shape[1], dtype=v.dtype)[labels]
    lengths = np.linalg.norm(v, axis=2)
    missing, excess = np.clip(up - lengths, 0, None), np.clip(lengths - down, 0, None)
    loss = np.mean(np.sum(true * missing**2 + weight * (1 - true) * excess**2, axis=1))
    slope = 2 * (weight * (1 - true) * excess - true * missing) / len(v)
    return float(loss), v * (slope / np.where(lengths > 0, lengths, 1))[:, :, None].astype(v.dtype)


def capsule_margin_loss__capsule_by_capsule(v, labels, *, up=0.9, down=0.1, weight=0.5):
    loss, dv = 0.0, np.zeros_like(v)
    for n, label in enumerate(labels):
        for c, vector in enumerate(v[n]):
            length = float(np.sqrt(np.dot(vector, vector)))
            gap = up - length if c == label else length - down
            if gap <= 0:
                continue
            loss += (1 if c == label else weight) * gap**2 / len(v)
            if length > 0:
                dv[n, c] = vector / length * (-2 * gap if c == label else 2 * weight * gap) / len(v)
    return loss, dv


# detection


def class_activation_map__sum_of_products(maps, weight, labels):
    return (maps * weight[labels][:, :, None, None]).sum(axis=1)


def class_activation_map__image_by_image(maps, weight, labels):
    return np.array([np.tensordot(weight[label], image, axes=1) for image, label in zip(maps, labels, strict=True)])


def box_iou__pair_by_pair(a, b):
    iou = np.zeros((len(a), len(b)), a.dtype)
    for i, (ax, ay, au, av) in enumerate(a):
        for j, (bx, by, bu, bv) in enumerate(b):
            width, height = min(au, bu) - max(ax, bx), min(av, bv) - max(ay, by)
            if width > 0 and height > 0:
                shared = width * height
                iou[i, j] = shared / ((au - ax) * (av - ay) + (bu - bx) * (bv - by) - shared)
    return iou


def box_iou__side_by_side(a, b):
    ax, ay, au, av = a.T[:, :, None]
    bx, by, bu, bv = b.T[:, None, :]
    width = np.clip(np.minimum(au, bu) - np.maximum(ax, bx), 0, None)
    height = np.clip(np.minimum(av, bv) - np.maximum(ay, by), 0, None)
    union = (au - ax) * (av - ay) + (bu - bx) * (bv - by) - width * height
    return width * height / union


def non_maximum_suppression__remaining_boxes(boxes, scores, *, iou_threshold=0.5):
    left, kept = sorted(range(len(scores)), key=lambda index: -scores[index]), []
    while left:
        best, *left = left
        kept.append(best)
        left = [i for i in left if detection.box_iou(boxes[[best]], boxes[[i]])[0, 0] <= iou_threshold]
    return np.array(kept, int)


def non_maximum_suppression__mask(boxes, scores, *, iou_threshold=0.5):
    order = np.argsort(-scores, kind="stable")
    overlaps = detection.box_iou(boxes[order], boxes[order])
    alive = np.ones(len(order), bool)
    for place in range(len(order)):
        if alive[place]:
            alive[place + 1 :] &= overlaps[place, place + 1 :] <= iou_threshold
    return order[alive]
