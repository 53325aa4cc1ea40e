"""CUDA in a worker: started after the fork and never before it, with a bound on its memory.

Whatever is forked from a process in which CUDA runs cannot use it.
"""

import sys


def require_untouched() -> None:
    """Raise if CUDA runs in this process: it is about to fork somebody who may need it.

    Raises
    ------
    RuntimeError
        It does.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        raise RuntimeError("CUDA has been started in a process that forks: its children cannot use a GPU")


def compute_as_named() -> None:
    """Let float32 be float32: by default cuDNN rounds the factors of convolutions and LSTMs to 11 bits (TF32)."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def start(memory_mib: int) -> None:
    """Start CUDA in this process, where there is a GPU.

    Parameters
    ----------
    memory_mib : int
        What torch may take of the GPU's memory from now on. It bounds honest code: who calls the driver directly
        does not ask torch.
    """
    import torch

    if not torch.cuda.is_available():
        return
    compute_as_named()
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch has no types for it
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, (memory_mib << 20) / total), 0)
    one = torch.ones(2, 2, device="cuda")  # whatever is loaded and started lazily is started now
    (one @ one).sum().item()
    torch.cuda.synchronize()
