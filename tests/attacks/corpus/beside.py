"""Files that Python or pytest would pick up by themselves, handed in beside the student's own."""

from tests.attacks.attack import Attack

DROPPED = """
import builtins
builtins.print('dropped')
open('@MARKS@/@NAME@', 'w').close()
"""


def dropper(name: str, tries: str, file: str, text: str) -> Attack:
    """Return an attack by a file that lies beside the student's own."""
    return Attack(
        f"drops_{name}",
        tries,
        "softmax = wrong\n",
        no_control="what would pick it up is a grader that copies everything",
        evidence="differs|is wrong",
        beside={file: text},
    )


ATTACKS = (
    dropper("conftest", "hands in a conftest.py", "conftest.py", DROPPED),
    dropper(
        "pytest_ini",
        "hands in a pytest.ini",
        "pytest.ini",
        """
[pytest]
addopts = -p no:deepgrade --co
""",
    ),
    dropper("sitecustomize", "hands in a sitecustomize.py", "sitecustomize.py", DROPPED),
    dropper("usercustomize", "hands in a usercustomize.py", "usercustomize.py", DROPPED),
    dropper("pth", "hands in a .pth file that runs a line", "evil.pth", "import os; open('@MARKS@/@NAME@', 'w')\n"),
    dropper("numpy", "hands in a numpy.py, to be found before the real one", "numpy.py", DROPPED),
    dropper("init", "hands in an __init__.py", "__init__.py", DROPPED),
    dropper(
        "pyproject",
        "hands in a pyproject.toml",
        "pyproject.toml",
        """
[tool.pytest.ini_options]
addopts = '--co'
""",
    ),
    dropper("hidden_test", "hands in a test file of the suite's name", "test_target.py", DROPPED),
    dropper(
        "registry",
        "hands in a course.toml of its own",
        "course.toml",
        """
[course]
name = 'mine'
title = 'Mine'
""",
    ),
)
