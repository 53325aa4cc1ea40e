"""Right answers to the tasks of the activations unit that are written otherwise: the suite must accept them.

Named ``<task>__<style>``.
"""

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
