"""Wrong answers that students give, with what is wrong about them. The hidden tests fail each in its own task."""

import numpy as np
import torch

from grader.judge import misconception
from solutions.pretraining import autoencoder, fast, kmeans, rbm, stack

# autoencoder.py


@misconception("autoencoder_forward", "The code is not squashed. Take a sigmoid in both layers.")
def code_without_sigmoid(x, weight, bias, bias_out):
    hidden = x @ weight.T + bias
    out = autoencoder.sigmoid(hidden @ weight + bias_out)
    return out, (x, weight, hidden, out)


@misconception("autoencoder_forward", "The output is not squashed. Take a sigmoid in both layers.")
def output_without_sigmoid(x, weight, bias, bias_out):
    hidden = autoencoder.sigmoid(x @ weight.T + bias)
    out = hidden @ weight + bias_out
    return out, (x, weight, hidden, out)


@misconception("autoencoder_forward", "The code's biases are left out. Add them before the first sigmoid.")
def code_without_bias(x, weight, bias, bias_out):
    return autoencoder.autoencoder_forward(x, weight, 0 * bias, bias_out)


@misconception("autoencoder_forward", "The output's biases are left out. Add them before the second sigmoid.")
def output_without_bias(x, weight, bias, bias_out):
    return autoencoder.autoencoder_forward(x, weight, bias, 0 * bias_out)


def backward_with(dout, cache, *, decoder=1, encoder=1):
    """Return the gradients with factors for both uses of the weights."""
    x, weight, hidden, out = cache
    dz_out = dout * out * (1 - out)
    dz = dz_out @ weight.T * hidden * (1 - hidden)
    return dz @ weight, encoder * dz.T @ x + decoder * hidden.T @ dz_out, dz.sum(axis=0), dz_out.sum(axis=0)


@misconception(
    "autoencoder_backward",
    "The weights have the gradient of the way in alone. They are used twice: add both gradients.",
)
def gradient_of_the_way_in(dout, cache):
    return backward_with(dout, cache, decoder=0)


@misconception(
    "autoencoder_backward",
    "The weights have the gradient of the way back alone. They are used twice: add both gradients.",
)
def gradient_of_the_way_back(dout, cache):
    return backward_with(dout, cache, encoder=0)


@misconception("autoencoder_backward", "The two gradients of the weights are averaged. Add them.")
def gradients_averaged(dout, cache):
    return backward_with(dout, cache, encoder=0.5, decoder=0.5)


@misconception("autoencoder_backward", "The slope of the output's sigmoid is missing. Multiply by out * (1 - out).")
def output_slope_missing(dout, cache):
    out = cache[3]
    return backward_with(dout / (out * (1 - out)), cache)


@misconception("autoencoder_backward", "The slope of the code's sigmoid is missing. Multiply by hidden * (1 - hidden).")
def code_slope_missing(dout, cache):
    x, weight, hidden, out = cache
    dz_out = dout * out * (1 - out)
    dz = dz_out @ weight.T
    return dz @ weight, dz.T @ x + hidden.T @ dz_out, dz.sum(axis=0), dz_out.sum(axis=0)


@misconception("autoencoder_backward", "The gradients of the biases are means. Sum over the examples.")
def bias_gradients_averaged(dout, cache):
    dx, dweight, dbias, dbias_out = autoencoder.autoencoder_backward(dout, cache)
    return dx, dweight, dbias / len(dx), dbias_out / len(dx)


@misconception("sparsity_penalty", "The divergence is taken the other way round. The target's shares stand in front.")
def divergence_turned_around(hidden, *, target=0.05, strength=1.0):
    r = hidden.mean(axis=0)
    penalty = r * np.log(r / target) + (1 - r) * np.log((1 - r) / (1 - target))
    slope = strength * (np.log(r / target) - np.log((1 - r) / (1 - target))) / len(hidden)
    return float(strength * penalty.sum()), np.tile(slope, (len(hidden), 1))


@misconception(
    "sparsity_penalty", "The gradient is not divided by the number of examples. The penalty sees their mean."
)
def penalty_gradient_not_divided(hidden, *, target=0.05, strength=1.0):
    penalty, dhidden = autoencoder.sparsity_penalty(hidden, target=target, strength=strength)
    return penalty, dhidden * len(hidden)


