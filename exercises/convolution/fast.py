"""A convolution layer forward and backward on tensors, by unfolding and three matrix products.

The same layer as in `conv.py`, at speed: no autograd, no `torch.nn`, none of torch's own convolutions. Matrix products
are what processors do best. The price is the columns: a 3 x 3 kernel writes every pixel nine times. torch's own
convolution needs no columns, so this task is about how near the simple way comes to it.

    out = W @ columns + b          dW = sum over images of  dout @ columns.T          dcolumns = W.T @ dout

References
----------
Chellapilla, Puri, Simard (2006), High performance convolutional neural networks for document processing, section 3.
Chetlur et al. (2014), cuDNN: efficient primitives for deep learning, section 3: the product without the columns.
"""

if __name__ == "__main__":  # run as a script, the file tries its own examples
    from grader.home.script import try_examples

    try_examples()

import torch
from jaxtyping import Float
from torch import Tensor


def conv2d_fast(
    x: Float[Tensor, "N C H W"],
    w: Float[Tensor, "F C KH KW"],
    b: Float[Tensor, "F"],
    dout: Float[Tensor, "N F HO WO"],
    stride: int = 1,
    padding: int = 0,
) -> tuple[Float[Tensor, "N F HO WO"], Float[Tensor, "N C H W"], Float[Tensor, "F C KH KW"], Float[Tensor, "F"]]:
    """Convolve a batch of images, and send a gradient back.

    Timed against torch's ``conv2d`` with its backward pass. ``torch.nn.functional.unfold`` and ``fold`` are forbidden
    too; `Tensor.unfold` is not. It shows the windows along one axis without copying anything. After an empty batch, N
    = 0, dw and db are zero. Timed are calls of several sizes, strides and paddings, with images that are 0, the same,
    or thirty times as bright as others.

    Parameters
    ----------
    x : images, float32 or float64
    w : filters
    b : one bias per filter
    dout : gradient with respect to the output
    stride : int
        Step of the window, along both axes.
    padding : int
        Width of the frame of zeros.

    Returns
    -------
    out : the filtered images.
    dx : gradient with respect to the images.
    dw : gradient with respect to the filters.
    db : gradient with respect to the biases.

    Examples
    --------
    >>> x, w = torch.tensor([[[[1.0, 2.0, 3.0]]]]), torch.tensor([[[[1.0, -1.0]]]])
    >>> out, dx, dw, db = conv2d_fast(x, w, torch.tensor([10.0]), torch.tensor([[[[1.0, 2.0]]]]))
    >>> out, dx
    (tensor([[[[9., 9.]]]]), tensor([[[[ 1.,  1., -2.]]]]))
    >>> dw, db
    (tensor([[[[5., 8.]]]]), tensor([3.]))
    """
    raise NotImplementedError("convolution.conv2d_fast")
