"""Thresholds of a unit's timed tasks, the medals for a ratio, and measurements in words.

Thresholds stand in `tiers.toml`, measured and written by `grade calibrate`. A threshold is a ratio: the student's time
divided by that of torch's operator on the same inputs. Each entry records its origin: the device, the day, the command,
and the ratios of the solution and the naive version.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from grader.errors import CourseError
from grader.records import Speed
from grader.records.speeds import Measurement, Roofline

APART = 1.2  # minimum factor between thresholds; closer ones cannot be distinguished

Ratio = Annotated[float, Meta(gt=0)]


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """The largest ratio of each medal for one task on one kind of device, and how it was derived."""

    gold: Ratio
    silver: Ratio
    bronze: Ratio
    solution: Ratio
    naive: Ratio
    device: Annotated[str, Meta(min_length=1)]
    date: date
    command: Annotated[str, Meta(min_length=1)]


class Edges(Struct, frozen=True):
    """A task's thresholds as students see them: the largest ratio of each medal, and the device."""

    gold: Ratio
    silver: Ratio
    bronze: Ratio
    device: str = ""


Tiers = dict[str, dict[str, Thresholds]]
"""Thresholds by task, then by kind of race: ``cpu``, ``gpu_float32``, ``gpu_bfloat16``."""


def tier_name(dtype: str) -> str:
    """Return the key of the thresholds for a dtype on a GPU."""
    return f"gpu_{dtype}"


def calibration_on_gpu(unit: str, dtype: str) -> str:
    """Return the command that measures a unit's thresholds for a dtype on a GPU.

    Examples
    --------
    >>> calibration_on_gpu("waves", "float32"), calibration_on_gpu("waves", "bfloat16")
    ('grade calibrate waves --gpu', 'grade calibrate waves --gpu --dtype bfloat16')
    """
    return f"grade calibrate {unit} --gpu" + ("" if dtype == "float32" else f" --dtype {dtype}")


def read_tiers(path: Path) -> Tiers:
    """Return a unit's thresholds; empty if there is no file.

    Raises
    ------
    CourseError
        If the file is broken; the message says where.
    """
    if not path.is_file():
        return {}
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Tiers)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is broken: {error}", f"grade calibrate {path.parent.name}") from None


def edges_of(tiers: Tiers) -> dict[str, dict[str, Edges]]:
    """Return the thresholds for students, by task and device, without the solution's ratio."""
    return {
        task: {device: Edges(one.gold, one.silver, one.bronze, one.device) for device, one in devices.items()}
        for task, devices in tiers.items()
    }


def tiers_text(tiers: Mapping[str, Mapping[str, Thresholds]]) -> str:
    """Return the text of the file, with numbers rounded to three digits.

    Examples
    --------
    >>> entry = Thresholds(1.5, 3, 6, 1.2, 9.8, "a CPU", date(2031, 5, 1), "grade calibrate waves")
    >>> print(tiers_text({"wave_fast": {"cpu": entry}}).splitlines()[2])
    [wave_fast.cpu]
    """
    lines = ["# Ratios to torch's own time. Written by `grade calibrate`; measure anew rather than edit."]
    for task, devices in tiers.items():
        for device, entry in devices.items():
            lines += ["", f"[{task}.{device}]"]
            lines += [f"{name} = {_toml(value)}" for name, value in msgspec.structs.asdict(entry).items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, float | int):
        return f"{float(f'{value:.3g}')}"
    return str(value) if isinstance(value, date) else msgspec.json.encode(value).decode()


def too_close(entry: Thresholds) -> bool:
    """Return whether two thresholds cannot be distinguished, or do not ascend."""
    return entry.silver < APART * entry.gold * (1 - 1e-3) or entry.bronze < APART * entry.silver * (1 - 1e-3)


MARGIN = 0.9  # in the student's favour: a medal is granted if this fraction of the ratio is within its threshold


class Medal(NamedTuple):
    """A medal: its name, its share of the points, and the largest ratio that reaches it."""

    name: str
    credit: float
    edge: float


def medals_of(thresholds: Thresholds | Edges) -> tuple[Medal, Medal, Medal]:
    """Return the medals, highest first."""
    return (
        Medal("gold", 1.0, thresholds.gold / MARGIN),
        Medal("silver", 2 / 3, thresholds.silver / MARGIN),
        Medal("bronze", 1 / 3, thresholds.bronze / MARGIN),
    )


