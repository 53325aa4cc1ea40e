"""Entry point for pytest (`deepgrade`) that loads the course's plugins if a course is tested.

Every pytest run in the environment loads this module, including those of other projects. So it imports nothing heavy,
and outside a course it adds no fixture, option, mark or environment variable.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PLUGINS = ("grader.judge.plugin", "grader.timing.plugin")
REGISTRY = "course.toml"  # also in `grader.course.layout`, which is not imported, to keep this module light
_COURSE_TABLE = re.compile(r"^\s*\[\s*course\s*\]", re.MULTILINE)  # a regex, to find a registry with syntax errors too


def pytest_load_initial_conftests(early_config: "pytest.Config") -> None:
    """Load the plugins, if a course is tested, while options can still be added."""
    named = early_config.known_args_namespace.file_or_dir
    if is_in_course(places(named, early_config.invocation_params.dir, early_config.rootpath)):
        for name in PLUGINS:
            early_config.pluginmanager.import_plugin(name)


def places(named: Iterable[str], current: Path, root: Path) -> list[Path]:
    """Return the paths that a run tests.

    Parameters
    ----------
    named : iterable of str
        Command-line arguments: files, folders, ``file::test``, and values of options that are not registered yet.
    current : Path
        Folder in which pytest was started.
    root : Path
        pytest's rootdir.

    Returns
    -------
    list of Path
        The named paths that exist; if there are none, the two folders.
    """
    paths = [current / argument.partition("::")[0] for argument in named]
    return [path.resolve() for path in paths if path.exists()] or [current, root]


def is_in_course(paths: Iterable[Path]) -> bool:
    """Return whether any path is a course or inside one."""
    return any(is_course(folder) for folder in {folder for path in paths for folder in (path, *path.parents)})


def is_course(folder: Path) -> bool:
    """Return whether a folder is a course: a checkout or a student bundle."""
    try:
        text = (folder / REGISTRY).read_text(encoding="utf-8", errors="replace")
    except OSError:  # missing or not readable
        return False
    return bool(_COURSE_TABLE.search(text)) and (folder / "exercises").is_dir()
