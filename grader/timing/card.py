"""One dtype's race on a card, from the thresholds to a measurement that can be believed."""

from grader.course.medals import medals_of
from grader.course.thresholds import Thresholds, calibration_on_gpu
from grader.judge.outcomes import CheckFailed, NoGpu, TooNoisy
from grader.records import Tier
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
    """Return what compares batches, first on the device: float32 by the test's tolerances, else by those of the dtype.

    Parameters
    ----------
    dtype : str
    tolerances : Closeness or None
        For float32; None stands for the usual ones.
    names : tuple of str
        What the parts of an answer are called.
    """
    compare = CloseTo((tolerances or USUAL).in_dtype(dtype), names)
    return comparing_batches(compare, compare)


def require_calibrated(entry: Thresholds | None, device: gpu.Device, unit: str, task: str, dtype: str) -> Thresholds:
    """Return thresholds that were measured on this card.

    Raises
    ------
    NoGpu
        There are none.
    """
    if entry is None or entry.device != device.name:
        raise not_calibrated(task, unit, dtype, device.name)
    return entry


def not_calibrated(task: str, unit: str, dtype: str, card: str) -> NoGpu:
    """Return what ends a race without thresholds: what is missing, and the command that measures it."""
    return NoGpu(f"{task} is not calibrated for {card}, {dtype}: {calibration_on_gpu(unit, dtype)}")


def require_room(device: gpu.Device, workers: ReferenceWorkers) -> None:
    """Raise `NoGpu` where the walls of a tier leave no room for a race on a card."""
    if workers.tier is Tier.WEAK:
        raise NoGpu(f"races on {device.name} need the tier sealed, this is weak: grade doctor")
    if workers.library == "triton" and workers.tier is not Tier.SELF:
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
    """Race the student's function against torch's operator on a card.

    Raises
    ------
    CheckFailed
        An answer is wrong, or the time is none that a card can have.
    TooNoisy
        The machine cannot be believed.
    """
    require_idle(device.reading, device.name)
    race = DeviceRace(device, workers, workload, dtype)
    edges = [medal.edge for medal in medals_of(entry)]
    result = race.measure(race.student, compare, edges=edges, seconds=MOST_SECONDS)
    refuse_below(race.least_seconds(gpu.least_seconds), result, f"of time on {device.name}", "any card")
    return result


def refuse_below(least: float, result: Measurement, clock: str, fastest: str) -> None:
    """Raise if a call took less time than its work can take.

    The wire's time is measured by another worker, so noise there can make an honest call look shorter than it was.

    Raises
    ------
    CheckFailed
        In no worker a call took as long, even without the least that the wire has ever taken.
    TooNoisy
        It took less by the median, which noise can bring about; it is listed for review.
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
