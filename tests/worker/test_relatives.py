"""Relatives of the operators that timed tasks re-implement: what would do a task's work in one call is refused.

Each call is made without the ban first: one that cannot be made here would prove nothing.
"""

import math
from collections.abc import Callable
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from grader.course.registry import load_course
from grader.worker.policy import BlockedByPolicy, forbid_operators

aten, mkldnn = torch.ops.aten, torch.ops.mkldnn

UNITS = load_course(Path(__file__).parents[2]).units
FORBIDS = {task.name: task.forbids for unit in UNITS for task in unit.timed_tasks}

X, SLOPES, NORMS, WEIGHT, BIAS = (torch.rand(*shape) for shape in ((4, 3), (4, 3), (4, 1), (2, 3), (2,)))
LABELS, BOTH = torch.tensor([0, 1, 1, 0]), torch.rand(4, 2)
SIGNS = torch.tensor([1.0, -1.0, 1.0])
IMAGES, FILTERS = torch.rand(2, 3, 5, 6), torch.rand(4, 3, 3, 3)
QUERY, KEYS = torch.ones(4, 1, 1, 1), X.view(4, 1, 3, 1)
CHANNELS, STATE = torch.rand(2, 3, 4, 4), torch.rand(1, 4, 2)
BAGS, STARTS = torch.tensor([[0, 1, 1], [2, 3, 0]]), torch.tensor([0, 3])
ONE_STEP = ([1, 1], [1, 1], [1, 1], 1)  # stride, padding, dilation, groups


def bags_as_a_matrix() -> torch.Tensor:
    places = torch.stack([torch.tensor([0, 0, 0, 1, 1, 1]), BAGS.flatten()])
    return torch.sparse_coo_tensor(places, torch.ones(6), (2, 4), check_invariants=True) @ X


