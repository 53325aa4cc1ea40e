"""Wrong answers that students give, with what is wrong about them. The hidden tests fail each in its own task."""

import numpy as np

from grader.judge import misconception
from solutions.architectures import capsules, classics, dense, detection, residual

# classics.py


@misconception(
    "receptive_field", "The strides are ignored. A later kernel reaches as many pixels as its inputs are apart."
)
def strides_ignored(layers):
    return classics.receptive_field([(kernel, 1, dilation) for kernel, _, dilation in layers])


@misconception("receptive_field", "The dilations are ignored. A kernel of K reaches (K - 1) * d inputs further.")
def dilations_ignored(layers):
    return classics.receptive_field([(kernel, stride, 1) for kernel, stride, _ in layers])


@misconception("receptive_field", "A layer's stride widens its own kernel. It widens those of later layers only.")
def stride_before_the_kernel(layers):
    size, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        size += (kernel - 1) * dilation * jump
    return size, jump


@misconception("receptive_field", "The whole kernel is added. Only K - 1 of its inputs are new.")
def whole_kernel_added(layers):
    size, jump = 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel * dilation - 1) * jump
        jump *= stride
    return size, jump


@misconception("receptive_field", "The strides are added up. Distances multiply from layer to layer.")
def strides_added(layers):
    size, jump = 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * jump
        jump += stride - 1
    return size, jump


@misconception(
    "receptive_field", "The layers are read from the last to the first. Strides widen the layers after them."
)
def layers_backwards(layers):
    return classics.receptive_field(layers[::-1])


