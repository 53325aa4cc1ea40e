"""Parallel work follows the cores that this process may use, not those that the machine has."""

import os
from pathlib import Path

import pytest

from grader.metering.processes import usable_cores

EIGHT = set(range(8))


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: EIGHT, raising=False)
    monkeypatch.setattr(os, "process_cpu_count", lambda: len(EIGHT), raising=False)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def cores(tmp_path: Path, membership: str, **files: str) -> int:
    """Return what is found where a process is in these groups, and these files limit them; ``__`` is a folder's end."""
    write(tmp_path / "membership", membership)
    for name, text in files.items():
        path = name.replace("__", "/")
        folder, _, last = path.rpartition("/")
        write(tmp_path / "cgroup" / folder / last.replace("cpu_", "cpu.", 1), text)
    return usable_cores(tmp_path / "cgroup", tmp_path / "membership")


def test_the_cores_that_the_scheduler_may_choose_from_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert usable_cores(tmp_path, tmp_path / "none") == 8
    monkeypatch.setattr(os, "process_cpu_count", lambda: 3, raising=False)
    assert usable_cores(tmp_path, tmp_path / "none") == 3


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("max 100000\n", 8),
        ("9900000 100000\n", 8),
        ("nonsense\n", 8),
        ("", 8),
    ],
)
def test_a_group_s_share_of_the_time_counts(tmp_path: Path, quota: str, expected: int) -> None:
    assert cores(tmp_path, "0::/course/grading\n", course__grading__cpu_max=quota) == expected


def test_the_smallest_share_of_the_groups_around_counts(tmp_path: Path) -> None:
    usable = cores(
        tmp_path, "0::/course/grading\n", course__cpu_max="300000 100000", course__grading__cpu_max="max 100000"
    )
    assert usable == 3


def test_inside_a_container_the_group_is_the_mount_itself(tmp_path: Path) -> None:
    assert cores(tmp_path, "0::/../../elsewhere\n", cpu_max="400000 100000") == 4
    assert cores(tmp_path, "0::/\n", cpu_max="400000 100000") == 4


@pytest.mark.parametrize(("quota", "expected"), [("250000", 3), ("-1", 8)])
def test_the_first_form_of_groups_counts_too(tmp_path: Path, quota: str, expected: int) -> None:
    files = {"cpu,cpuacct__jobs__cpu_cfs_quota_us": quota, "cpu,cpuacct__jobs__cpu_cfs_period_us": "100000"}
    assert cores(tmp_path, "4:memory:/jobs\n2:cpu,cpuacct:/jobs\n0::/\n", **files) == expected