def prepacked(images: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    context = torch.ops.mkldnn_prepacked.conv2d_prepack(filters, None, *ONE_STEP, list(images.shape), "none")
    return torch.ops.mkldnn_prepacked.conv2d_run(images, context)


def attention_backward() -> torch.Tensor:
    """Return softmax(X): the slope of the values, where each row is what one query asks of its keys."""
    sums = X.logsumexp(dim=1).view(4, 1, 1)
    ones = torch.ones_like(KEYS), torch.ones_like(QUERY), sums
    given = torch.ones_like(QUERY), QUERY, KEYS, *ones, 0.0, False
    return aten._scaled_dot_product_flash_attention_for_cpu_backward(*given, scale=1.0)[2].view(4, 3)


def optimizer_step(**options: bool) -> torch.Tensor:
    """Return parameters after a step of torch's own AdamW."""
    param = X.clone().requires_grad_()
    param.grad = SLOPES
    torch.optim.AdamW([param], **options).step()
    return param.detach()


def forgetful_loss() -> torch.Tensor:
    """Return cross-entropies: a text of one letter can be read in one way only."""
    return aten._ctc_loss(X.log_softmax(dim=1)[None], 1 + LABELS[:, None], [1] * 4, [1] * 4)[0]


RELATIVES: dict[str, dict[str, Callable[[], object]]] = {
    "logistic_descent_fast": {
        "with logits": lambda: functional.binary_cross_entropy_with_logits(X, X),
        "inside vmap": lambda: torch.vmap(functional.binary_cross_entropy_with_logits)(X, X),
        "of probabilities": lambda: functional.binary_cross_entropy(X, X),
        "two classes": lambda: functional.cross_entropy(BOTH, LABELS),
        "picked": lambda: functional.nll_loss(BOTH - BOTH.logsumexp(1, keepdim=True), LABELS),
        "signs": lambda: functional.soft_margin_loss(SIGNS, SIGNS),
        "distribution": lambda: torch.distributions.Bernoulli(logits=X).log_prob(torch.ones(4, 3)),
    },
    "mlp_fast": {
        "layer": lambda: functional.linear(X, WEIGHT, BIAS),
        "inside vmap": lambda: torch.vmap(lambda row: functional.linear(row, WEIGHT, BIAS))(X),
        "two inputs": lambda: functional.bilinear(torch.ones(4, 1), X, WEIGHT[:, None], BIAS),
        "with its ReLU": lambda: torch._addmm_activation(BIAS, X, WEIGHT.T),
        "oneDNN": lambda: mkldnn._linear_pointwise(X, WEIGHT, BIAS, "relu", [], ""),
        "oneDNN backwards": lambda: aten.mkldnn_linear_backward_weights(
            BOTH.to_mkldnn(), X.to_mkldnn(), WEIGHT.to_mkldnn(), True
        ),
        "1 x 1": lambda: functional.conv1d(X[:, :, None], WEIGHT[:, :, None], BIAS),
        "recurrent": lambda: torch.rnn_relu_cell(X, torch.zeros(4, 2), WEIGHT, torch.zeros(2, 2)),
        "nested": lambda: functional.linear(torch.nested.nested_tensor([X]), WEIGHT, BIAS),
        "mask": lambda: aten.threshold_backward(SLOPES, X, 0),
        "mask of MKLDNN": lambda: aten.threshold_backward(SLOPES.to_mkldnn(), X.to_mkldnn(), 0),
        "leaky mask": lambda: aten.leaky_relu_backward(SLOPES, X, 0.0, False),
        "bounded mask": lambda: aten.hardtanh_backward(SLOPES, X, 0.0, math.inf),
        "exponential mask": lambda: aten.elu_backward(SLOPES, 0.0, 1.0, 1.0, False, X),
        "parametric mask": lambda: aten._prelu_kernel_backward(SLOPES, X, torch.zeros(1, 1)),
        "random mask": lambda: aten.rrelu_with_noise_backward(SLOPES, X, X, 0.0, 0.0, False, False),
    },
    "softmax_cross_entropy_fast": {
        "loss": lambda: functional.cross_entropy(X, LABELS),
        "softmax": lambda: X.softmax(dim=1),
        "special": lambda: torch.special.log_softmax(X, 1),
        "masked": lambda: torch._masked_softmax(X, X > 2, 1),
        "masked backwards": lambda: aten._masked_softmax_backward(SLOPES, X, X > 2, 1),
        "sparse": lambda: torch.sparse.log_softmax(X.to_sparse(), 1),
        "MKLDNN": lambda: X.to_mkldnn().softmax(1),
        "nested": lambda: torch.nested.nested_tensor([X]).softmax(-1),
        "attention": lambda: functional.scaled_dot_product_attention(QUERY, KEYS, KEYS, scale=1.0),
        "attention by hand": lambda: aten._scaled_dot_product_attention_math(QUERY, KEYS, KEYS, scale=1.0),
        "attention's sums": lambda: aten._scaled_dot_product_flash_attention_for_cpu(QUERY, KEYS, KEYS, scale=1.0),
        "attention backwards": attention_backward,
        "picked from images": lambda: aten.nll_loss2d(X.view(4, 3, 1, 1), LABELS.view(4, 1, 1)),
        "one letter": forgetful_loss,
    },
    "gelu_fast": {
        "GELU": lambda: functional.gelu(X),
        "backwards": lambda: aten.gelu_backward(SLOPES, X),
        "MKLDNN": lambda: functional.gelu(X.to_mkldnn()),
        "MKLDNN backwards": lambda: aten.gelu_backward(SLOPES.to_mkldnn(), X.to_mkldnn()),
        "nested": lambda: functional.gelu(torch.nested.nested_tensor([X])),
        "after a product": lambda: torch._addmm_activation(X, torch.ones(4, 1), torch.zeros(1, 3), use_gelu=True),
        "after a layer": lambda: mkldnn._linear_pointwise(X.view(-1, 1), torch.ones(1, 1), None, "gelu", [], "none"),
        "after a convolution": lambda: mkldnn._convolution_pointwise(
            X.view(1, 1, 4, 3), torch.ones(1, 1, 1, 1), None, [0, 0], [1, 1], [1, 1], 1, "gelu", [], "none"
        ),
    },
    "trunc_normal_fast": {
        "inverse": lambda: torch.special.ndtri(X),
        "primitive": lambda: torch.ops.prims.ndtri(X),
    },
    "batch_norm_fast": {
        "batch": lambda: functional.batch_norm(CHANNELS, None, None, training=True),
        "functional": lambda: aten._batch_norm_with_update_functional(CHANNELS, *torch.ones(4, 3), 0.1, 1e-5),
        "MKLDNN": lambda: torch.native_batch_norm(CHANNELS.to_mkldnn(), *torch.ones(4, 3), True, 0.1, 1e-5),
        "layers": lambda: functional.layer_norm(X, [3]),
        "groups": lambda: functional.group_norm(CHANNELS, 3),
        "instances": lambda: functional.instance_norm(CHANNELS),
        "around zero": lambda: functional.rms_norm(X, [3]),
        "around zero, fused": lambda: aten._fused_rms_norm(X, [3], None, 1e-5),
        "weights": lambda: torch._weight_norm(X, NORMS, 0),
        "weights backwards": lambda: aten._weight_norm_interface_backward(SLOPES, X, NORMS, NORMS, 0),
    },
    "conv2d_fast": {
        "convolution": lambda: functional.conv2d(IMAGES, FILTERS),
        "MKLDNN": lambda: functional.conv2d(IMAGES.to_mkldnn(), FILTERS.to_mkldnn()),
        "oneDNN": lambda: mkldnn._convolution_pointwise(IMAGES, FILTERS, None, *ONE_STEP, "none", [], ""),
        "oneDNN transposed": lambda: mkldnn._convolution_transpose_pointwise(
            torch.rand(2, 4, 5, 6), FILTERS, None, [1, 1], [0, 0], [1, 1], [1, 1], 1, "none", [], ""
        ),
        "prepacked": lambda: prepacked(IMAGES, FILTERS),
        "slow": lambda: aten._slow_conv2d_forward(IMAGES, FILTERS, [3, 3], None, [1, 1], [1, 1]),
        "dilated": lambda: aten.slow_conv_dilated2d(IMAGES, FILTERS, [3, 3], None, [1, 1], [1, 1], [1, 1]),
        "time first": lambda: torch.conv_tbc(torch.rand(5, 2, 3), torch.rand(3, 3, 4), torch.rand(4)),
        "gradient": lambda: torch.nn.grad.conv2d_input([2, 3, 5, 6], FILTERS, torch.rand(2, 4, 3, 4)),
        "columns": lambda: functional.unfold(IMAGES, 3),
        "sum of columns": lambda: functional.fold(torch.rand(2, 27, 12), (5, 6), 3),
        "sum along an axis": lambda: aten.unfold_backward(torch.rand(2, 3, 5, 4, 3), [2, 3, 5, 6], 3, 3, 1),
    },
    "lstm_fast": {
        "network": lambda: torch.nn.LSTM(3, 2)(X),
        "cell": lambda: torch.nn.LSTMCell(3, 2)(X),
        "oneDNN": lambda: torch.mkldnn_rnn_layer(
            *(X[None], torch.rand(8, 3), torch.rand(8, 2), torch.rand(8), torch.rand(8), STATE, STATE, False, []),
            *(2, 2, 1, True, False, False, False),
        ),
        "two gates": lambda: torch.nn.GRUCell(3, 2)(X),
    },
    "embedding_bag_fast": {
        "bags": lambda: functional.embedding_bag(BAGS, X),
        "words": lambda: functional.embedding(BAGS, X),
        "nested": lambda: functional.embedding(torch.nested.nested_tensor([BAGS[0], BAGS[1]]), X),
        "backwards": lambda: aten.embedding_dense_backward(SLOPES, LABELS, 4, -1, False),
        "sparse backwards": lambda: aten.embedding_sparse_backward(SLOPES, LABELS, 4, -1, False),
        "bags as a matrix": bags_as_a_matrix,
        "one of eight bits": lambda: torch.ops.quantized.embedding_bag_byte_prepack(X),
    },
    "skipgram_fast": {
        "words": lambda: functional.embedding(BAGS, X),
        "scores of bags": lambda: aten._embedding_bag_per_sample_weights_backward(
            SLOPES[:2], X, BAGS.flatten(), STARTS, torch.tensor([0, 0, 0, 1, 1, 1]), 0
        ),
        "backwards": lambda: aten.embedding_dense_backward(SLOPES, LABELS, 4, -1, False),
        "loss": lambda: functional.logsigmoid(X),
        "loss of all": lambda: functional.multilabel_soft_margin_loss(X, X),
        "loss upside down": lambda: functional.softplus(X),
        "with logits": lambda: functional.binary_cross_entropy_with_logits(X, X),
        "two classes": lambda: functional.cross_entropy(BOTH, LABELS),
    },
    "attend_fast": {
        "attention": lambda: functional.scaled_dot_product_attention(QUERY, KEYS, KEYS, scale=1.0),
        "attention by hand": lambda: aten._scaled_dot_product_attention_math(QUERY, KEYS, KEYS, scale=1.0),
        "attention's sums": lambda: aten._scaled_dot_product_flash_attention_for_cpu(QUERY, KEYS, KEYS, scale=1.0),
        "attention backwards": attention_backward,
        "softmax": lambda: X.softmax(dim=1),
        "log-softmax": lambda: torch.special.log_softmax(X, 1),
        "masked": lambda: torch._masked_softmax(X, X > 2, 1),
        "masked backwards": lambda: aten._masked_softmax_backward(SLOPES, X, X > 2, 1),
        "softmax backwards": lambda: aten._softmax_backward_data(SLOPES, X, 1, torch.float32),
        "MKLDNN": lambda: X.to_mkldnn().softmax(1),
    },
    "cd1_fast": {
        "layer": lambda: functional.linear(X, WEIGHT, BIAS),
        "two inputs": lambda: functional.bilinear(torch.ones(4, 1), X, WEIGHT[:, None], BIAS),
        "with its ReLU": lambda: torch._addmm_activation(BIAS, X, WEIGHT.T),
        "oneDNN": lambda: mkldnn._linear_pointwise(X, WEIGHT, BIAS, "relu", [], ""),
    },
    "adamw_fast": {
        "optimizer": lambda: optimizer_step(foreach=True),
        "fused optimizer": lambda: optimizer_step(fused=True),
        "lists": lambda: torch._foreach_mul([X, SLOPES], 0.9),
        "lists in place": lambda: torch._foreach_addcdiv_([X.clone()], [SLOPES], [X + 1], -0.1),
        "another fused optimizer": lambda: aten._fused_adagrad(
            [X], [SLOPES], [X], [torch.tensor(1.0)], lr=0.1, lr_decay=0.0, weight_decay=0.0, eps=1e-8, maximize=False
        ),
    },
    "attention_fast": {
        "operator": lambda: functional.scaled_dot_product_attention(X, X, X),
        "grouped": lambda: functional.scaled_dot_product_attention(X[None, None], X[None, None], X[None, None]),
        "backward": attention_backward,
    },
}


def let_through(calls: dict[str, Callable[[], object]]) -> list[str]:
    """Return the names of the calls that no ban refuses."""
    names = []
    for name, call in calls.items():
        try:
            call()
        except BlockedByPolicy:
            continue
        names.append(name)
    return names


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
@pytest.mark.parametrize("task", FORBIDS)
def test_relatives_of_what_a_timed_task_re_implements_are_refused(task: str) -> None:
    calls = RELATIVES[task]
    assert let_through(calls) == list(calls)
    with forbid_operators(FORBIDS[task]):
        assert let_through(calls) == []


@pytest.mark.parametrize(("unit", "task"), [(unit.name, task.name) for unit in UNITS for task in unit.timed_tasks])
def test_the_solution_does_without_what_its_task_forbids(unit: str, task: str) -> None:
    solution = import_module(f"solutions.{unit}.fast")
    workloads = import_module(f"solutions.{unit}.workloads")
    arguments = getattr(workloads, f"{task}__inputs")(torch.Generator().manual_seed(3))
    with forbid_operators(FORBIDS[task]):
        assert let_through({"solution": lambda: getattr(solution, task)(*arguments)}) == ["solution"]


@pytest.mark.parametrize("task", FORBIDS)
def test_each_name_that_a_task_forbids_is_one_of_torchs(task: str) -> None:
    known = {name.partition(".")[0].removesuffix("_") for name in torch._C._dispatch_get_all_op_names()}
    assert [name for name in FORBIDS[task] if not any(fnmatchcase(pattern, name) for pattern in known)] == []
