"""Console output of grading a class: header, progress and results."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.place import shown
from grader.cli.screen import Screen
from grader.course.registry import Course
from grader.metering.processes import usable_cores
from grader.records import Isolation, Result
from grader.records.grades import Grade, Person
from grader.records.run import Event, Finished, Outcome, Started

if TYPE_CHECKING:
    from grader.cluster.engines import Cluster
    from grader.submissions.platforms.records import LayoutReading

WARNING = {
    Isolation.SELF: "Submissions run as subprocesses with limits but without walls: only for code that you trust.",
    Isolation.WEAK: (
        "Submissions are kept from files and network, but see that other things exist: not for strangers' code."
    ),
}

MOST_REVIEWS = 20


class ClassRun:
    """One run over a folder of submissions.

    Parameters
    ----------
    course : Course
    screen : Screen
    folder : Path
        Folder or zip archive of the submissions.
    out : Path
        Folder for the results.
    units : sequence of str, optional
        Only these; all if empty.
    students : sequence of str, optional
        Only these; all if empty.
    layout : str, optional
        How the submissions lie; by default, their structure tells.
    """

    def __init__(
        self,
        course: Course,
        screen: Screen,
        folder: Path,
        out: Path,
        *,
        units: Sequence[str] = (),
        students: Sequence[str] = (),
        layout: str = "",
    ) -> None:
        self._course, self._screen = course, screen
        self._folder, self._out = folder.absolute(), out.absolute()
        self._units = tuple(course.unit(name).name for name in units)
        self._students, self._layout = tuple(students), layout

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the graded units."""
        return self._units or tuple(unit.name for unit in self._course.units)

    @cached_property
    def _layout_read(self) -> "LayoutReading":
        from grader.submissions.platforms.recognition import recognise

        return recognise(self._folder, self._course, self._layout)

    @property
    def size(self) -> str:
        """Size of the run: ``40 students × 2 units``."""
        people = self._students or {delivery.student for delivery in self._layout_read.deliveries}
        count, units = len(people), len(self.units)
        times = self._screen.marks.times
        return f"{count} student{'s' * (count != 1)} {times} {units} unit{'s' * (units != 1)}"

    def grade(
        self,
        *,
        jobs: int | None,
        tier: Isolation = Isolation.SELF,
        dry_run: bool = False,
        cluster: "Cluster | None" = None,
        **chosen: Any,
    ) -> Outcome:
        """Grade and show the progress; further options are passed to `grader.autograde.run.autograde`.

        Raises
        ------
        DeepgradeError
            As for `grader.autograde.run.autograde`.
        """
        from grader.autograde.run import autograde
        from grader.gradebook.roster import people_of, roster_path

        people_of(roster_path(self._out))  # a broken one is reported now, not after an hour of grading
        workers = jobs or usable_cores()
        crew = cluster.size if cluster else f"{workers} worker{'s' * (workers != 1)}"
        self._print_header(tier, crew, dry_run=dry_run)
        with self._screen.progress(*_columns()) as progress:
            bar = progress.add_task("starting", total=None)

            def take(event: Event) -> None:
                if isinstance(event, Started):
                    progress.update(bar, total=event.total, completed=event.reused, description="")
                elif isinstance(event, Finished):
                    progress.update(bar, advance=1, description=f"{event.result.student} {event.result.unit}")

            return autograde(
                self._course,
                self._folder,
                out=self._out,
                jobs=jobs or (cluster.at_once if cluster else None),
                tier=tier,
                units=self._units,
                students=self._students,
                layout=self._layout,
                dry_run=dry_run,
                on_event=take,
                opener=cluster.open if cluster else None,
                machine=cluster.machine if cluster else None,
                **chosen,
            )

    def _print_header(self, tier: Isolation, crew: str, *, dry_run: bool) -> None:
        self._screen.paragraph(f" {self._screen.marks.dot} ".join([f"{tier} tier", self.size, crew]))
        if tier in WARNING:
            self._screen.paragraph(WARNING[tier], style="yellow")
        if not dry_run:
            self._screen.paragraph(self._layout_read.sentence)
        if dry_run:
            self._screen.paragraph("Timed tests get a dry run: their answers are checked, nothing is timed.")

    def report(self, outcome: Outcome, *, for_spreadsheet: bool = False) -> None:
        """Write the files and print the whole class from the journal, or only the selected students."""
        from grader.desk.class_files import ClassFiles
        from grader.gradebook.book import class_book
        from grader.report.data_files import write_results
        from grader.report.table import class_table, summary_lines, to_settle

        screen, about = self._screen, {result.student for result in outcome.results}
        results, only = outcome.everybody or outcome.results, about if self._students else ()
        book = class_book(self._out)
        grades = book.grades(self._course, results)
        written = write_results(self._course, outcome, self._out, for_spreadsheet=for_spreadsheet, grades=grades)
        if class_book(self._out) != book:  # somebody has decided meanwhile
            ClassFiles(self._course, self._out).write()
        screen.print()
        screen.draw(class_table(self._course, results, screen.width, only=only, grades=grades))
        screen.print()
        for line in summary_lines(outcome):
            screen.paragraph(line)
        self._print_people(book.people, book.present(results), grades)
        _print_reviews(screen, outcome)
        if not for_spreadsheet:
            _print_formulas(screen, results)
        for number, line in enumerate(to_settle(results, only, grades)):
            screen.paragraph(line, indent=2 * (number > 0), style="" if number else "yellow")
        screen.paragraph(f"written to {shown(self._out)}: {', '.join(path.name for path in written)}")

    def is_settled(self, outcome: Outcome) -> bool:
        """Return whether nothing waits for a person."""
        from grader.gradebook.book import class_book
        from grader.report.scores import unsettled

        results = outcome.everybody or outcome.results
        return not unsettled(results, class_book(self._out).grades(self._course, results))

    def _print_people(self, people: Sequence[Person], present: Sequence[str], grades: Sequence[Grade]) -> None:
        """Print who is not in the roster, who is absent, and of whom the time of handing in is unknown."""
        from grader.gradebook.roster import NAME, attendance
        from grader.report.people import attendance_lines, unknown_times

        lines = list(attendance_lines(attendance(people, present), NAME)) if people else []
        for line in filter(None, [*lines, unknown_times(grades)]):
            self._screen.paragraph(line, style="yellow")


