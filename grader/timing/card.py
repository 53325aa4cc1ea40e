"""A race of one dtype on a GPU, from its thresholds to a reliable measurement."""

from grader.course.medals import Thresholds, calibration_on_gpu, medals_of
from grader.judge.outcomes import CheckFailed, NoGpu, TooNoisy
from grader.records import Isolation
from grader.records.speeds import Measurement
from grader.timing import gpu
from grader.timing.batches import comparing_batches
from grader.timing.card_state import require_idle
from grader.timing.closeness import USUAL, Closeness, CloseTo
from grader.timing.on_device import MOST_SECONDS, CompareAll, DeviceRace
from grader.timing.runners import ReferenceWorkers
from grader.timing.workload import Workload

KERNELS = "Triton compiles kernels with programs that no sealed worker may start: timed with --tier self only"


def comparing(dtype: str, tolerances: Closeness | None, names: tuple[str, ...]) -> CompareAll:
    """Return a function that compares batches, on the device first.

    Parameters
    ----------
    dtype : str
    tolerances : Closeness or None
        For float32; other dtypes have their own. None for the usual ones.
    names : tuple of str
        Names of the parts of an answer.
    """
    compare = CloseTo((tolerances or USUAL).in_dtype(dtype), names)
    return comparing_batches(compare, compare)


def require_calibrated(entry: Thresholds | None, device: gpu.Device, unit: str, task: str, dtype: str) -> Thresholds:
    """Return the thresholds if they were measured on this GPU.

    Raises
    ------
    NoGpu
        There are none.
    """
    if entry is None or entry.device != device.name:
        raise not_calibrated(task, unit, dtype, device.name)
    return entry


def not_calibrated(task: str, unit: str, dtype: str, card: str) -> NoGpu:
    """Return the outcome of a race without thresholds: what is missing, and the command that measures it."""
    return NoGpu(f"{task} is not calibrated for {card}, {dtype}: {calibration_on_gpu(unit, dtype)}")


def require_room(device: gpu.Device, workers: ReferenceWorkers) -> None:
    """Raise `NoGpu` if a tier's isolation does not allow a race on a GPU."""
    if workers.tier is Isolation.WEAK:
        raise NoGpu(f"races on {device.name} need the tier sealed, this is weak: grade doctor")
    if workers.library == "triton" and workers.tier is not Isolation.SELF:
        raise NoGpu(KERNELS)


def raced(
    device: gpu.Device,
    workers: ReferenceWorkers,
    workload: Workload,
    dtype: str,
    *,
    entry: Thresholds,
    compare: CompareAll,
) -> Measurement:
    """Race the student's function against torch's operator on a GPU.

    Raises
    ------
    CheckFailed
        An answer is wrong, or the time is impossible on any GPU.
    TooNoisy
        The machine is too noisy.
    """
    require_idle(device.reading, device.name)
    race = DeviceRace(device, workers, workload, dtype)
    edges = [medal.edge for medal in medals_of(entry)]
    result = race.measure(race.student, compare, edges=edges, seconds=MOST_SECONDS)
    refuse_below(race.least_seconds(gpu.least_seconds), result, f"of time on {device.name}", "any card")
    return result


def refuse_below(least: float, result: Measurement, clock: str, fastest: str) -> None:
    """Raise if a call took less time than its work requires.

    The transfer time is measured by another worker, so noise there can make an honest call look too short.

    Raises
    ------
    CheckFailed
        Even the slowest worker's calls were too short, with only the least transfer time subtracted.
    TooNoisy
        The median is too short, which noise can cause; listed for review.
    """
    if result.seconds >= least:
        return
    told = (
        f"a call took {1e6 * result.seconds:.1f} us {clock}; the work alone takes {1e6 * least:.1f} us "
        f"on {fastest} there is"
    )
    if result.most_seconds < least:
        raise CheckFailed(f"{told}, so it was not done in these calls")
    raise TooNoisy(f"{told}, so it cannot be told how long it took", review=told)