def placed(ratio: float, medals: tuple[Medal, ...]) -> tuple[Medal | None, Medal | None]:
    """Return the medal that a ratio reaches and the next higher one, each None if there is no such medal.

    Parameters
    ----------
    ratio : float
        The student's time divided by torch's.
    medals : tuple of Medal
        Medals, highest first.

    Returns
    -------
    tuple of Medal or None
        The medal reached, and the next higher one.
    """
    within = [number for number, medal in enumerate(medals) if ratio <= medal.edge]
    first = within[0] if within else len(medals)
    reached = medals[first] if within else None
    return reached, medals[first - 1] if first else None


SUSPICIOUS = 1 / 5  # of torch's time: faster answers are listed for review
UNEVEN = 1.5  # mean divided by median: shows if half of the calls cost twice as much as the others
REHEARSED = "the answers are right; this was a dry run, nothing was timed"


def measured(result: Measurement, medal: Medal | None) -> str:
    """Return the measurement in one line.

    Examples
    --------
    >>> measured(Measurement(0.984, 0.96, 1.0134, 12, "one thread of a CPU", 0.01, 0.01, 3), Medal("gold", 1.0, 1.3))
    "0.98 x torch's time (0.96 to 1.01, 12 pairs in 3 workers, one thread of a CPU) · gold"
    """
    return f"{without_medal(result)} · {medal.name if medal else 'below bronze'}"


def without_medal(result: Measurement) -> str:
    """Return the measurement in one line, without a medal."""
    pairs = f"{result.pairs} pairs" + (f" in {result.workers} workers" if result.workers > 1 else "")
    interval = f"{ratio_text(result.low)} to {ratio_text(result.high)}"
    details = ", ".join(filter(None, (interval, pairs, result.device, result.details)))
    return f"{ratio_text(result.ratio)} x torch's time ({details})"


def speed_of(result: Measurement, medal: Medal | None) -> Speed:
    """Convert a measurement to its record."""
    fields = result._asdict()
    del fields["most_seconds"]
    return Speed(**fields, tier=medal.name if medal else "")


def measurement_of(speed: Speed) -> Measurement:
    """Convert a record to a measurement."""
    kept = {name: getattr(speed, name) for name in Measurement._fields if name != "most_seconds"}
    return Measurement(**kept, most_seconds=speed.seconds)


def to_review(result: Measurement) -> str:
    """Return why a measurement needs a review; empty if it does not."""
    reasons = []
    if result.ratio < SUSPICIOUS:
        reasons.append("more than five times as fast as torch")
    if result.mean > UNEVEN * result.ratio:
        reasons.append(f"calls differ in cost, the mean is {ratio_text(result.mean)} x torch's time")
    return ", ".join(reasons)


def needed(medal: Medal) -> str:
    """Return a sentence about the ratio that a medal needs.

    Examples
    --------
    >>> needed(Medal("silver", 2 / 3, 2.4))
    "silver needs 2.40 x torch's time or less"
    """
    return f"{medal.name} needs {ratio_text(medal.edge)} x torch's time or less"


def ratio_text(ratio: float) -> str:
    """Return a ratio with three significant digits, and at most two decimals.

    Examples
    --------
    >>> ratio_text(0.984), ratio_text(12.345), ratio_text(345.6)
    ('0.98', '12.3', '346')
    """
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


class Timed(Struct, frozen=True):
    """A timed task with its measurements.

    Attributes
    ----------
    task : str
    student, naive : Measurement
        The student's function and the naive version, each compared with torch.
    roofline : Roofline
    operations, moved : float
        Minimum operations and bytes moved per call.
    edges : Edges or None
        The medals' thresholds, if known.
    """

    task: str
    student: Measurement
    naive: Measurement
    roofline: Roofline
    operations: float
    moved: float
    edges: Edges | None = None

    @property
    def torch_seconds(self) -> float:
        """Time of torch beside the student's function."""
        return self.student.reference_seconds

    @property
    def roof_seconds(self) -> float:
        """Lower bound for the time of a call on this machine."""
        return self.roofline.seconds(self.operations, self.moved)

    @property
    def medal(self) -> str:
        """Medal that the student's ratio reaches; empty below bronze, or if thresholds are unknown."""
        reached = placed(self.student.ratio, medals_of(self.edges))[0] if self.edges else None
        return reached.name if reached else ""
