"""What is installed beside the engine, for `grade doctor`."""

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.requirements import Requirement
from collections.abc import Sequence

import click

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from grader.cli.screen import Screen
    from grader.records import Tier
    from grader.sandbox.diagnosis import Missing
    from grader.sandbox.probe import TierReport


class Software(Struct, frozen=True):
    """Versions and devices.

    Attributes
    ----------
    system, python, torch : str
    gpus : tuple of str
        Names of those that torch can use.
    extras : dict of str to tuple of str
        For each optional part of the package, the requirements that are not met.
    driver : str
        Version of the NVIDIA driver; empty where none is found.
    gpu_binds : tuple of str
        What a sealed worker with a GPU would see of it.
    """

    system: str
    python: str
    torch: str
    gpus: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]
    driver: str = ""
    gpu_binds: tuple[str, ...] = ()


def installed_software() -> Software:
    """Look around; imports torch."""
    import torch

    from grader.sandbox.nvidia import find_driver

    driver = find_driver()
    return Software(
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        torch=str(torch.__version__),
        gpus=tuple(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())),
        extras=unmet_extras("deepgrade"),
        driver=(driver.version or "of unknown version") if driver.is_there else "",
        gpu_binds=tuple(str(path) for path in (*driver.nodes, *driver.libraries, *driver.facts)),
    )


def unmet_extras(name: str) -> dict[str, tuple[str, ...]]:
    """Return the extras of an installed package, each with those of its requirements that are not met.

    Parameters
    ----------
    name : str
        Of the distribution.
    """
    from packaging.requirements import Requirement

    extras = metadata.metadata(name).get_all("Provides-Extra") or []
    required = [Requirement(text) for text in metadata.requires(name) or []]
    return {
        extra: tuple(
            str(one.name) for one in required if one.marker and _belongs(one.marker, extra) and not _is_met(one)
        )
        for extra in extras
    }


def _belongs(marker: "Marker", extra: str) -> bool:
    """Tell whether a requirement is there because of an extra, on this machine."""
    return marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def _is_met(requirement: "Requirement") -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, nothing else.")
def doctor(as_json: bool) -> int:
    """Try out the walls of this machine.

    A worker of each tier really tries to read a hidden file, to reach the network, to start a process, and more. The
    exit code is 0 only if the tier sealed is reached: nothing less is for grading other people's code.

    \b
    Example:
      grade doctor
    """
    from grader.cli.screen import Screen
    from grader.records import Tier
    from grader.sandbox.probe import probe

    screen, reports = Screen(), []
    with screen.waiting("trying out the walls") as tell:
        for tier in Tier:
            tell(f"trying out the walls: {tier}")
            reports.append(probe(tier))
        tell("looking at what is installed")
        software = installed_software()
    if as_json:
        _print_json(reports, software)
    else:
        _print_report(screen, reports, software)
    return 0 if _best(reports) is Tier.SEALED else 1


def _best(reports: "Sequence[TierReport]") -> "Tier | None":
    return next((report.tier for report in reports if report.reached), None)


def _print_json(reports: "Sequence[TierReport]", software: "Software") -> None:
    import msgspec

    from grader.sandbox.probe import PROMISES

    tiers = [
        {
            "tier": report.tier,
            "reached": report.reached,
            "promises": [attempt.name for attempt in report.escape_tests if attempt.name in PROMISES[report.tier]],
            "escape_tests": report.escape_tests,
            "missing": report.missing,
        }
        for report in reports
    ]
    click.echo(msgspec.json.encode({"tier": _best(reports), "tiers": tiers, "software": software}).decode())


def _print_report(screen: "Screen", reports: "Sequence[TierReport]", software: "Software") -> None:
    from rich.padding import Padding

    screen.tell(*_verdict(reports))
    screen.say()
    screen.draw(Padding(_table(screen, reports), (0, 0, 0, 2), expand=False))
    screen.tell(f"{screen.marks.skipped} not promised by this tier, and not so", style="dim", indent=2)
    screen.say()
    for missing, tiers in _by_missing(reports).items():
        _print_missing(screen, missing, tiers)
    _print_software(screen, software)


def _verdict(reports: "Sequence[TierReport]") -> tuple[str, str]:
    """Return what the machine is good for, and the colour of it."""
    verdicts = {
        "sealed": ("This machine reaches the tier sealed: other people's code can be graded here.", "green"),
        "weak": (
            "This machine reaches the tier weak, not sealed: results will be labelled, and other people's code is "
            "refused unless you ask for the tier by name.",
            "yellow",
        ),
        "self": ("This machine reaches only the tier self: for your own work, not for other people's code.", "red"),
    }
    return verdicts.get(_best(reports) or "", ("No tier is reached here: student code cannot be run at all.", "red"))


def _table(screen: "Screen", reports: "Sequence[TierReport]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 2), header_style="bold")
    table.add_column("a worker tried, and it holds that")
    for report in reports:
        table.add_column(report.tier, justify="center", no_wrap=True, min_width=len(report.tier))
    for name in dict.fromkeys(attempt.name for report in reports for attempt in report.escape_tests):
        table.add_row(Text(name), *(_sign(screen, report, name) for report in reports))
    reached = [Text("yes", "green") if report.reached else Text("no", "red") for report in reports]
    table.add_row(Text("the tier is reached", "bold"), *reached)
    return table


def _sign(screen: "Screen", report: "TierReport", name: str) -> "Text":
    """Return what stands in a tier's column: held, promised but broken, or neither."""
    from rich.text import Text

    from grader.sandbox.probe import PROMISES

    if any(attempt.held for attempt in report.escape_tests if attempt.name == name):
        return Text(screen.marks.passed, "green")
    if name not in PROMISES[report.tier]:
        return Text(screen.marks.skipped, "dim")
    return Text(screen.marks.failed, "red")


def _by_missing(reports: "Sequence[TierReport]") -> "dict[Missing, list[Tier]]":
    """Return what is missing, once, with the tiers that it is missing for."""
    found: dict[Missing, list[Tier]] = {}
    for report in reports:
        for missing in report.missing:
            found.setdefault(missing, []).append(report.tier)
    return found


def _print_missing(screen: "Screen", missing: "Missing", tiers: "Sequence[Tier]") -> None:
    from grader.printable import safe

    screen.tell(safe(f"missing for {' and '.join(tiers)}: {missing.what}"), style="yellow")
    for line in safe(missing.mend).splitlines():
        if line.startswith("# "):
            screen.tell(line.removeprefix("# "), indent=4)
        else:
            screen.say(f"    {line}")
    screen.say()


def _print_software(screen: "Screen", software: "Software") -> None:
    extras = [f"{name} {_unmet(names)}" for name, names in software.extras.items()]
    lines = {
        "system": software.system,
        "python": software.python,
        "torch": software.torch,
        "GPU": _gpu(software),
        "extras": ", ".join(extras) or "none",
    }
    for name, text in lines.items():
        screen.tell(f"{name:<7} {text}", indent=2)


def _gpu(software: "Software") -> str:
    """Return what there is of a GPU, its driver, and how much of it a sealed worker would see."""
    found = ", ".join(software.gpus) or "none that torch can use; GPU tests are skipped"
    if not software.driver:
        return found
    nodes = [path for path in software.gpu_binds if path.startswith("/dev/")]
    others = len(software.gpu_binds) - len(nodes)
    sealed = f"a sealed worker would see {', '.join(nodes)} and {others} files and folders of the driver's"
    return f"{found}; driver {software.driver}; {sealed}"


def _unmet(names: Sequence[str]) -> str:
    return f"without {', '.join(names)}" if names else "complete"
