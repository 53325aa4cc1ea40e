"""The seam for races on a GPU. It is looked for here and nowhere else, after the judge has forked for a submission.

To ask torch for a GPU starts CUDA's driver in the process that asks, and whatever is forked from such a process cannot
use CUDA any more: no zygote and no judge that will fork calls this.
"""

from grader.judge.ended import NoGpu


def require_gpu() -> None:
    """Return if there is a GPU that races can run on.

    Raises
    ------
    NoGpu
        There is none, or this grader cannot time on it.
    """
    import torch

    if not torch.cuda.is_available():
        raise NoGpu("this machine has no GPU that torch can use")
    raise NoGpu("there is a GPU, but this version of the grader cannot time on one yet")
