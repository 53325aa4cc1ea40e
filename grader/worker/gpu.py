"""CUDA in a worker: started after the fork, never before, with a limit on its memory.

A process forked from one in which CUDA runs cannot use CUDA.
"""

import sys


def require_untouched() -> None:
    """Raise if CUDA runs in this process, whose forked children may need it.

    Raises
    ------
    RuntimeError
        CUDA has been initialized.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        raise RuntimeError("CUDA has been started in a process that forks: its children cannot use a GPU")


def compute_as_named() -> None:
    """Compute float32 at full precision: by default cuDNN rounds inputs of convolutions and LSTMs to 11 bits (TF32)."""
    import torch

    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def start(memory_mib: int) -> None:
    """Start CUDA in this process, if there is a GPU.

    Parameters
    ----------
    memory_mib : int
        GPU memory that torch may allocate from now on. The limit binds honest code only: calls to the driver bypass
        torch.
    """
    import torch

    if not torch.cuda.is_available():
        return
    compute_as_named()
    torch.cuda.init()  # type: ignore[no-untyped-call]  # torch has no types for it
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, (memory_mib << 20) / total), 0)
    one = torch.ones(2, 2, device="cuda")  # triggers all lazy loading and initialization now
    (one @ one).sum().item()
    torch.cuda.synchronize()
