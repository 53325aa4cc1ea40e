"""The door that pytest finds (entry point `deepgrade`): it loads the course's plugins where a course is tested.

Every pytest run of the environment loads this module, those of other projects too. So it imports nothing heavy, and
outside a course it adds no fixture, no option, no mark and no environment variable.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PLUGINS = ("grader.judge.plugin", "grader.timing.plugin")
REGISTRY = "course.toml"  # also in `grader.course.layout`, which this module does not import: it stays light
_COURSE_TABLE = re.compile(r"^\s*\[\s*course\s*\]", re.MULTILINE)  # a regex: a registry with a mistake is one too


def pytest_load_initial_conftests(early_config: "pytest.Config") -> None:
    """Load the plugins while options can still be added, if a course is what is tested."""
    named = early_config.known_args_namespace.file_or_dir
    if is_in_course(places(named, early_config.invocation_params.dir, early_config.rootpath)):
        for name in PLUGINS:
            early_config.pluginmanager.import_plugin(name)


def places(named: Iterable[str], current: Path, root: Path) -> list[Path]:
    """Return where the tests of a run are.

    Parameters
    ----------
    named : iterable of str
        Arguments of the command line: files, folders, ``file::test``, and the values of options not known yet.
    current : Path
        The folder that pytest was started in.
    root : Path
        pytest's rootdir.

    Returns
    -------
    list of Path
        What is named and exists; without that the two folders.
    """
    paths = [current / argument.partition("::")[0] for argument in named]
    return [path.resolve() for path in paths if path.exists()] or [current, root]


def is_in_course(paths: Iterable[Path]) -> bool:
    """Tell whether one of some paths is a course or stands in one."""
    return any(is_course(folder) for folder in {folder for path in paths for folder in (path, *path.parents)})


def is_course(folder: Path) -> bool:
    """Tell whether a folder is a course: a checkout or a student bundle."""
    try:
        text = (folder / REGISTRY).read_text(encoding="utf-8", errors="replace")
    except OSError:  # no such file, or not ours to read
        return False
    return bool(_COURSE_TABLE.search(text)) and (folder / "exercises").is_dir()
