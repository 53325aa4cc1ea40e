"""`grade autograde`, `leaderboard`, `simulate` and `demo`: commands for instructors."""

import shlex
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.intake import LOOK, SUBMISSIONS, layout_options
from grader.cli.place import Place, pass_place, shown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from grader.cli.screen import Screen
    from grader.cluster.engines import Cluster
    from grader.course.registry import Course
    from grader.records import Isolation

FOLDER = click.Path(path_type=Path, file_okay=False)
TIERS = ("sealed", "weak", "self")


@click.command()
@click.argument("submissions", type=SUBMISSIONS)
@click.option(
    "--out", default=Path("results"), metavar="DIR", type=FOLDER, help="Folder for the results; by default results/."
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Submissions at a time; by default one per core that may be used.",
)
@click.option(
    "--tier",
    type=click.Choice((*TIERS, "best")),
    default="sealed",
    help="Isolation tier; by default sealed. best: the strongest of this machine, never self.",
)
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--student", "students", multiple=True, metavar="ID", help="Only this student's folder; repeatable.")
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Rerun only this task's tests; repeatable.")
@click.option("--without", multiple=True, metavar="TEST", help="Leave this test out for all students; repeatable.")
@click.option("--zero", multiple=True, metavar="STUDENT/UNIT", help="Count this refused hand-in as zero; repeatable.")
@click.option(
    "--engine",
    default="local",
    metavar="NAME",
    help="Where to grade: local, dask://HOST:PORT (see grade worker), or slurm:N for N jobs of Slurm.",
)
@click.option("--regrade", is_flag=True, help="Grade everything again, even if unchanged.")
@click.option("--excel", is_flag=True, help="Write the tables for a spreadsheet, with a byte order mark.")
@click.option(
    "--expect",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Compare the grades with those written by grade simulate.",
)
@layout_options
@pass_place
def autograde(
    place: Place,
    /,
    submissions: Path,
    out: Path,
    jobs: int | None,
    *,
    tier: str,
    engine: str,
    excel: bool,
    expect: Path | None,
    layout: str | None,
    times: Path | None,
    **chosen: Any,
) -> int:
    """Grade a folder of submissions.

    SUBMISSIONS has one folder per student, and in it one folder or zip archive per unit; or it is a platform's download
    of one assignment, as a folder or a zip archive: grade intake shows it. Each result is saved as soon as it is ready:
    after an interruption, the same command continues, and later it grades only what has changed. The files in results/
    cover everything that was ever graded there.

    \b
    Exit codes:
      0    every student has a grade
      1    no grades: a test fails on the solution; or --expect differs
      2    wrong command, broken course, or disk error
      3    needs your attention: a hand-in was refused, or the grader failed on it
      130  interrupted; finished results are kept
    \b
    Examples:
      grade autograde submissions --unit perceptron
      grade autograde submissions --student anna --task conv2d_forward
      grade autograde submissions --zero anna/perceptron
      grade autograde submissions --engine dask://10.0.0.1:8786
    """
    from grader.cli.class_run import ClassRun
    from grader.cli.screen import Screen
    from grader.proof.expectation import read_expected, verify
    from grader.submissions.times import read_times

    screen, expected = Screen(), read_expected(expect) if expect else None
    units, students = chosen.pop("units"), chosen.pop("students")
    run = ClassRun(place.course, screen, submissions, out, units=units, students=students, layout=layout or "")
    with _engine(place, screen, engine, _tier(tier)) as cluster:
        outcome = run.grade(
            jobs=jobs, tier=_tier(tier), times=read_times(times) if times else None, cluster=cluster, **chosen
        )
    run.report(outcome, for_spreadsheet=excel)
    screen.print("the same command goes on, or grades again what has changed")
    if expected is not None:
        about = [grade for grade in expected if grade.unit in run.units and (not students or grade.student in students)]
        return _print_differences(screen, run.size, verify(outcome.results, about))
    return 0 if run.is_settled(outcome) else LOOK


def _engine(place: Place, screen: "Screen", name: str, tier: "Isolation") -> "AbstractContextManager[Cluster | None]":
    """Return the machines of an engine; None for this one, which then imports nothing of them."""
    if name == "local":
        return nullcontext()
    from grader.cluster.engines import connect, engine_of

    return connect(place.course, engine_of(name), tier, screen.paragraph)


def _tier(name: str) -> "Isolation":
    """Return a tier by its name; ``best`` is the strongest one with walls that this machine reaches.

    Raises
    ------
    UnavailableError
        If it reaches none.
    """
    from grader.errors import UnavailableError
    from grader.records import Isolation

    if name != "best":
        return Isolation(name)
    from grader.sandbox.probe import best_tier

    tier = best_tier()
    if tier is Isolation.SELF:
        raise UnavailableError("this machine isolates nothing: neither sealed nor weak works here", "grade doctor")
    return tier


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--students", default=40, show_default=True, metavar="N", type=click.IntRange(1, 9999), help="Number of students."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Another seed gives another class.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="Units at a time; by default one per core that may be used."
)
@pass_place
def simulate(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, folder: Path, students: int, seed: int, units: tuple[str, ...], jobs: int | None
) -> int:
    """Create a simulated class of submissions.

    The expected grades are written beside them. For each task, a simulated student hands in the solution, a registered
    mistake, or nothing. Points of timed tests depend on the machine: only their maximum is known.

    \b
    Example:
      grade simulate demo/submissions --students 40 --unit perceptron
    """
    from grader.cli.screen import Screen
    from grader.metering.processes import usable_cores
    from grader.proof.simulate import expectation_path
    from grader.proof.simulate import simulate as make_class

    screen, folder, jobs = Screen(), folder.absolute(), jobs or usable_cores()
    with screen.waiting(f"making up {students} students") as update:
        make_class(place.course, folder, students=students, seed=seed, units=units, on_progress=update, jobs=jobs)
    note = shown(expectation_path(folder))
    screen.print(f"written: {shown(folder)}")
    screen.print(f"what grading it must bring: {note}")
    only = "".join(f" --unit {unit}" for unit in units)
    screen.print(f"\nnext: grade autograde {shlex.quote(shown(folder))}{only} --expect {shlex.quote(note)}")
    return 0


