"""Milestones in students' feedback: drawn once for each hand-in, kept beside the results, and within a budget."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.place import shown
from grader.errors import NotFoundError

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course
    from grader.desk.class_files import ClassFiles
    from grader.desk.pages import Page
    from grader.judge.milestones import MilestoneDrawer, Picture
    from grader.records.run import RunFacts

FOLDER = "pictures"  # in the results folder
LATER = "It was left out for lack of time, and comes with the next feedback."


class KeptPictures:
    """Pictures of a class, drawn where they are not kept yet.

    Parameters
    ----------
    drawer : MilestoneDrawer
    folder : Path
        Where pictures and the reasons for missing ones are kept.
    seconds : float
        Budget: once students' code has computed for this long, nothing more is drawn.
    """

    def __init__(self, drawer: "MilestoneDrawer", folder: Path, seconds: float) -> None:
        self._drawer, self._folder, self._left = drawer, folder, seconds
        self.drawn = self.kept = self.failed = self.later = 0

    def picture(self, course: "Course", unit: str, files: Mapping[str, str]) -> "Picture":
        """Return the picture of a hand-in.

        Parameters
        ----------
        course : Course
        unit : str
        files : mapping of str to str

        Returns
        -------
        Picture
        """
        from grader.judge.milestones import Picture

        chosen = course.unit(unit)
        key = self._drawer.key(chosen, files)
        picture = self._read(key)
        if picture is not None:
            self.kept += 1
        elif self._left <= 0:
            self.later += 1
            return Picture(reason=LATER)
        else:
            picture = self._drawer.draw(chosen, files)
            self._left -= picture.seconds
            self.drawn += 1
            self._keep(key, picture)
        self.failed += not picture.png
        return picture

    def _read(self, key: str) -> "Picture | None":
        from grader.judge.milestones import Picture

        png, reason = self._folder / f"{key}.png", self._folder / f"{key}.txt"
        if png.is_file():
            return Picture(png=png.read_bytes())
        return Picture(reason=reason.read_text(encoding="utf-8")) if reason.is_file() else None

    def _keep(self, key: str, picture: "Picture") -> None:
        from grader.atomic import write_atomically

        if picture.png:
            write_atomically(self._folder / f"{key}.png", picture.png)
        elif picture.lasts:
            write_atomically(self._folder / f"{key}.txt", picture.reason.encode())

    def summary(self, minutes: float) -> str:
        """Return how many there are of each kind, as one line."""
        parts = [f"{self.drawn} drawn, {self.kept} kept from before"]
        if self.failed:
            parts.append(f"{self.failed} without a picture, whose pages say why")
        if self.later:
            parts.append(f"{self.later} left out when {minutes:g} minutes were used up: the same command goes on")
        return f"milestones: {', '.join(parts)}"


def with_pictures(
    course: "Course", screen: "Screen", files: "ClassFiles", pages: "list[Page]", minutes: float
) -> "list[Page]":
    """Return pages with their milestones' pictures.

    Parameters
    ----------
    course : Course
    screen : Screen
    files : ClassFiles
    pages : list of Page
    minutes : float
        Budget of the students' code.

    Raises
    ------
    NotFoundError
        If the hand-ins of the latest run are not where they were.
    UnavailableError
        If this machine does not reach the tier that the run had.
    """
    import contextlib

    from grader.judge.judges import require_walls
    from grader.judge.milestones import MilestoneDrawer
    from grader.sandbox.launcher import launcher_for

    facts = _facts(files)
    require_walls(course.root, facts.tier)
    handed_in = _handed_in(course, files, facts, sorted({page.result.unit for page in pages}))
    with contextlib.closing(launcher_for(facts.tier)) as launcher, screen.waiting("drawing milestones") as update:
        drawer = MilestoneDrawer(course, launcher)
        kept = KeptPictures(drawer, files.out / FOLDER, 60 * minutes)
        done = []
        for number, page in enumerate(pages, start=1):
            update(f"drawing milestones: {number} of {len(pages)}")
            done.append(_page(course, kept, page, handed_in.get((page.result.student, page.result.unit))))
    screen.paragraph(kept.summary(minutes))
    return done


def _page(course: "Course", kept: KeptPictures, page: "Page", files: Mapping[str, str] | None) -> "Page":
    from msgspec.structs import replace

    from grader.report.pages.feedback_view import with_picture

    milestone = course.unit(page.result.unit).milestone
    if not milestone or files is None or not page.result.tests:
        return page
    picture = kept.picture(course, page.result.unit, files)
    return replace(page, view=with_picture(page.view, milestone, picture.png, picture.reason))


def _facts(files: "ClassFiles") -> "RunFacts":
    facts = files.run_facts()
    if facts is None or not Path(facts.folder).exists():
        missing = f" in {shown(Path(facts.folder))}" if facts else ""
        raise NotFoundError(
            f"the hand-ins{missing} that the milestones are drawn from are not there",
            "grade autograde SUBMISSIONS, then grade feedback --pictures",
        )
    return facts


def _handed_in(
    course: "Course", files: "ClassFiles", facts: "RunFacts", units: list[str]
) -> dict[tuple[str, str], Mapping[str, str]]:
    from grader.cli.similar import class_of

    work = class_of(course, files.out, Path(facts.folder), units, facts.layout)
    return {(one.student, one.unit): one.files for one in work}
