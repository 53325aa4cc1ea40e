"""The seam for races on a GPU: what a device must be able to do, and CUDA. Looked for here and nowhere else.

To ask torch for a GPU starts CUDA's driver in the process that asks, and whatever is forked from such a process cannot
use CUDA any more: no zygote and no judge that will fork calls this.
"""

import contextlib
import time
from typing import Any, Protocol

from grader.errors import UnavailableError
from grader.judge.outcomes import NoGpu
from grader.judge.remote import RemoteTransport
from grader.timing.card_state import CardReading, reading_of
from grader.worker.gpu import compute_as_named

MOST_OPERATIONS = 5e15  # per second: twice what any card does, in whatever precision; for times that cannot be
MOST_BYTES = 2e13
NONE = "this machine has no GPU that torch can use"
SEGMENT = 2 << 20  # the allocator takes memory from the driver in pieces of this size


class Device(Protocol):
    """Something that can be raced on.

    Attributes
    ----------
    where : str
        As torch calls it: ``cuda``.
    name : str
        As people do.
    """

    where: str
    name: str

    def cache_bytes(self) -> int:
        """Return the size of the cache that a batch must not fit into."""

    def free_bytes(self) -> int:
        """Return how much memory nobody has taken."""

    def allocate(self, count: int) -> Any:
        """Return a tensor of at least so many bytes in memory that nothing else of this process shares."""

    def share(self, block: Any) -> tuple[Any, ...] | None:
        """Return a handle of a block, plain data, for another process; None where that cannot be."""

    def forget(self) -> None:
        """Let go of what has been shared: the workers that had opened it have ended."""

    def synchronize(self) -> None:
        """Wait until the device has done everything that this process asked for."""

    def flush(self) -> None:
        """Put other data into the cache, and wait."""

    def seconds(self, worker: RemoteTransport) -> float:
        """Return the time by the clock that a worker's batches are measured with."""

    def reading(self) -> CardReading | None:
        """Return a look at the card's own clock and what slows it down; None where that is not told."""


class Cuda:
    """The first NVIDIA card that torch can use."""

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
        """Return how much memory nobody has taken."""
        self._torch.cuda.empty_cache()
        return int(self._torch.cuda.mem_get_info(0)[0])

    def allocate(self, count: int) -> Any:
        """Return a tensor of bytes that fills a piece of the driver's memory of its own.

        CUDA shares whole pieces: what lies beside a tensor in the same one, whoever opens the handle can read.
        """
        self._torch.cuda.empty_cache()
        whole = max(count, 10 * SEGMENT)
        return self._torch.empty(-(-whole // SEGMENT) * SEGMENT, dtype=self._torch.uint8, device=self.where)

    def share(self, block: Any) -> tuple[Any, ...] | None:
        """Return what `torch.UntypedStorage._share_cuda_` says of a block, as far as another process needs it."""
        self.synchronize()
        if not self._is_alone(block):
            return None
        try:
            device, handle, size, offset, counter, place, _, _ = block.untyped_storage()._share_cuda_()
        except RuntimeError:  # some drivers and most containers allow none
            return None
        self._shared.append((counter, int(place)))
        return (int(device), handle, int(size), int(offset), counter, int(place))

    def forget(self) -> None:
        """Count the workers out that were killed before they could do so: torch keeps what somebody may still read."""
        for counter, place in self._shared:
            release = self._torch.UntypedStorage._release_ipc_counter
            with contextlib.suppress(RuntimeError):  # no counter any more
                release(counter, place, device=self.where)  # type: ignore[no-untyped-call]  # torch has no types for it
        self._shared.clear()
        self._torch.cuda.ipc_collect()  # type: ignore[no-untyped-call]  # torch has no types for it

    def _is_alone(self, block: Any) -> bool:
        """Tell whether nothing else lies in a block's piece of memory."""
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
        """Return the time by the clock on the wall: what a card does leaves no trace in a process's CPU time."""
        return time.perf_counter()

    def reading(self) -> CardReading | None:
        """Return what NVIDIA's own library says of the card."""
        uuid = getattr(self._properties, "uuid", None)
        return None if uuid is None else reading_of(f"GPU-{uuid}")


def require_gpu() -> Device:
    """Return the GPU that races can run on.

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
    """Return this machine's GPU, for a command that is about nothing else.

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
    """Return the time that so many operations and bytes moved take at the very least, on any card."""
    return max(operations / MOST_OPERATIONS, moved / MOST_BYTES)
