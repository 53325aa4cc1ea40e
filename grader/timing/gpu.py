"""Devices for races: the interface of a device, and CUDA. GPUs are looked up only here.

Asking torch for a GPU starts CUDA in the process that asks, and processes forked from it cannot use CUDA. So no
zygote and no judge that will fork may call this.
"""

import contextlib
import time
from typing import Any, Protocol

from grader.errors import UnavailableError
from grader.judge.outcomes import NoGpu
from grader.judge.remote import RemoteTransport
from grader.timing.gpu_state import CardReading, reading_of
from grader.worker.device import compute_as_named

MOST_OPERATIONS = 5e15  # per second: twice the peak of any GPU, in any precision; detects impossible times
MOST_BYTES = 2e13
NONE = "this machine has no GPU that torch can use"
SEGMENT = 2 << 20  # the allocator requests memory from the driver in segments of this size


class Device(Protocol):
    """A device for races.

    Attributes
    ----------
    where : str
        Name for torch: ``cuda``.
    name : str
        Name for people.
    """

    where: str
    name: str

    def cache_bytes(self) -> int:
        """Return the size of the cache, which a batch must exceed."""

    def free_bytes(self) -> int:
        """Return the free memory in bytes."""

    def allocate(self, count: int) -> Any:
        """Return a tensor of at least so many bytes, in a segment that nothing else of this process uses."""

    def share(self, block: Any) -> tuple[Any, ...] | None:
        """Return a handle of a block for another process, as plain data; None if it cannot be shared."""

    def forget(self) -> None:
        """Release shared memory, after the workers that opened it have ended."""

    def synchronize(self) -> None:
        """Wait until the device has finished all work of this process."""

    def flush(self) -> None:
        """Evict the cache's content by other data, and wait."""

    def seconds(self, worker: RemoteTransport) -> float:
        """Return the time of the clock that measures a worker's batches."""

    def reading(self) -> CardReading | None:
        """Return a reading of the GPU's clock and slowdowns; None if it is not available."""


class Cuda:
    """The first NVIDIA GPU that torch can use."""

    where = "cuda"

    def __init__(self) -> None:
        import torch

        compute_as_named()
        self._torch = torch
        self._properties = torch.cuda.get_device_properties(0)
        self.name = str(self._properties.name)
        self._other: Any = None
        self._shared: list[tuple[Any, int]] = []

    def cache_bytes(self) -> int:
        """Return the size of the L2 cache."""
        return int(self._properties.L2_cache_size)

    def free_bytes(self) -> int:
        """Return the free memory in bytes."""
        self._torch.cuda.empty_cache()
        return int(self._torch.cuda.mem_get_info(0)[0])

    def allocate(self, count: int) -> Any:
        """Return a byte tensor that fills whole segments of the driver's memory.

        CUDA shares whole segments: a process that opens the handle can read everything in the same one.
        """
        self._torch.cuda.empty_cache()
        # torch's allocator puts tensors below 10 MiB into shared segments of 20 MiB; larger ones get their own.
        whole = max(count, 10 * SEGMENT)
        return self._torch.empty(-(-whole // SEGMENT) * SEGMENT, dtype=self._torch.uint8, device=self.where)

    def share(self, block: Any) -> tuple[Any, ...] | None:
        """Return the fields of `torch.UntypedStorage._share_cuda_` that another process needs to open a block."""
        self.synchronize()
        if not self._is_alone(block):
            return None
        try:
            device, handle, size, offset, counter, place, _, _ = block.untyped_storage()._share_cuda_()
        except RuntimeError:  # some drivers and most containers do not allow it
            return None
        self._shared.append((counter, int(place)))
        return (int(device), handle, int(size), int(offset), counter, int(place))

    def forget(self) -> None:
        """Release the references of killed workers, for which torch keeps memory that they might still read."""
        for counter, place in self._shared:
            release = self._torch.UntypedStorage._release_ipc_counter
            with contextlib.suppress(RuntimeError):  # the counter is gone
                release(counter, place, device=self.where)  # type: ignore[no-untyped-call]  # torch has no types for it
        self._shared.clear()
        self._torch.cuda.ipc_collect()  # type: ignore[no-untyped-call]  # torch has no types for it

    def _is_alone(self, block: Any) -> bool:
        """Return whether a block's segment contains nothing else."""
        known = self._torch.cuda.memory_snapshot()  # type: ignore[no-untyped-call]  # torch has no types for it
        pieces = [(one["address"], one["total_size"]) for one in known]
        return (block.data_ptr(), block.numel()) in pieces

    def synchronize(self) -> None:
        """Wait for the device."""
        self._torch.cuda.synchronize()

    def flush(self) -> None:
        """Write twice the cache's size, and wait."""
        if self._other is None:
            self._other = self._torch.empty(2 * self.cache_bytes(), dtype=self._torch.uint8, device=self.where)
        self._other.zero_()
        self.synchronize()

    def seconds(self, worker: RemoteTransport) -> float:
        """Return the wall-clock time: work on a GPU does not show in a process's CPU time."""
        return time.perf_counter()

    def reading(self) -> CardReading | None:
        """Return the reading of the GPU by NVIDIA's own library."""
        uuid = getattr(self._properties, "uuid", None)
        return None if uuid is None else reading_of(f"GPU-{uuid}")


def require_gpu() -> Device:
    """Return the GPU for races.

    Raises
    ------
    NoGpu
        There is none.
    """
    import torch

    if not torch.cuda.is_available():
        raise NoGpu(NONE)
    return Cuda()


def device_here() -> Device:
    """Return this machine's GPU, for a command that needs one.

    Raises
    ------
    UnavailableError
        There is none.
    """
    try:
        return require_gpu()
    except NoGpu as none:
        raise UnavailableError(
            none.message, "on a machine with an NVIDIA card: the same command; grade doctor"
        ) from None


def least_seconds(operations: float, moved: float) -> float:
    """Return the least time that this many operations and bytes moved take on any GPU."""
    return max(operations / MOST_OPERATIONS, moved / MOST_BYTES)
