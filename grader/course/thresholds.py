"""`tiers.toml`: how fast the timed tasks of a unit must be, as the calibration measured and wrote it.

A threshold is a ratio: the student's time divided by that of torch's own operator on the same inputs. Each entry keeps
what it was derived from: the device, the day, the command, and what the solution and the naive version needed.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from grader.errors import CourseError

APART = 1.2  # tiers that stand closer together cannot be told apart

Ratio = Annotated[float, Meta(gt=0)]


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """The largest ratio of each tier for one task on one kind of device, and where the numbers come from."""

    gold: Ratio
    silver: Ratio
    bronze: Ratio
    solution: Ratio
    naive: Ratio
    device: Annotated[str, Meta(min_length=1)]
    date: date
    command: Annotated[str, Meta(min_length=1)]


class Edges(Struct, frozen=True):
    """What students are told of a task's thresholds: the largest ratio of each tier, and on what they were measured."""

    gold: Ratio
    silver: Ratio
    bronze: Ratio
    device: str = ""


Tiers = dict[str, dict[str, Thresholds]]
"""By task, then by kind of race: ``cpu``, ``gpu_float32``, ``gpu_bfloat16``."""


def tier_name(dtype: str) -> str:
    """Return what the thresholds for a dtype on a GPU are called."""
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
    """Return a unit's thresholds; none where there is no file.

    Raises
    ------
    CourseError
        The file is broken; the message says where.
    """
    if not path.is_file():
        return {}
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Tiers)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is broken: {error}", f"grade calibrate {path.parent.name}") from None


def edges_of(tiers: Tiers) -> dict[str, dict[str, Edges]]:
    """Return what students are told, by task and device; what the solution needed is not part of it."""
    return {
        task: {device: Edges(one.gold, one.silver, one.bronze, one.device) for device, one in devices.items()}
        for task, devices in tiers.items()
    }


def tiers_text(tiers: Mapping[str, Mapping[str, Thresholds]]) -> str:
    """Return the text of the file; three digits are more than a measurement is worth.

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
    """Tell whether two of the tiers cannot be told apart, or do not ascend."""
    return entry.silver < APART * entry.gold * (1 - 1e-3) or entry.bronze < APART * entry.silver * (1 - 1e-3)