@click.command()
@click.argument("folder", metavar="[DIR]", default=Path("demo"), type=FOLDER)
@click.option(
    "--students", default=40, show_default=True, metavar="N", type=click.IntRange(1, 9999), help="Number of students."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Another seed gives another class.")
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Units, then submissions at a time; by default one per core that may be used.",
)
@click.option("--tier", type=click.Choice(TIERS), help="Isolation tier; by default the strongest on this machine.")
@pass_place
def demo(  # noqa: PLR0917 (click hands over one argument for each option)
    place: Place, folder: Path, students: int, seed: int, jobs: int | None, tier: str | None
) -> int:
    """Grade a simulated class, and check each grade.

    The exit code is 0 only if every grade is as expected. DIR is demo/ by default. The class consists of the course's
    own solutions and registered mistakes, so it may be graded in any tier; the output says which.

    \b
    Example:
      grade demo --students 20
    """
    from msgspec.structs import replace

    from grader.cli.class_run import ClassRun
    from grader.cli.screen import Screen
    from grader.metering.processes import usable_cores
    from grader.proof.simulate import simulate as make_class
    from grader.proof.simulate import verify
    from grader.records import Isolation
    from grader.sandbox.probe import best_tier

    course, screen, folder, jobs = place.course, Screen(), folder.absolute(), jobs or usable_cores()
    with screen.waiting(f"making up {students} students") as update:
        expected = make_class(
            course, folder / "submissions", students=students, seed=seed, on_progress=update, jobs=jobs
        )
    run = ClassRun(course, screen, folder / "submissions", folder / "results")
    outcome = run.grade(jobs=jobs, tier=Isolation(tier) if tier else best_tier(), regrade=True, dry_run=True)
    run.report(replace(outcome, everybody=(), history=()))  # an earlier demo may have had more students
    code = _print_differences(screen, run.size, verify(outcome.results, expected, dry_run=True))
    _write_pages(course, screen, folder / "results")
    return code


def _write_pages(course: "Course", screen: "Screen", results: Path) -> None:
    """Write the class report and the feedback of two submissions that lost points, and print where they are."""
    from grader.cli.feedback import write_page
    from grader.cli.report import write_report
    from grader.desk.class_files import ClassFiles
    from grader.desk.pages import pages_of

    files = ClassFiles(course, results)
    if not files.results:
        return
    failing = sorted((one for one in files.results if one.earned < one.measured), key=lambda one: one.earned == 0)[:2]
    with screen.waiting("writing the pages"):
        pages = [write_page(results / "feedback", page) for page in pages_of(course, files, failing, None)]
        report = write_report(course, files, results / "report")
    screen.print("\nopen in a browser:")
    screen.print(f"  {shown(report)}    the class, and behind each score every test")
    for page in pages:
        screen.print(f"  {shown(page)}    what a student gets back")


def _print_differences(screen: "Screen", size: str, differences: Sequence[str]) -> int:
    screen.print()
    if not differences:
        screen.paragraph(f"{size}: every grade as expected", style="green")
        return 0
    for difference in differences:
        screen.paragraph(difference, indent=2)
    count = f"{len(differences)} difference{'s' * (len(differences) != 1)}"
    screen.paragraph(f"{size}: {count} between what was expected and what was graded", style="red")
    return 1


@click.command()
@click.argument("results", metavar="[RESULTS]", default=Path("results"), type=click.Path(path_type=Path))
@click.option("--names", is_flag=True, help="Show the students' ids instead of pseudonyms.")
@pass_place
def leaderboard(place: Place, results: Path, names: bool) -> int:
    """Rank a class by the speed of its fast tasks.

    RESULTS is the output folder of `grade autograde`, results/ by default. Each student's best time relative to torch
    counts. Pseudonyms are derived from the course's secret: they never change, and only you can resolve them.

    \b
    Example:
      grade leaderboard results
    """
    from rich.text import Text

    from grader.autograde.saved_results import past_results
    from grader.autograde.secret import course_secret, pseudonyms
    from grader.cli.screen import Screen
    from grader.errors import UnavailableError
    from grader.report.leaderboard import board_text, boards

    course, screen = place.course, Screen()
    graded = past_results(results.absolute())
    ranked = boards(graded)
    if not ranked:
        raise UnavailableError(
            f"nothing was timed in {shown(results.absolute())}: {len(graded)} results without a measured speed",
            "units with timed tasks: "
            + (", ".join(unit.name for unit in course.units if unit.is_timed) or "none")
            + "\ngrade autograde SUBMISSIONS --regrade times them anew",
        )
    students = {result.student for result in graded}
    called = {student: student for student in students} if names else pseudonyms(course_secret(course), students)
    texts = [board_text(board, called, screen.marks, screen.width) for board in ranked]
    screen.print(Text("\n\n").join(texts))
    return 0
