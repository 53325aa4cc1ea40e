"""`grade doctor`: test this machine's isolation, and say what is missing and how to install it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from grader.cli.screen import Screen
    from grader.cli.software import Software
    from grader.records import Isolation
    from grader.sandbox.diagnosis import Missing
    from grader.sandbox.probe import IsolationReport


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, nothing else.")
def doctor(as_json: bool) -> int:
    """Test the sandboxes of this machine.

    A worker of each tier tries to read a hidden file, to reach the network, to start a process, and more. The exit code
    is 0 only if the tier sealed is reached: any lower tier is unsafe for other people's code.

    \b
    Example:
      grade doctor
    """
    from grader.cli.screen import Screen
    from grader.cli.software import installed_software
    from grader.records import Isolation
    from grader.sandbox.probe import probe

    screen, reports = Screen(), []
    with screen.waiting("trying out the walls") as update:
        for tier in Isolation:
            update(f"trying out the walls: {tier}")
            reports.append(probe(tier))
        update("looking at what is installed")
        software = installed_software()
    if as_json:
        _print_json(reports, software)
    else:
        _print_report(screen, reports, software)
    return 0 if _best(reports) is Isolation.SEALED else 1


def _best(reports: "Sequence[IsolationReport]") -> "Isolation | None":
    return next((report.tier for report in reports if report.reached), None)


def _print_json(reports: "Sequence[IsolationReport]", software: "Software") -> None:
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


def _print_report(screen: "Screen", reports: "Sequence[IsolationReport]", software: "Software") -> None:
    from rich.padding import Padding

    screen.paragraph(*_verdict(reports))
    screen.print()
    screen.draw(Padding(_table(screen, reports), (0, 0, 0, 2), expand=False))
    screen.paragraph(f"{screen.marks.skipped} not promised by this tier, and not so", style="dim", indent=2)
    screen.print()
    for missing, tiers in _by_missing(reports).items():
        _print_missing(screen, missing, tiers)
    _print_software(screen, software)


def _verdict(reports: "Sequence[IsolationReport]") -> tuple[str, str]:
    """Return the verdict on the machine, and its colour."""
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


def _table(screen: "Screen", reports: "Sequence[IsolationReport]") -> "Table":
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


def _sign(screen: "Screen", report: "IsolationReport", name: str) -> "Text":
    """Return a tier's sign for one escape test: held, promised but broken, or neither."""
    from rich.text import Text

    from grader.sandbox.probe import PROMISES

    if any(attempt.held for attempt in report.escape_tests if attempt.name == name):
        return Text(screen.marks.passed, "green")
    if name not in PROMISES[report.tier]:
        return Text(screen.marks.skipped, "dim")
    return Text(screen.marks.failed, "red")


def _by_missing(reports: "Sequence[IsolationReport]") -> "dict[Missing, list[Isolation]]":
    """Return each missing item with the tiers that need it."""
    tiers: dict[Missing, list[Isolation]] = {}
    for report in reports:
        for missing in report.missing:
            tiers.setdefault(missing, []).append(report.tier)
    return tiers


def _print_missing(screen: "Screen", missing: "Missing", tiers: "Sequence[Isolation]") -> None:
    from grader.printable import safe

    screen.paragraph(safe(f"missing for {' and '.join(tiers)}: {missing.what}"), style="yellow")
    for line in safe(missing.mend).splitlines():
        if line.startswith("# "):
            screen.paragraph(line.removeprefix("# "), indent=4)
        else:
            screen.print(f"    {line}")
    screen.print()


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
        screen.paragraph(f"{name:<7} {text}", indent=2)


def _gpu(software: "Software") -> str:
    """Return a line about the GPUs, the driver, and the parts that a sealed worker would see."""
    gpus = ", ".join(software.gpus) or "none that torch can use; GPU tests are skipped"
    if not software.driver:
        return gpus
    nodes = [path for path in software.gpu_binds if path.startswith("/dev/")]
    others = len(software.gpu_binds) - len(nodes)
    sealed = f"a sealed worker would see {', '.join(nodes)} and {others} files and folders of the driver's"
    return f"{gpus}; driver {software.driver}; {sealed}"


def _unmet(names: Sequence[str]) -> str:
    return f"without {', '.join(names)}" if names else "complete"