@misconception("sparsity_penalty", "The strength is missing in the gradient. It multiplies both answers.")
def strength_missing_in_the_gradient(hidden, *, target=0.05, strength=1.0):
    penalty, dhidden = autoencoder.sparsity_penalty(hidden, target=target)
    return strength * penalty, dhidden


@misconception("sparsity_penalty", "The penalty is a mean over the units. Sum over them.")
def penalty_averaged_over_units(hidden, *, target=0.05, strength=1.0):
    penalty, dhidden = autoencoder.sparsity_penalty(hidden, target=target, strength=strength)
    return penalty / hidden.shape[1], dhidden / hidden.shape[1]


@misconception("sparsity_penalty", "Every activity is compared with the target. Compare the mean of each unit.")
def penalty_per_activity(hidden, *, target=0.05, strength=1.0):
    penalty = target * np.log(target / hidden) + (1 - target) * np.log((1 - target) / (1 - hidden))
    slope = strength * ((1 - target) / (1 - hidden) - target / hidden) / len(hidden)
    return float(strength * penalty.mean(axis=0).sum()), slope


@misconception("sparsity_penalty", "The gradient has the wrong sign. Activities above the target have a positive one.")
def penalty_gradient_sign(hidden, *, target=0.05, strength=1.0):
    penalty, dhidden = autoencoder.sparsity_penalty(hidden, target=target, strength=strength)
    return penalty, -dhidden


# rbm.py


@misconception("rbm_hidden", "The answer is the sums. Take the sigmoid: probabilities are asked for.")
def hidden_sums(v, weight, bias_hidden):
    return v @ weight.T + bias_hidden


@misconception("rbm_hidden", "The biases are left out. Add them before the sigmoid.")
def hidden_without_bias(v, weight, bias_hidden):
    return rbm.rbm_hidden(v, weight, 0 * bias_hidden)


@misconception("rbm_hidden", "The probabilities are those of 0. The sums enter the sigmoid with a plus.")
def hidden_of_zero(v, weight, bias_hidden):
    return 1 - rbm.rbm_hidden(v, weight, bias_hidden)


@misconception("rbm_visible", "The answer is the sums. Take the sigmoid: probabilities are asked for.")
def visible_sums(h, weight, bias_visible):
    return h @ weight + bias_visible


@misconception("rbm_visible", "The biases are left out. Add them before the sigmoid.")
def visible_without_bias(h, weight, bias_visible):
    return rbm.rbm_visible(h, weight, 0 * bias_visible)


@misconception("rbm_visible", "Units are rounded to 0 or 1. Return their probabilities.")
def visible_rounded(h, weight, bias_visible):
    return rbm.rbm_visible(h, weight, bias_visible).round()


@misconception("free_energy", "The sign is wrong. What is likely has a low free energy.")
def energy_sign(v, weight, bias_visible, bias_hidden):
    return -rbm.free_energy(v, weight, bias_visible, bias_hidden)


@misconception("free_energy", "The part of the visible biases is missing. Subtract their product with v.")
def energy_without_visible_biases(v, weight, bias_visible, bias_hidden):
    return rbm.free_energy(v, weight, 0 * bias_visible, bias_hidden)


@misconception("free_energy", "Large sums overflow. For a large z, log(1 + exp(z)) is z: use a form that knows it.")
def energy_overflows(v, weight, bias_visible, bias_hidden):
    with np.errstate(over="ignore"):
        return -v @ bias_visible - np.log(1 + np.exp(v @ weight.T + bias_hidden)).sum(axis=1)


@misconception("free_energy", "The answer is one mean energy. Return one number per example.")
def energy_averaged(v, weight, bias_visible, bias_hidden):
    return rbm.free_energy(v, weight, bias_visible, bias_hidden).mean(keepdims=True)


@misconception("free_energy", "The hidden units stand in it with their probabilities. Sum over all hidden states.")
def energy_at_the_probabilities(v, weight, bias_visible, bias_hidden):
    h = rbm.rbm_hidden(v, weight, bias_hidden)
    return -v @ bias_visible - (h * (v @ weight.T + bias_hidden)).sum(axis=1)