def _print_formulas(screen: Screen, results: Sequence[Result]) -> None:
    """Warn about ids that a spreadsheet would evaluate as formulas: the tables contain them unchanged."""
    from grader.printable import one_line
    from grader.report.data_files import is_computed

    students = sorted({result.student for result in results if is_computed(result.student)})
    if students:
        shown = ", ".join(one_line(student) for student in students[:3])
        screen.paragraph(
            f"a spreadsheet would take {len(students)} id{'s' * (len(students) != 1)} for formulas ({shown}): for one, "
            f"write the tables with --excel",
            style="yellow",
        )


def _print_reviews(screen: Screen, outcome: Outcome) -> None:
    """List the submissions to review, with the first finding in each."""
    from grader.printable import one_line

    reviews = [result for result in outcome.results if result.review]
    if not reviews:
        return
    screen.paragraph(f"{len(reviews)} to review (places that no test can judge; all of them are in results.json):")
    for result in reviews[:MOST_REVIEWS]:
        more = f" and {len(result.review) - 1} more" if len(result.review) > 1 else ""
        screen.paragraph(one_line(f"{result.student} {result.unit}: {result.review[0]}{more}"), indent=2)


def _columns() -> tuple[object, ...]:
    from rich.progress import BarColumn, MofNCompleteColumn, TimeElapsedColumn

    return (BarColumn(bar_width=32), MofNCompleteColumn(), TimeElapsedColumn())
