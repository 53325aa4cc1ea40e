"""`tiers.toml`: thresholds of a unit's timed tasks, measured and written by `grade calibrate`.

A threshold is a ratio: the student's time divided by that of torch's operator on the same inputs. Each entry records
its origin: the device, the day, the command, and the ratios of the solution and the naive version.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from grader.errors import CourseError

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
