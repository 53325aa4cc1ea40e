"""A worker as a plain subprocess that talks over standard input and output. It works on every platform.

The output of the student's code goes to standard error.
"""

import json
import os
import sys

from grader.worker import limits
from grader.worker.failures import show_stack_on_signal
from grader.worker.interactive import refuse_interaction
from grader.worker.policy import hide_other_packages
from grader.worker.server import Server


def main(wanted: dict[str, int], library: str) -> None:
    """Serve requests until the judge closes the connection."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    hide_other_packages()
    if library in ("torch", "triton"):
        import torch

        torch.set_num_threads(1)
    import jaxtyping  # noqa: F401  (stubs annotate with it; loaded before the memory limit counts)

    def read_into(view: memoryview) -> None:
        if incoming.readinto(view) < len(view):
            os._exit(0)

    def write(part: bytes | memoryview) -> None:
        view = memoryview(part).cast("B")
        while view:
            view = view[outgoing.write(view) :]

    refuse_interaction()
    show_stack_on_signal()
    outgoing.write(b"ready\n")
    limits.apply(wanted, limits.mapped_bytes())
    Server(read_into, write).serve()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
