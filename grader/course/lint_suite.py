"""Static checks of a unit's suite: tests, misconceptions, variants, equivalent mutants, workloads, thresholds."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.course import layout
from grader.course.medals import APART, read_tiers, too_close
from grader.course.model import not_a_task
from grader.course.normalized_ast import bare_form
from grader.course.reading import find_regions, imported_modules, parsed, read_text, read_tree
from grader.course.registry import Course, Task, Unit, load_course
from grader.course.suite import (
    TestCase,
    assigned_names,
    definitions,
    equivalents_of,
    marked_elsewhere,
    misconceptions_of,
    task_of,
    test_files,
    tests_of,
    variants_of,
)
from grader.errors import did_you_mean
from grader.records.proof import Problem


def suite_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's tests and misconceptions."""
    course, tasks = load_course(root), {task.name for task in unit.tasks}
    tests = list(_tests(root, unit))
    in_file = Counter((shown, test.name) for shown, test in tests)
    in_task = Counter((test.task, test.name) for _, test in tests)
    for shown, test in tests:
        where = f"{shown}, line {test.line}"
        if in_file[shown, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice in this file")
        elif in_task[test.task, test.name] > 1:
            yield Problem(where, f"{test.name} exists twice among the tests of {test.task or 'no task'}")
        yield from (Problem(where, f"{test.name} {what}") for what in _test_problems(test, course, unit))
    yield from _uncollected(root, unit)
    yield from _misconception_problems(root, unit, tasks)
    yield from _unequal_options(root, unit)


def _unequal_options(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield choices whose options differ in points: then the unit's total would depend on what was chosen."""
    worth: dict[tuple[str, bool], float] = {}
    for path in test_files(root, unit.name):
        is_hidden = path.parent == layout.hidden(root, unit.name)
        for test in tests_of(root, path):
            place = (test.task, is_hidden)
            worth[place] = worth.get(place, 0.0) + (test.points or 0.0) * test.cases
    for choice in unit.choices:
        for is_hidden in (False, True):
            points = [sum(worth.get((task, is_hidden), 0.0) for task in option) for option in choice.options]
            if max(points) - min(points) > 1e-9:
                kind = "hidden" if is_hidden else "visible"
                listed = ", ".join(
                    f"{option[0]} {value:g}" for option, value in zip(choice.options, points, strict=True)
                )
                what = f"the choice {choice.title!r} has options of unequal points in {kind} tests: {listed}"
                yield Problem(f"{unit.name}.{choice.options[0][0]}", what)


def _tests(root: Path, unit: Unit) -> Iterator[tuple[str, TestCase]]:
    """Yield every test of a unit with its file, visible ones first."""
    for path in test_files(root, unit.name):
        shown = layout.relative_name(path, root)
        yield from ((shown, test) for test in tests_of(root, path))


def _uncollected(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield functions with `@task` that are never run, since pytest selects tests by names of files and functions."""
    for path, name, line in marked_elsewhere(root, unit):
        in_tests = path.name.startswith("test_")
        how = "call it test_..." if in_tests else "tests belong in files named test_..."
        yield Problem(f"{layout.relative_name(path, root)}, line {line}", f"{name} has @task, but is never run: {how}")


def _test_problems(test: TestCase, course: Course, unit: Unit) -> Iterator[str]:
    if not test.task:
        yield 'has no @task("name", points=...)'
        return
    if misplaced := not_a_task(course, unit.name, test.task):
        yield misplaced
    if test.points is None:
        yield "must say its points as a plain number"
    elif test.points <= 0:
        yield "must be worth more than nothing"


def _misconception_problems(root: Path, unit: Unit, tasks: set[str]) -> Iterator[Problem]:
    shown = layout.relative_name(layout.misconceptions(root, unit.name), root)
    misconceptions = misconceptions_of(root, unit.name)
    names = Counter(misconception.name for misconception in misconceptions)
    for misconception in misconceptions:
        where = f"{shown}, line {misconception.line}"
        if misconception.task not in tasks:
            what = f'{misconception.name} is a wrong answer to "{misconception.task}", no task of this unit'
            yield Problem(where, f"{what}{what_to_do_about(misconception.task, tasks)}")
        if not misconception.text.strip():
            yield Problem(where, f"{misconception.name} has no sentence for the student")
        if names[misconception.name] > 1:
            yield Problem(where, f"{misconception.name} exists twice")


def what_to_do_about(name: str, tasks: set[str]) -> str:
    """Return advice on a name that is no task: correct the name, or delete its owner."""
    return did_you_mean(name, sorted(tasks)) or "; delete it, or name a task of the unit"


def task_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's tasks."""
    for task in unit.tasks:
        where = f"{unit.name}.{task.name}"
        problems = (
            *_unfinished(task),
            *_definitions(root, unit, task),
            *_problems_of_tests(root, unit, task),
            *_builds_on(root, unit, task),
            *_versions_left_out(root, unit, task),
        )
        for what in problems:
            yield Problem(where, what)


def _unfinished(task: Task) -> Iterator[str]:
    if "TODO" in task.title:
        yield "the title still says TODO"


def _definitions(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Yield files without the task's function or class, and whether students would get its solution."""
    for path in (layout.solution_path(root, unit.name, task.file), layout.stub_path(root, unit.name, task.file)):
        shown = layout.relative_name(path, root)
        if path.is_file() and definition(read_tree(path, shown), task.name) is None:
            yield f"{shown} has no function or class {task.name}"
    if _region_lines(root, unit, task) == 0:
        yield "its solution is not marked: students would get it"


def _problems_of_tests(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    for path in (layout.visible_test(root, unit.name, task.file), layout.hidden_test(root, unit.name, task.file)):
        if path.is_file() and all(test.task != task.name for test in tests_of(root, path)):
            yield f"{layout.relative_name(path, root)} has no test of it"
    known = sum(misconception.task == task.name for misconception in misconceptions_of(root, unit.name))
    if task.tests is None and (_region_lines(root, unit, task) or 0) > 1 and known < 2:
        yield f"has {known} of at least two misconceptions"


def _region_lines(root: Path, unit: Unit, task: Task) -> int | None:
    """Return the number of code lines in the task's regions; None if there is no solution."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return None
    shown = layout.relative_name(path, root)
    source = read_text(path, shown)
    if definition(parsed(source, shown), task.name) is None:
        return None
    lines = source.split("\n")
    regions = [region for region in find_regions(source, shown) if region.owner.split(".")[0] == task.name]
    inside = [line.strip() for region in regions for line in lines[region.begin : region.end - 1]]
    return sum(bool(line) and not line.startswith("#") for line in inside)


def _builds_on(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Yield the tasks that the solution calls without listing them in `requires`."""
    path = layout.solution_path(root, unit.name, task.file)
    if not path.is_file():
        return
    node = definition(read_tree(path, layout.relative_name(path, root)), task.name)
    others = {other.name for other in unit.tasks} - {task.name, task.tests, *task.requires}
    for name in sorted(_called(node, set(unit.files)) & others if node else ()):
        yield f'its solution calls {name}: add it to "requires"'


def _versions_left_out(root: Path, unit: Unit, task: Task) -> Iterator[str]:
    """Yield registered versions of a function, right and wrong, that its students' tests are not tried on."""
    path = layout.hidden_test(root, unit.name, task.file)
    if task.tests is None or not path.is_file():
        return
    shown = layout.relative_name(path, root)
    used = {node.attr for node in ast.walk(read_tree(path, shown)) if isinstance(node, ast.Attribute)}
    wrong = [known.name for known in misconceptions_of(root, unit.name) if known.task == task.tests]
    right = [known.name for known in variants_of(root, unit.name) if known.task == task.tests]
    for name in [*wrong, *right]:
        if name not in used:
            yield f"{shown} does not try the tests on {name}"


def _called(node: ast.AST, siblings: set[str]) -> set[str]:
    """Return the names of functions called directly, or through a module of the unit."""
    functions = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    direct = {function.id for function in functions if isinstance(function, ast.Name)}
    attributes = [
        function
        for function in functions
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    ]
    return direct | {attribute.attr for attribute in attributes if getattr(attribute.value, "id", "") in siblings}


def definition(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the top-level function or class of this name; the last one, as in Python."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    definitions_of_name = [node for node in tree.body if isinstance(node, kinds) and node.name == name]
    return definitions_of_name[-1] if definitions_of_name else None


NEEDED = 2


def variant_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's variants; `lint` reports a missing file."""
    path = layout.variants(root, unit.name)
    if not path.is_file():
        return
    shown = layout.relative_name(path, root)
    yield from _wrong_names(root, unit, shown)
    yield from _too_few(root, unit)
    yield from _copies(root, unit, shown)


def _wrong_names(root: Path, unit: Unit, shown: str) -> Iterator[Problem]:
    variants = variants_of(root, unit.name)
    times = Counter(variant.name for variant in variants)
    tasks = {task.name for task in unit.tasks}
    for variant in variants:
        where = f"{shown}, line {variant.line}"
        if variant.task not in tasks:
            what = f'{variant.name} is a variant of "{variant.task}", no task of this unit'
            yield Problem(where, f"{what}{what_to_do_about(variant.task, tasks)}")
        if times[variant.name] > 1:
            yield Problem(where, f"{variant.name} exists twice")
    for name, line in assigned_names(root, unit.name):
        yield Problem(f"{shown}, line {line}", f"{name} is named like a variant, but is no function or class")


def _too_few(root: Path, unit: Unit) -> Iterator[Problem]:
    known = Counter(variant.task for variant in variants_of(root, unit.name))
    for task in unit.tasks:
        if task.tests is None and known[task.name] < NEEDED:
            yield Problem(f"{unit.name}.{task.name}", f"has {known[task.name]} of at least two variants")


def _copies(root: Path, unit: Unit, shown: str) -> Iterator[Problem]:
    """Yield variants that only rename the solution or an earlier variant."""
    first = _solutions(root, unit)
    for node in definitions(root, unit.name):
        form = (task_of(node.name), bare_form(node, unit.files))
        if form in first:
            yield Problem(f"{shown}, line {node.lineno}", f"{node.name} is {first[form]} but for its names")
        first.setdefault(form, node.name)


def _solutions(root: Path, unit: Unit) -> dict[tuple[str, str], str]:
    solutions: dict[tuple[str, str], str] = {}
    for task in unit.tasks:
        path = layout.solution_path(root, unit.name, task.file)
        tree = read_tree(path, layout.relative_name(path, root)) if path.is_file() else ast.Module([], [])
        if node := definition(tree, task.name):
            solutions[task.name, bare_form(node, unit.files)] = "the solution"
    return solutions


PARTS = ("shapes", "inputs", "reference", "naive", "work")
MODULES = {"torch", "math"}  # the only modules that a workload can import in a worker


def timing_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield the problems of a unit's timed tasks."""
    if unit.is_timed and layout.workloads_source(root, unit.name).is_file():
        yield from _workload_problems(root, unit)
        yield from _threshold_problems(root, unit)


def _workload_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.workloads_source(root, unit.name)
    shown = layout.relative_name(path, root)
    tree = read_tree(path, shown)
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in (f"{task.name}__{part}" for task in unit.tasks_on_gpu for part in PARTS):
        if name not in functions:
            yield Problem(shown, f"has no function {name}")
    for name in sorted(_packages(tree) - MODULES):
        yield Problem(shown, f"imports {name}: a workload has torch and math only")


def _packages(tree: ast.Module) -> set[str]:
    """Return the packages that a file imports; a relative import is represented by its dots and name."""
    modules = [module for node in ast.walk(tree) for module in imported_modules(node)]
    return {module if module.startswith(".") else module.partition(".")[0] for module in modules}


def _threshold_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    path = layout.tiers(root, unit.name)
    tiers, shown = read_tiers(path), layout.relative_name(path, root)
    for task in unit.timed_tasks:
        if "cpu" not in tiers.get(task.name, {}):
            yield Problem(shown, f"has no thresholds of {task.name} for the cpu: grade calibrate {unit.name}")
    for task in unit.tasks_on_gpu:
        for device, entry in tiers.get(task.name, {}).items():
            if too_close(entry):
                yield Problem(shown, f"{task.name}, {device}: thresholds are less than a factor of {APART} apart")
    for name in sorted(tiers.keys() - {task.name for task in unit.tasks_on_gpu}):
        yield Problem(shown, f"{name} is no timed task of this unit: delete its tables [{name}.*]")


def equivalent_problems(root: Path, unit: Unit) -> Iterator[Problem]:
    """Yield equivalent mutants whose function no longer exists; `grade mutants` checks the others."""
    shown = layout.relative_name(layout.equivalents(root, unit.name), root)
    known = _functions(root, unit)
    for entry in equivalents_of(root, unit.name):
        if entry.function not in known:
            what = (
                f"{entry.mutant} is a mutant of {entry.function}, which no solution of the unit has: delete the entry"
            )
            yield Problem(f"{shown}, line {entry.line}", what)


def _functions(root: Path, unit: Unit) -> set[str]:
    """Return the qualified names of all functions and methods in a unit's solutions."""
    names: set[str] = set()
    for path in (layout.solution_path(root, unit.name, file) for file in unit.files):
        for node in read_tree(path, layout.relative_name(path, root)).body if path.is_file() else ():
            name = getattr(node, "name", "")
            inner = node.body if isinstance(node, ast.ClassDef) else []
            names |= {name, *(f"{name}.{method.name}" for method in inner if isinstance(method, ast.FunctionDef))}
    return names