def divergence(
    v, weight, bias_visible, bias_hidden, rng, k, *, draw_hidden=True, draw_visible=True, last="p", first="p"
):
    """Return the gradients with probabilities or draws at other places."""

    def drawn(p):
        return (rng.random(p.shape) < p).astype(v.dtype)

    data, after = rbm.rbm_hidden(v, weight, bias_hidden), v
    model = data
    for _ in range(k):
        chances = rbm.rbm_visible(drawn(model) if draw_hidden else model, weight, bias_visible)
        after = drawn(chances) if draw_visible else chances
        model = rbm.rbm_hidden(after, weight, bias_hidden)
    model, data = model if last == "p" else drawn(model), data if first == "p" else drawn(data)
    return (model.T @ after - data.T @ v) / len(v), (after - v).mean(axis=0), (model - data).mean(axis=0)


@misconception(
    "contrastive_divergence",
    "The last hidden units are drawn. Use their probabilities in the means: they have less noise.",
)
def last_hidden_units_drawn(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, rng, k, last="draws")


@misconception(
    "contrastive_divergence", "The data's hidden units are drawn where their probabilities are wanted, in the means."
)
def first_hidden_units_drawn(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, rng, k, first="draws")


@misconception(
    "contrastive_divergence", "Hidden probabilities drive the reconstruction. Draw the hidden units, 0 or 1, first."
)
def reconstruction_from_probabilities(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, rng, k, draw_hidden=False)


@misconception("contrastive_divergence", "The visible units stay probabilities. Draw them, 0 or 1, in every step.")
def visible_units_not_drawn(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, rng, k, draw_visible=False)


