"""One fact in one place: a rule, a sentence or a reader that is written a second time is found here."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

import grader

PACKAGE = Path(grader.__file__).parent
TEXTS = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}

ONLY_IN = {
    r"relative_to\(.*\.as_posix\(\)": {"course/layout.py"},
    r"\bget_close_matches\(": {"errors.py", "worker/advice.py", "worker/syntax_advice.py"},  # a worker stands alone
    r"did you mean": {"errors.py", "worker/advice.py", "worker/syntax_advice.py"},
    r"f?\"this is a student bundle": {"course/model.py"},
    r"OMP_NUM_THREADS": {"metering/processes.py"},
    r"\bset_num_threads\(": {
        "metering/processes.py",
        "worker/__main__.py",
        "worker/zygote.py",
    },  # a worker stands alone
    r"\.decorator_list\b|\"decorator_list\"": {
        "course/suite.py",
        "course/normalized_ast.py",  # compares definitions without them
        "course/reading.py",  # where a statement begins
        "submissions/definitions.py",  # compares without them
        "submissions/source_claims.py",  # they run outside of the function
    },
    r"\"threading\": \"": {"submissions/names.py"},
}


@pytest.mark.parametrize("pattern", ONLY_IN)
def test_it_is_written_in_one_place(pattern):
    files = {name for name, text in TEXTS.items() if re.search(pattern, text)}
    assert files == ONLY_IN[pattern]


def test_no_two_classes_have_one_name():
    places = defaultdict(list)
    for name, text in TEXTS.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


PARSED = re.compile(r"\bast\.parse\(|\bcompile\(\w+, ")
READERS = {
    "submissions/parser_process.py",  # student text, in a process of its own
    "submissions/definitions.py",  # in that process: its own text, once more
    "worker/loader.py",  # student text, behind the walls
    "worker/failures.py",  # as the loader does
    "worker/imports.py",  # as the loader does
    "worker/lending.py",  # an example
}
TRUSTED = {
    "cli/drawing.py",
    "course/cut.py",
    "course/suite.py",
    "course/reading.py",
    "judge/shapes.py",
    "judge/torch_references.py",  # the course's visible tests
    "judge/trial.py",  # what the person at the keyboard types
    "proof/mutants_for_tests.py",  # mutants of solutions
    "proof/mutation/search.py",
    "proof/wrong_code.py",
    "release/unlock.py",  # solutions
}


def test_student_text_is_parsed_in_the_parser_s_process_and_behind_the_walls_only():
    files = {name for name, text in TEXTS.items() if re.search(r"\bast\.parse\(", text)}
    assert files - TRUSTED == READERS
