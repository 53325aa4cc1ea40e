"""Lines of the documents that `tests/doors/test_documented_runs.py` does not run, and how it fills in the others."""

MAKE = "what CI runs from this folder"
ANOTHER = "run by another door: "
NOT_RUN = {
    "README.md": {
        "make demo": MAKE,
        "make test": MAKE,
        "python -m pip install": ANOTHER + "test_installed_wheel.py",
        "grade check": "make check runs it on all units",
    },
    "docs/students.md": {
        "python -m venv": ANOTHER + "test_installed_wheel.py",
        "source": ANOTHER + "test_installed_wheel.py",
        "python -m pip install": ANOTHER + "test_installed_wheel.py",
        "grade watch": "runs until it is stopped; " + ANOTHER + "test_watch.py",
    },
    "docs/authors.md": {
        "grade mutants perceptron": "minutes; make mutants runs all of them",
        "grade mutants rnn --operator": "minutes; make mutants runs all of them",
        "grade mutants --json": "minutes; make mutants runs all of them",
    },
    "docs/instructors.md": {
        "pip install": "the extra is part of what make sets up",
        "npm install": ANOTHER + "test_similar.py",
        "grade similar": ANOTHER + "test_similar.py",
        "grade export canvas": "needs a table with the course's points; " + ANOTHER + "test_class_of_thirty.py",
        "grade rubric": "needs a question of the course; tests/cli/test_gradebook.py has one",
        "grade serve": "runs until it is stopped; " + ANOTHER + "test_serve.py",
        "cd ~/nbgrader": ANOTHER + "test_nbgrader.py",
        "nbgrader ": ANOTHER + "test_nbgrader.py",
        "grade nbgrader push": ANOTHER + "test_nbgrader_push.py",
    },
    "docs/cluster.md": {
        "pip install": "the extra is part of what make sets up",
        "grade autograde": ANOTHER + "test_cluster.py",
        "grade worker": ANOTHER + "test_cluster.py",
    },
    "docs/architecture.md": {"grade autograde    ": "a picture of its processes"},
    "CONTRIBUTING.md": {"make ": MAKE},
    "CHANGELOG.md": {
        "cp results": "needs a database of 0.1.0; tests/autograde migrates one",
        "grade history": "needs a database of 0.1.0; tests/autograde migrates one",
        "grade autograde": "needs a database of 0.1.0; tests/autograde migrates one",
    },
}
"""By document, the beginning of each line that is not run, and why."""

PROGRAMS = {"grade", "make", "python", "pip", "npm", "nbgrader", "docker", "cd", "source", "cp", "apt-get", "git"}


def reason(document: str, line: str) -> str:
    """Return why a line is not run; empty if it is."""
    return next((why for start, why in NOT_RUN.get(document, {}).items() if line.startswith(start)), "")