def counted(plan, channels, *, group=True, bias="as asked", branches="all", norm=2, flatten=True):
    """Return parameters and channels, with one rule done otherwise."""
    count = 0
    rules = {"group": group, "bias": bias, "branches": branches, "norm": norm, "flatten": flatten}
    for index, (kind, *sizes) in enumerate(plan):
        if kind in {"add", "concatenate"}:
            parts = [counted(branch, channels, **rules) for branch in sizes]
            count += sum(part[0] for part in parts) if branches != "first" else parts[0][0]
            widths = [part[1] for part in parts]
            if kind == "add" and len(set(widths)) > 1:
                raise ValueError("widths")
            channels = sum(widths) if kind == "concatenate" and branches != "added" else widths[0]
        elif kind == "flatten":
            channels *= sizes[0] if flatten else 1
        elif kind == "norm":
            count += norm * channels
        elif kind == "linear":
            count, channels = count + (channels + (bias != "never")) * sizes[0], sizes[0]
        else:
            if channels % sizes[2] or sizes[0] % sizes[2]:
                raise ValueError("groups")
            followed = index + 1 < len(plan) and plan[index + 1][0] == "norm"
            has_bias = bias == "always" or (bias == "as asked" and not followed)
            count += sizes[0] * (channels // (sizes[2] if group else 1) * sizes[1] ** 2 + has_bias)
            channels = sizes[0]
    return count, channels


@misconception("count_parameters", "The biases are not counted. Every filter and every linear unit has one.")
def biases_forgotten(plan, in_channels):
    return counted(plan, in_channels, bias="never")[0]


@misconception("count_parameters", "Convolutions before a norm have biases. The norm would subtract them: count none.")
def biases_before_a_norm(plan, in_channels):
    return counted(plan, in_channels, bias="always")[0]


@misconception("count_parameters", "Groups are ignored. A filter sees its group's channels only.")
def groups_ignored(plan, in_channels):
    return counted(plan, in_channels, group=False)[0]


@misconception("count_parameters", "The norm counts its running statistics. It learns a scale and a shift only.")
def running_statistics_counted(plan, in_channels):
    return counted(plan, in_channels, norm=4)[0]


@misconception("count_parameters", "Only the first branch is counted. All branches learn.")
def first_branch_only(plan, in_channels):
    return counted(plan, in_channels, branches="first")[0]


@misconception("count_parameters", "Concatenated branches leave as many channels as one. Their channels add up.")
def concatenation_keeps_the_width(plan, in_channels):
    return counted(plan, in_channels, branches="added")[0]


@misconception(
    "count_parameters", "Flattening leaves the channels as they are. Each pixel of each channel is a feature."
)
def flattening_ignored(plan, in_channels):
    return counted(plan, in_channels, flatten=False)[0]


@misconception("count_parameters", "Sizes that do not fit are counted all the same. Raise a ValueError.")
def nothing_refused(plan, in_channels):
    try:
        return classics.count_parameters(plan, in_channels)
    except ValueError:
        return 0


# residual.py


@misconception("preactivation_forward", "A ReLU comes after the addition. The sum is handed on as it is.")
def rectified_at_the_end(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    return np.maximum(out, 0), cache


@misconception("preactivation_forward", "The projection sees the input itself. It sees the rectified input.")
def projection_of_the_input(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    if "projection" in params:
        zeros = np.zeros(out.shape[1], x.dtype)
        right, _ = residual.conv2d_forward(np.maximum(x, 0), params["projection"], zeros, stride=stride)
        out = out - right + residual.conv2d_forward(x, params["projection"], zeros, stride=stride)[0]
    return out, cache


@misconception("preactivation_forward", "The input is not added. The block's result is the branch and the shortcut.")
def shortcut_forgotten(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    return (out if "projection" in params else out - x), cache


@misconception(
    "preactivation_forward", "The input is rectified before it is added. Without a projection add it as it is."
)
def shortcut_rectified(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    return (out if "projection" in params else out - np.minimum(x, 0)), cache


@misconception("preactivation_forward", "The first convolution sees negative numbers. Rectify the input before it.")
def first_relu_forgotten(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    return out + branch_of(x, params, stride) - branch_of(np.maximum(x, 0), params, stride), cache


def branch_of(a, params, stride, *, relu=True):
    """Return what the two convolutions make of an array."""
    half = [params[name].shape[-1] // 2 for name in ("weight_1", "weight_2")]
    h, _ = residual.conv2d_forward(a, params["weight_1"], params["bias_1"], stride=stride, padding=half[0])
    h = np.maximum(h, 0) if relu else h
    return residual.conv2d_forward(h, params["weight_2"], params["bias_2"], padding=half[1])[0]


@misconception(
    "preactivation_forward", "There is no ReLU between the convolutions. Rectify what the first one returns."
)
def second_relu_forgotten(x, params, *, stride=1):
    out, cache = residual.preactivation_forward(x, params, stride=stride)
    a = np.maximum(x, 0)
    return out + branch_of(a, params, stride, relu=False) - branch_of(a, params, stride), cache


@misconception("preactivation_backward", "The gradient of the shortcut is missing. Add the gradients of both ways.")
def shortcut_without_a_gradient(dout, cache):
    dx, dparams = residual.preactivation_backward(dout, cache)
    if "projection" in dparams:
        third = cache[4]
        return dx - residual.conv2d_backward(dout, third)[0] * (cache[0] > 0), dparams
    return dx - dout, dparams


@misconception(
    "preactivation_backward", "The shortcut's gradient goes through the ReLU. Without a projection it does not."
)
def shortcut_through_the_relu(dout, cache):
    dx, dparams = residual.preactivation_backward(dout, cache)
    return (dx if "projection" in dparams else dx - dout * (cache[0] <= 0)), dparams


@misconception(
    "preactivation_backward", "The first ReLU is forgotten. No gradient of the branch passes where x is below 0."
)
def gradient_past_the_first_relu(dout, cache):
    _dx, dparams = residual.preactivation_backward(dout, cache)
    open_cache = (np.ones_like(cache[0]), *cache[1:])
    return residual.preactivation_backward(dout, open_cache)[0], dparams


@misconception("preactivation_backward", "The second ReLU is forgotten. No gradient passes where its input is below 0.")
def gradient_past_the_second_relu(dout, cache):
    return residual.preactivation_backward(dout, (cache[0], np.ones_like(cache[1]), *cache[2:]))


# dense.py


def chain(x, weights, *, read=lambda features, width: features, relu=True, kept=lambda features: features):
    """Return a block with one of its parts done otherwise."""
    features = x.copy()
    for weight in weights:
        a = np.maximum(features, 0) if relu else features
        zeros = np.zeros(len(weight), x.dtype)
        new, _ = dense.conv2d_forward(read(a, x.shape[1]), weight, zeros, padding=weight.shape[-1] // 2)
        features = np.concatenate([kept(features), new], axis=1)
    return features


def with_cache(out, x, weights):
    """Return a wrong answer with the right cache."""
    return out, dense.dense_block_forward(x, weights)[1]


@misconception("dense_block_forward", "There is no ReLU. Each layer reads the rectified channels.")
def relu_forgotten(x, weights):
    return with_cache(chain(x, weights, relu=False), x, weights)


@misconception("dense_block_forward", "The channels are rectified for good. Only what a layer reads is rectified.")
def rectified_for_good(x, weights):
    return with_cache(chain(x, weights, kept=lambda features: np.maximum(features, 0)), x, weights)


@misconception("dense_block_forward", "The new channels stand in front. Append them after all the others.")
def new_channels_in_front(x, weights):
    features = x.copy()
    for weight in weights:
        a, zeros = np.maximum(features, 0), np.zeros(len(weight), x.dtype)
        new, _ = dense.conv2d_forward(a, weight, zeros, padding=weight.shape[-1] // 2)
        features = np.concatenate([new, features], axis=1)
    return with_cache(features, x, weights)


@misconception("dense_block_forward", "The input is not part of the result. Its channels come first.")
def input_left_out(x, weights):
    out, cache = dense.dense_block_forward(x, weights)
    return out[:, x.shape[1] :], cache


@misconception("dense_block_forward", "The results are rectified as well. Hand on what the convolution returns.")
def results_rectified(x, weights):
    out, cache = dense.dense_block_forward(x, weights)
    return np.concatenate([x, np.maximum(out[:, x.shape[1] :], 0)], axis=1), cache


@misconception(
    "dense_block_backward",
    "Only the last layer's reading counts. A channel's gradient is the sum over all its readers.",
)
def one_reader_only(dout, cache):
    _features, caches = cache
    dx, dweights = dense.dense_block_backward(dout, cache)
    width = caches[0][0].shape[1] if caches else dout.shape[1]
    return dout[:, :width] + 0 * dx, dweights


@misconception("dense_block_backward", "The ReLU is forgotten. No gradient passes where a channel is below 0.")
def gradient_past_the_relu(dout, cache):
    return dense.dense_block_backward(dout, (np.ones_like(cache[0]), cache[1]))


@misconception("dense_block_backward", "The gradients of the weights are in the order of the way back. Reverse it.")
def weights_backwards(dout, cache):
    dx, dweights = dense.dense_block_backward(dout, cache)
    return dx, dweights[::-1]


@misconception(
    "dense_block_backward", "Each layer gets the loss's gradient only. Add what later layers send back to it."
)
def loss_alone(dout, cache):
    _features, caches = cache
    dx, dweights = dense.dense_block_backward(dout, cache)
    direct = [dense.conv2d_backward(dout[:, layer[0].shape[1] :][:, : len(layer[1])], layer)[1] for layer in caches]
    return dx, direct or dweights


# capsules.py


@misconception(
    "squash_forward", "The direction is multiplied by the squared length twice. The factor is |s| / (1 + |s|^2)."
)
def squared_length(s, *, dim=-1, eps=1e-9):
    v, cache = capsules.squash_forward(s, dim=dim, eps=eps)
    return v * np.sqrt((s * s).sum(axis=dim, keepdims=True) + eps), cache


@misconception("squash_forward", "The vectors have length 1. Short ones become shorter than they are.")
def unit_vectors(s, *, dim=-1, eps=1e-9):
    _v, cache = capsules.squash_forward(s, dim=dim, eps=eps)
    return s / np.sqrt((s * s).sum(axis=dim, keepdims=True) + eps), cache


@misconception("squash_forward", "Each number is squashed by itself. The length is that of the whole vector.")
def number_by_number(s, *, dim=-1, eps=1e-9):
    _v, cache = capsules.squash_forward(s, dim=dim, eps=eps)
    return s * np.sqrt(s * s + eps) / (1 + s * s + eps), cache


@misconception("squash_forward", "The vectors lie along the last axis always. They lie along dim.")
def dim_ignored(s, *, dim=-1, eps=1e-9):
    return capsules.squash_forward(s, eps=eps)[0], capsules.squash_forward(s, dim=dim, eps=eps)[1]


@misconception(
    "squash_backward", "The factor is taken for a constant. It depends on the vector: there is a second term."
)
def factor_as_a_constant(dv, cache):
    _s, squares, _ = cache
    return dv * np.sqrt(squares) / (1 + squares)


@misconception(
    "squash_backward",
    "The second term has the wrong sign. The factor's slope is (1 - q) / (1 + q)^2, q the squared length.",
)
def second_term_subtracted(dv, cache):
    _s, squares, _ = cache
    return 2 * dv * np.sqrt(squares) / (1 + squares) - capsules.squash_backward(dv, cache)


@misconception(
    "squash_backward", "Each number has only its own gradient. The length passes it on to all of its vector."
)
def diagonal_only(dv, cache):
    s, squares, _ = cache
    length = np.sqrt(squares)
    return dv * length / (1 + squares) + s * s * dv * (1 - squares) / (length * (1 + squares) ** 2)


def route(u_hat, iterations, *, axis=2, update=True, final=True, start=None):
    """Return capsules above, with one of the routing's parts done otherwise."""
    if iterations < 1:
        raise ValueError("rounds")
    b = np.zeros((*u_hat.shape[:3], 1), u_hat.dtype) if start is None else start
    for _ in range(iterations):
        c = np.exp(b - b.max(axis=axis, keepdims=True))
        c /= c.sum(axis=axis, keepdims=True)
        s = (c * u_hat).sum(axis=1)
        v = capsules.squash_forward(s)[0] if final else s
        new = (u_hat * v[:, None]).sum(axis=3, keepdims=True)
        b = b + new if update else new
    return v


@misconception(
    "dynamic_routing", "The softmax runs over the capsules below. The shares of each capsule below add up to 1."
)
def softmax_over_the_capsules_below(u_hat, *, iterations=3):
    return route(u_hat, iterations, axis=1)


@misconception("dynamic_routing", "The logits are replaced in each round. Add the agreement to them.")
def logits_replaced(u_hat, *, iterations=3):
    return route(u_hat, iterations, update=False)


@misconception("dynamic_routing", "The sums are not squashed. Squash them in every round.")
def sums_not_squashed(u_hat, *, iterations=3):
    return route(u_hat, iterations, final=False)


@misconception("dynamic_routing", "There is one round too many. With one round every share is 1 / C.")
def one_round_too_many(u_hat, *, iterations=3):
    route(u_hat, iterations)
    return route(u_hat, iterations + 1)


@misconception("dynamic_routing", "The images share their logits. Each image is routed by itself.")
def logits_shared_by_images(u_hat, *, iterations=3):
    if iterations < 1:
        raise ValueError("rounds")
    b = np.zeros((1, *u_hat.shape[1:3], 1), u_hat.dtype)
    for _ in range(iterations):
        c = np.exp(b - b.max(axis=2, keepdims=True))
        v, _ = capsules.squash_forward((c / c.sum(axis=2, keepdims=True) * u_hat).sum(axis=1))
        b = b + (u_hat * v[:, None]).sum(axis=3, keepdims=True).mean(axis=0, keepdims=True)
    return v


def margins(v, labels, *, up=0.9, down=0.1, weight=0.5, power=2, both=0.0, divide=True):
    """Return loss and gradient with one of the loss's parts done otherwise."""
    lengths = np.sqrt((v * v).sum(axis=2))
    true = np.arange(v.shape[1]) == labels[:, None]
    missing, excess = np.maximum(0, up - lengths), np.maximum(0, lengths - down)
    count = len(v) if divide else 1
    wrong = np.where(true, both, weight)
    loss = (true * missing**power + wrong * excess**power).sum() / count
    slopes = power * (wrong * excess ** (power - 1) * (excess > 0) - true * missing ** (power - 1) * (missing > 0))
    scale = np.divide(slopes / count, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return float(loss), (v * scale[:, :, None]).astype(v.dtype)


@misconception("capsule_margin_loss", "What is missing is not squared. Square the distance to the margin.")
def margins_not_squared(v, labels, **options):
    return margins(v, labels, power=1, **options)


@misconception(
    "capsule_margin_loss", "The loss is summed over the batch. Divide it and its gradient by the number of examples."
)
def summed_over_the_batch(v, labels, **options):
    return margins(v, labels, divide=False, **options)


@misconception("capsule_margin_loss", "The other classes count in full. Multiply their part by weight.")
def weight_ignored(v, labels, *, weight=0.5, **options):
    return margins(v, labels, weight=1.0, **options)


@misconception(
    "capsule_margin_loss", "The two margins are exchanged. The class's own capsule should be longer than up."
)
def margins_exchanged(v, labels, *, up=0.9, down=0.1, **options):
    return margins(v, labels, up=down, down=up, **options)


@misconception("capsule_margin_loss", "The class's own capsule pays for its length, too. Only the others do.")
def own_class_counted_twice(v, labels, *, weight=0.5, **options):
    return margins(v, labels, weight=weight, both=weight, **options)


@misconception("capsule_margin_loss", "The gradient goes up. It points where the loss grows.")
def gradient_with_the_wrong_sign(v, labels, **options):
    loss, dv = capsules.capsule_margin_loss(v, labels, **options)
    return loss, -dv


# detection.py


@misconception("class_activation_map", "The maps are averaged over their places. Leave the places as they are.")
def maps_averaged(maps, weight, labels):
    right = detection.class_activation_map(maps, weight, labels)
    return np.broadcast_to(right.mean(axis=(1, 2), keepdims=True), right.shape).copy()


@misconception("class_activation_map", "Negative numbers are cut off. A place may speak against a class.")
def negative_numbers_cut_off(maps, weight, labels):
    return np.maximum(detection.class_activation_map(maps, weight, labels), 0)


@misconception("class_activation_map", "Every image gets the map of the first label. Each has its own.")
def first_label_for_all(maps, weight, labels):
    return detection.class_activation_map(maps, weight, np.full_like(labels, labels[0]))


@misconception(
    "class_activation_map", "The maps are added up without weights. Multiply each by its weight for the class."
)
def maps_without_weights(maps, weight, labels):
    return maps.sum(axis=1)


def overlap(a, b, *, clip=True, extra=0, union=True):
    """Return overlaps with one of their parts done otherwise."""
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2]) + extra
    shared = (np.maximum(sides, 0) if clip else sides).prod(axis=2)
    first, second = ((boxes[:, 2:] - boxes[:, :2] + extra).prod(axis=1) for boxes in (a, b))
    return shared / (first[:, None] + second - (shared if union else 0))


@misconception("box_iou", "Boxes that do not touch share an area. A side that would be negative is 0.")
def sides_not_clipped(a, b):
    return overlap(a, b, clip=False)


@misconception("box_iou", "The shared area is counted twice in the union. Subtract it once.")
def union_counted_twice(a, b):
    return overlap(a, b, union=False)


@misconception("box_iou", "Sides are one longer than they are. A side is x2 - x1.")
def sides_one_longer(a, b):
    return overlap(a, b, extra=1)


@misconception("box_iou", "The area shared is divided by the smaller box. Divide it by the area that both cover.")
def divided_by_the_smaller_box(a, b):
    iou = detection.box_iou(a, b)
    first, second = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b))
    return iou * (first[:, None] + second) / (1 + iou) / np.minimum(first[:, None], second)


@misconception("non_maximum_suppression", "The boxes are taken in the order given. Begin with the best score.")
def not_sorted(boxes, scores, *, iou_threshold=0.5):
    return detection.non_maximum_suppression(boxes, np.zeros_like(scores), iou_threshold=iou_threshold)


@misconception("non_maximum_suppression", "The worst scores come first. Begin with the best one.")
def worst_first(boxes, scores, *, iou_threshold=0.5):
    return detection.non_maximum_suppression(boxes, -scores, iou_threshold=iou_threshold)


@misconception("non_maximum_suppression", "A box that is gone removes others. Compare with the boxes that stay only.")
def removed_boxes_remove(boxes, scores, *, iou_threshold=0.5):
    order = np.argsort(-scores, kind="stable")
    overlaps = detection.box_iou(boxes[order], boxes[order]) > iou_threshold
    return order[~np.tril(overlaps, -1).any(axis=1)]


@misconception("non_maximum_suppression", "An overlap equal to the threshold removes a box. It has to be larger.")
def removed_at_the_threshold(boxes, scores, *, iou_threshold=0.5):
    return detection.non_maximum_suppression(boxes, scores, iou_threshold=np.nextafter(iou_threshold, 0))


@misconception("non_maximum_suppression", "The indices are sorted. The best box comes first.")
def indices_sorted(boxes, scores, *, iou_threshold=0.5):
    return np.sort(detection.non_maximum_suppression(boxes, scores, iou_threshold=iou_threshold))