@misconception(
    "contrastive_divergence",
    "The gradients have the sign of the likelihood. They are a loss's: the dream minus the data.",
)
def gradient_of_the_likelihood(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return tuple(-grad for grad in divergence(v, weight, bias_visible, bias_hidden, rng, k))


@misconception("contrastive_divergence", "The gradients are sums. Take the means over the examples.")
def gradients_summed(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return tuple(len(v) * grad for grad in divergence(v, weight, bias_visible, bias_hidden, rng, k))


@misconception("contrastive_divergence", "Only one step is made, whatever k is. Go on from the drawn visible units.")
def one_step_only(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, rng, 1)


@misconception("contrastive_divergence", "The generator is a new one with a fixed seed. Draw from the `rng` passed in.")
def generator_with_a_seed(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    return divergence(v, weight, bias_visible, bias_hidden, np.random.default_rng(0), k)


@misconception(
    "contrastive_divergence",
    "The dream's correlations use the data's hidden probabilities. Compute them anew, from v'.",
)
def dream_with_the_data_s_hidden_units(v, weight, bias_visible, bias_hidden, rng, *, k=1):
    _, dvisible, dhidden = divergence(v, weight, bias_visible, bias_hidden, rng, k)
    data = rbm.rbm_hidden(v, weight, bias_hidden)
    after = divergence(v, weight, bias_visible, bias_hidden, rng, k)[1] + v.mean(axis=0)
    return data.T @ (np.tile(after, (len(v), 1)) - v) / len(v), dvisible, dhidden


def trained(x, hidden, rng, epochs, lr, momentum, batch_size, *, spread=0.01, damped=False, sign=-1, whole_only=False):
    """Train a machine with one of its parts done otherwise."""
    params = [(rng.normal(size=(hidden, x.shape[1])) * spread).astype(x.dtype)]
    params += [np.zeros(x.shape[1], x.dtype), np.zeros(hidden, x.dtype)]
    speeds = [np.zeros_like(param) for param in params]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        end = len(x) - len(x) % batch_size if whole_only else len(x)
        for start in range(0, end, batch_size):
            grads = rbm.contrastive_divergence(x[order[start : start + batch_size]], *params, rng)
            share = 1 - momentum if damped else 1
            speeds = [momentum * s + sign * share * lr * g for s, g in zip(speeds, grads, strict=True)]
            params = [p + s for p, s in zip(params, speeds, strict=True)]
    return tuple(params)


@misconception("train_rbm", "The weights begin at 0. Draw them: hidden units that begin alike stay alike.")
def weights_begin_at_zero(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, batch_size, spread=0.0)


@misconception("train_rbm", "The first weights are a hundred times too large. Their standard deviation is 0.01.")
def weights_begin_large(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, batch_size, spread=1.0)


@misconception("train_rbm", "The momentum is ignored. Keep its share of the velocities from step to step.")
def momentum_ignored(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, 0.0, batch_size)


@misconception("train_rbm", "The gradient is multiplied by 1 - momentum. Subtract the rate times the whole gradient.")
def momentum_damped(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, batch_size, damped=True)


@misconception("train_rbm", "The gradients are added. They are those of a loss: subtract them.")
def gradients_added(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, batch_size, sign=1)


@misconception("train_rbm", "The last, smaller batch is left out. Every epoch takes all examples.")
def last_batch_left_out(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, batch_size, whole_only=True)


@misconception("train_rbm", "An epoch is one step on all examples. Take them in batches.")
def no_batches(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    return trained(x, hidden, rng, epochs, lr, momentum, len(x))


@misconception(
    "train_rbm", "The hidden biases stand in the place of the visible ones. The order is weight, visible, hidden."
)
def biases_exchanged(x, hidden, rng, *, epochs, lr=0.1, momentum=0.5, batch_size=32):
    weight, visible, of_hidden = rbm.train_rbm(
        x, hidden, rng, epochs=epochs, lr=lr, momentum=momentum, batch_size=batch_size
    )
    return weight, of_hidden, visible


# stack.py


def stacked(x, widths, rng, epochs, lr, *, above, bias_of=2, drawn=None):
    """Train a stack in which the next layer sees something else."""
    layers, data = [], x
    for width in widths:
        params = rbm.train_rbm(data, width, drawn or np.random.default_rng(rng.integers(2**32)), epochs=epochs, lr=lr)
        layers.append((params[0], params[bias_of]))
        data = above(data, params[0], params[2])
    return layers


@misconception(
    "greedy_stack", "Every layer is trained on x. The next one sees the hidden probabilities of the one below."
)
def every_layer_on_the_inputs(x, widths, rng, *, epochs, lr=0.1):
    return stacked(x, widths, rng, epochs, lr, above=lambda data, weight, bias: data)


@misconception("greedy_stack", "The next layer sees rounded hidden units. Give it their probabilities.")
def next_layer_sees_rounded_units(x, widths, rng, *, epochs, lr=0.1):
    return stacked(x, widths, rng, epochs, lr, above=lambda data, w, b: rbm.rbm_hidden(data, w, b).round())


@misconception("greedy_stack", "The next layer sees draws of the hidden units. Give it their probabilities.")
def next_layer_sees_draws(x, widths, rng, *, epochs, lr=0.1):
    def above(data, weight, bias):
        p = rbm.rbm_hidden(data, weight, bias)
        return (np.random.default_rng(0).random(p.shape) < p).astype(x.dtype)

    return stacked(x, widths, rng, epochs, lr, above=above)


@misconception("greedy_stack", "The next layer sees sums. Take the sigmoid: probabilities are wanted.")
def next_layer_sees_sums(x, widths, rng, *, epochs, lr=0.1):
    return stacked(x, widths, rng, epochs, lr, above=lambda data, weight, bias: data @ weight.T + bias)


@misconception("greedy_stack", "The biases are those of the visible units. Keep the hidden ones: they lead up.")
def visible_biases_kept(x, widths, rng, *, epochs, lr=0.1):
    return stacked(x, widths, rng, epochs, lr, above=rbm.rbm_hidden, bias_of=1)


@misconception("greedy_stack", "The rate is not passed on. Train every layer with lr.")
def rate_not_passed_on(x, widths, rng, *, epochs, lr=0.1):
    return stacked(x, widths, rng, epochs, 0.1, above=rbm.rbm_hidden)


@misconception("greedy_stack", "The layers stand in the wrong order. The lowest one comes first.")
def layers_turned_around(x, widths, rng, *, epochs, lr=0.1):
    return stack.greedy_stack(x, widths, rng, epochs=epochs, lr=lr)[::-1]


@misconception("stack_to_classifier", "The layers of the stack are shared. Copy them: later training changes them.")
def layers_shared(layers, classes, rng):
    return [*layers, stack.stack_to_classifier(layers, classes, rng)[-1]]


@misconception("stack_to_classifier", "The new weights are 0. Draw them, with a standard deviation of 0.01.")
def top_of_zeros(layers, classes, rng):
    *below, (weight, bias) = stack.stack_to_classifier(layers, classes, rng)
    return [*below, (0 * weight, bias)]


@misconception("stack_to_classifier", "The new weights are transposed. They have one row per class.")
def top_transposed(layers, classes, rng):
    *below, (weight, bias) = stack.stack_to_classifier(layers, classes, rng)
    return [*below, (weight.T.copy(), bias)]


@misconception("stack_to_classifier", "The new weights are a hundred times too large. Multiply the draws by 0.01.")
def top_too_large(layers, classes, rng):
    *below, (weight, bias) = stack.stack_to_classifier(layers, classes, rng)
    return [*below, (100 * weight, bias)]


@misconception("stack_to_classifier", "The new layer takes the last one's place. Put it upon the whole stack.")
def last_layer_replaced(layers, classes, rng):
    if len(layers) == 1:
        return stack.stack_to_classifier(layers, classes, rng)
    return stack.stack_to_classifier(layers[:-1], classes, rng)


# kmeans.py


@misconception("kmeans_assign", "The farthest centre is chosen. Take the smallest distance.")
def farthest_centre(x, centers):
    return ((x[:, None] - centers) ** 2).sum(axis=2).argmax(axis=1)


@misconception("kmeans_assign", "Differences are added without squares. Signs cancel then: square them first.")
def differences_not_squared(x, centers):
    return (x[:, None] - centers).sum(axis=2).argmin(axis=1)


@misconception("kmeans_assign", "Absolute differences are added. k-means squares them.")
def absolute_differences(x, centers):
    return np.abs(x[:, None] - centers).sum(axis=2).argmin(axis=1)


@misconception("kmeans_assign", "Every centre is given its nearest example. Give every example its nearest centre.")
def nearest_examples(x, centers):
    return ((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=0)


@misconception("kmeans_assign", "The largest product counts as nearest. Long centres win then: use distances.")
def largest_product(x, centers):
    return (x @ centers.T).argmax(axis=1)


@misconception("kmeans_assign", "Of equally near centres the last one is taken. Take the first.")
def last_of_ties(x, centers):
    squared = ((x[:, None] - centers) ** 2).sum(axis=2)
    return len(centers) - 1 - squared[:, ::-1].argmin(axis=1)


@misconception(
    "kmeans_update",
    "Centres without examples become NaN. Let them stay where they are.",
)
def empty_centres_are_nan(x, labels, centers):
    moved = np.full_like(centers, np.nan)
    for label in np.unique(labels):
        moved[label] = x[labels == label].mean(axis=0)
    return moved


@misconception("kmeans_update", "Centres without examples move to 0. Let them stay where they are.")
def empty_centres_are_zero(x, labels, centers):
    moved = np.zeros_like(centers)
    for label in np.unique(labels):
        moved[label] = x[labels == label].mean(axis=0)
    return moved


@misconception("kmeans_update", "Centres without examples are dropped. Keep all rows: those stay where they are.")
def empty_centres_are_dropped(x, labels, centers):
    return np.array([x[labels == label].mean(axis=0) for label in np.unique(labels)])


@misconception("kmeans_update", "The centres are sums. Divide by the number of examples.")
def centres_are_sums(x, labels, centers):
    moved = centers.copy()
    for label in np.unique(labels):
        moved[label] = x[labels == label].sum(axis=0)
    return moved


@misconception("kmeans_update", "The centres that were passed in are changed in place. They belong to the caller.")
def centres_changed_in_place(x, labels, centers):
    centers[:] = kmeans.kmeans_update(x, labels, centers)
    return centers


@misconception("kmeans_update", "The old centre counts as an example. Take the mean of the examples alone.")
def old_centre_counts(x, labels, centers):
    moved = centers.copy()
    for label in np.unique(labels):
        moved[label] = np.vstack([x[labels == label], centers[label]]).mean(axis=0)
    return moved


def grouped(x, k, rng, max_iterations, *, centers=None, final=True, inertia=np.sum):
    """Group examples with one of the parts done otherwise."""
    centers = x[rng.choice(len(x), size=k, replace=False)] if centers is None else centers
    labels = kmeans.kmeans_assign(x, centers)
    for step in range(max_iterations):
        moved = kmeans.kmeans_update(x, labels, centers)
        if np.array_equal(moved, centers):
            break
        centers = moved
        if final or step < max_iterations - 1:
            labels = kmeans.kmeans_assign(x, centers)
    return centers, labels, float(inertia(((x - centers[labels]) ** 2).sum(axis=1)))


@misconception("kmeans", "The labels are those of the centres before. Assign once more after the last update.")
def labels_of_the_step_before(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, final=False)


@misconception("kmeans", "The inertia is a mean. Sum the squared distances of all examples.")
def inertia_averaged(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, inertia=np.mean)


@misconception("kmeans", "The inertia adds up distances. Add up their squares.")
def inertia_of_distances(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, inertia=lambda squared: np.sqrt(squared).sum())


@misconception("kmeans", "The same example can be drawn twice. Begin at k different ones.")
def begins_with_repetitions(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, centers=x[rng.integers(0, max(1, len(x) // 3), size=k)])


@misconception("kmeans", "The centres begin at random numbers. Begin at k of the examples.")
def begins_anywhere(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, centers=rng.normal(size=(k, x.shape[1])).astype(x.dtype))


@misconception("kmeans", "The centres begin at the first k examples. Draw them from `rng`.")
def begins_at_the_first(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, max_iterations, centers=x[:k].copy())


@misconception("kmeans", "Only one step is made. Go on until nothing moves, or max_iterations are made.")
def one_iteration(x, k, rng, *, max_iterations=100):
    return grouped(x, k, rng, min(max_iterations, 1))


# fast.py


def fast_with(
    v, weight, bias_visible, bias_hidden, hidden_draws, visible_draws, *, hidden=True, visible=True, turned=False
):
    """Return the three gradients with draws at other places."""
    data = torch.sigmoid(v @ weight.T + bias_hidden)
    on = hidden_draws > data if turned else hidden_draws < data
    chances = torch.sigmoid((on.to(v.dtype) if hidden else data) @ weight + bias_visible)
    after = (visible_draws < chances).to(v.dtype) if visible else chances
    model = torch.sigmoid(after @ weight.T + bias_hidden)
    dweight = (model.T @ after - data.T @ v) / len(v)
    return dweight, (after - v).mean(dim=0), (model - data).mean(dim=0)


@misconception(
    "cd1_fast", "Hidden probabilities drive the reconstruction. Compare them with the uniform numbers first."
)
def fast_hidden_not_drawn(*arguments):
    return fast_with(*arguments, hidden=False)


@misconception("cd1_fast", "The visible units stay probabilities. Compare them with the uniform numbers.")
def fast_visible_not_drawn(*arguments):
    return fast_with(*arguments, visible=False)


@misconception("cd1_fast", "Hidden units are on where the uniform number is larger. They are on where it is smaller.")
def fast_draws_turned_around(*arguments):
    return fast_with(*arguments, turned=True)


@misconception(
    "cd1_fast", "The gradients have the sign of the likelihood. They are a loss's: the dream minus the data."
)
def fast_sign(*arguments):
    return tuple(-grad for grad in fast.cd1_fast(*arguments))


@misconception("cd1_fast", "The gradients are sums. Divide by the number of examples.")
def fast_sums(*arguments):
    return tuple(len(arguments[0]) * grad for grad in fast.cd1_fast(*arguments))


@misconception("cd1_fast", "The gradient of the weights is transposed. It has their shape, a row per hidden unit.")
def fast_transposed(*arguments):
    dweight, dvisible, dhidden = fast.cd1_fast(*arguments)
    return dweight.T.contiguous(), dvisible, dhidden


@misconception("cd1_fast", "The two biases' gradients stand in the wrong order. The visible ones come first.")
def fast_biases_exchanged(*arguments):
    dweight, dvisible, dhidden = fast.cd1_fast(*arguments)
    return dweight, dhidden, dvisible


@misconception("cd1_fast", "The answer is float64 for float32 tensors. Keep their dtype: half as many bytes.")
def fast_in_double(*arguments):
    return fast.cd1_fast(*(tensor.double() for tensor in arguments))
