"""`grade notebook`: a unit's stubs as a notebook, and a notebook's cells as the unit's files."""

from pathlib import Path

import click

from grader.cli.place import Place, pass_place, shown

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("unit")
@click.option("--to", "target", metavar="FILE", type=FILE, help="The notebook to write; by default UNIT.ipynb here.")
@click.option("--take", metavar="FILE", type=FILE, help="Write a notebook's cells into the unit's files instead.")
@pass_place
def notebook(place: Place, unit: str, target: Path | None, take: Path | None) -> int:
    """Work on a unit in a notebook.

    Writes a notebook with your files' functions as cells; a cell's first line names its file. Hand in the notebook, or
    bring its cells back with --take and go on with the files: your earlier files are kept as backups. Both are graded
    alike.

    \b
    Examples:
      grade notebook perceptron
      grade notebook perceptron --take perceptron.ipynb
    """
    from grader.cli.student_files import own_texts

    course = place.course
    chosen = course.unit(unit)
    if take is not None:
        return _take(place, chosen.name, take)
    path = (target or Path(f"{chosen.name}.ipynb")).absolute()
    _write(path, chosen.title, own_texts(course, chosen))
    return 0


def _write(path: Path, title: str, texts: dict[str, str]) -> None:
    from grader.atomic import write_atomically
    from grader.cli.screen import Screen
    from grader.errors import DeepgradeError
    from grader.submissions.notebooks import notebook_text

    if path.exists():
        raise DeepgradeError(f"{shown(path)} exists, and may hold your work", "name another one: --to FILE")
    text = notebook_text(title, texts)
    screen = Screen()
    screen.print(f"written: {shown(write_atomically(path, text.encode()))}")
    screen.print("hand it in as it is, or bring its cells back: grade notebook UNIT --take FILE")


def _take(place: Place, unit: str, path: Path) -> int:
    from grader.cli.screen import Screen
    from grader.errors import DeepgradeError, NotFoundError
    from grader.release.reset import replace_file
    from grader.submissions.intake import read_regular
    from grader.submissions.notebooks import python_files

    if not path.is_file():
        raise NotFoundError(f"there is no {shown(path.absolute())}", f"grade notebook {unit}")
    known = place.course.unit(unit).files
    files = {stem: text for stem, text in python_files(read_regular(path)).items() if stem in known}
    if not files:
        names = ", ".join(f"{stem}.py" for stem in known)
        raise DeepgradeError(
            f"no cell of {shown(path.absolute())} names a file of {unit} ({names})",
            f"first line of a cell: # {known[0]}.py",
        )
    screen = Screen()
    for stem, text in files.items():
        changed = replace_file(place.course, unit, stem, text)
        before = f"; before: {shown(changed.backup)}" if changed.backup else ""
        screen.print(f"written: {shown(changed.path)}{before}")
    screen.print(f"\nnext: grade run {unit}")
    return 0
