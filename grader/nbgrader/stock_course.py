"""Course folder in which nbgrader's own commands grade by the sealed workers."""

from collections.abc import Sequence
from pathlib import Path

from grader.atomic import write_atomically
from grader.course.model import Course
from grader.nbgrader.source_notebook import source_text

CONFIG = "nbgrader_config.py"

_CONFIG_TEXT = '''\
"""Settings of nbgrader: what students hand in is graded by deepgrade."""

from pathlib import Path

try:
    from grader.nbgrader.settings import grade_by_deepgrade
except ImportError as error:  # nbgrader would go on without these settings, and run students' code as you
    raise SystemExit(f"nothing was done: pip install 'deepgrade[nbgrader]' ({{error}})") from None

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {name!r}
grade_by_deepgrade(c, course={root!r}, results=str(Path(__file__).parent / "results"), tier={tier!r})
'''

_README = """\
# {title}: an nbgrader course

Made by `grade nbgrader init`. It needs `pip install 'deepgrade[nbgrader]'`. The commands, in this folder:

```bash
nbgrader generate_assignment {unit}    # release/{unit}/{unit}.ipynb, for the students
# put what they hand in into submitted/<student>/{unit}/{unit}.ipynb
nbgrader autograde {unit}              # graded by deepgrade's workers, no kernel starts
nbgrader generate_feedback {unit}      # feedback/<student>/{unit}/{unit}.html
nbgrader export                        # grades.csv
```

`source/` holds the solutions: keep it from students. After a change of the course:
`grade nbgrader source {unit} --out source/{unit}/{unit}.ipynb`. nbgrader refuses cells that are new once there are
submissions.
"""


def write_course(course: Course, folder: Path, units: Sequence[str], tier: str) -> list[Path]:
    """Write a course folder for nbgrader.

    Parameters
    ----------
    course : Course
        An author's checkout.
    folder : Path
        Created if missing; its settings and README stay if there are any.
    units : sequence of str
        Names of the units that get a source notebook.
    tier : str
        Isolation in which nbgrader grades.

    Returns
    -------
    list of Path
        The written files.

    Raises
    ------
    CourseError
        If a unit's files are broken, or this is a student bundle.
    """
    notebooks = {folder / "source" / name / f"{name}.ipynb": source_text(course, course.unit(name)) for name in units}
    fields = {"title": course.title, "name": course.name, "root": str(course.root), "tier": tier, "unit": units[0]}
    settled = {folder / CONFIG: _CONFIG_TEXT.format(**fields), folder / "README.md": _README.format(**fields)}
    texts = {path: text for path, text in settled.items() if not path.exists()} | notebooks
    return [write_atomically(path, text.encode()) for path, text in texts.items()]
