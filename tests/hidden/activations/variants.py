"""Right answers to the tasks of the activations unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``.
"""

import math

import torch

from solutions.activations import workloads

softmax_cross_entropy_fast__row_by_row = workloads.softmax_cross_entropy_fast__naive


def softmax_cross_entropy_fast__logsumexp(logits, labels):
    normal = logits.logsumexp(dim=1, keepdim=True)
    log_probabilities = logits - normal
    rows = torch.arange(len(logits))
    loss = -log_probabilities[rows, labels].sum() / len(logits)
    dlogits = log_probabilities.exp()
    dlogits[rows, labels] -= 1.0
    return loss, dlogits / len(logits)


def softmax_cross_entropy_fast__one_hot(logits, labels):
    one_hot = torch.zeros_like(logits).scatter(1, labels.unsqueeze(1), 1.0)
    shifted = logits - logits.max(dim=1).values[:, None]
    exps = torch.exp(shifted)
    totals = torch.einsum("nc->n", exps)
    losses = torch.log(totals) - torch.einsum("nc,nc->n", shifted, one_hot)
    return losses.mean(), (exps / totals[:, None] - one_hot) / logits.shape[0]


def gelu_fast__row_by_row(x, dout):
    out, dx = workloads.gelu_fast__naive(x.reshape(1, -1), dout.reshape(1, -1))
    return out.reshape(x.shape), dx.reshape(x.shape)


def gelu_fast__complement(x, dout):
    below = torch.erfc(-x / math.sqrt(2)) / 2
    return torch.mul(below, x), (x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi) + below) * dout


def gelu_fast__normal_distribution(x, dout):
    normal = torch.distributions.Normal(x.new_zeros(()), x.new_ones(()), validate_args=False)
    below = normal.cdf(x)
    return x * below, torch.addcmul(below, x, normal.log_prob(x).exp()) * dout
