"""`grade update`: a newer bundle of the course, with the student's work kept."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.release.update import UpdatePlan

MOST_LINES = 40  # of a stub's changes; the rest is in the file that is named
MOST_NAMES = 12


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@pass_place
def update(place: Place, bundle: Path, dry_run: bool) -> int:
    """Take over a newer bundle: a folder, or a zip.

    New tests, mended handouts and stubs that you have not touched are taken over. Your work, your results and the hints
    that you have seen stay. Of a stub that you have worked on and that has changed, you see what has changed; the file
    is left alone. An update that was broken off can be started again.

    \b
    Examples:
      grade update ~/Downloads/course-week3.zip --dry-run
      grade update ~/Downloads/course-week3.zip
    """
    from grader.cli.screen import Screen
    from grader.release.update import carry_out, opened_bundle, plan_update

    course, screen = place.course, Screen()
    with opened_bundle(bundle.absolute()) as source:
        plan = plan_update(course, source)
        _print_kept(screen, plan)
        if not (plan.written or plan.removed):
            screen.print("everything else is as in the new bundle already" if plan.kept else "nothing to update")
            return 0
        _print_names(screen, "would be taken over" if dry_run else "taken over", plan.written)
        _print_names(screen, "would be removed" if dry_run else "removed", plan.removed)
        if dry_run:
            screen.print(f"\nnext: grade update {bundle}")
            return 0
        folder = carry_out(course, plan, datetime.now())
    if folder.is_dir():
        screen.print(f"\nwhat was replaced: {shown(folder)}")
    if plan.renews_engine:
        screen.paragraph("\nthe course's software is newer, too: python -m pip install -r requirements.txt")
    screen.print("\nnext: grade")
    return 0


def _print_kept(screen: "Screen", plan: "UpdatePlan") -> None:
    """Print what has changed in stubs that the student has worked on."""
    from grader.printable import safe

    for stub in plan.kept:
        screen.paragraph(f"{stub.name} is yours and stays as it is; the stub has changed:", "yellow")
        for line in stub.diff[:MOST_LINES]:
            screen.print(f"  {safe(line)}")
        if len(stub.diff) > MOST_LINES:
            screen.print(f"  ({len(stub.diff) - MOST_LINES} more lines)")
        screen.paragraph("to take a function over, with yours kept as a backup: grade reset TASK\n", indent=2)


def _print_names(screen: "Screen", title: str, names: tuple[str, ...]) -> None:
    if not names:
        return
    screen.print(f"{title}: {len(names)} file{'s' * (len(names) != 1)}")
    visible = [name for name in names if not name.startswith(".stubs/")]
    for name in visible[:MOST_NAMES]:
        screen.print(f"  {name}")
    if len(visible) > MOST_NAMES:
        screen.print(f"  and {len(visible) - MOST_NAMES} more")
