"""`grade watch`: tests run whenever a file is saved; single keys do the rest."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.failures import guarded
from grader.cli.keys import Keys
from grader.cli.place import Place, pass_place

if TYPE_CHECKING:
    from grader.cli.screen import Screen
    from grader.course.registry import Course, Task, Unit
    from grader.home.warm_unit import WarmUnit
    from grader.judge.protocol import Job

TICK = 0.02  # seconds between two looks at the files
SELDOM = 0.25  # the same for what changes rarely
MOST_NAMES = 4  # of tasks in one line

KEYS = {"n": "next", "h": "hint", "l": "list", "a": "all", "s": "show", "r": "reset", "d": "diff", "q": "quit"}


@click.command()
@click.argument("unit", default="")
@pass_place
@click.pass_context
def watch(context: click.Context, place: Place, unit: str) -> int:
    """Test your work whenever you save it.

    Only the tests that your change can touch run: those of the functions that you changed, and of the tasks that use
    them. Without UNIT, it is the one that you are at; where you save a file of another unit, it goes there with you.

    \b
    Examples:
      grade watch
      grade watch perceptron
    """
    from grader.cli.at_hand import named_unit
    from grader.cli.keys import keys_of_terminal
    from grader.cli.screen import Screen
    from grader.home.warm_unit import WarmUnit

    course, chosen = place.course, named_unit(place, unit)
    keys = keys_of_terminal()
    actions = Actions(context, place)
    try:
        return WatchLoop(course, Screen(), keys, actions, WarmUnit).run(chosen)
    finally:
        keys.close()


class Actions:
    """Other commands, run by single keys.

    Parameters
    ----------
    context : click.Context
        Of the command that is running.
    place : Place
    """

    def __init__(self, context: click.Context, place: Place) -> None:
        self._context, self._place = context, place

    def hint(self, unit: "Unit", task: "Task") -> None:
        """Show the next hint."""
        self._run("hint", task=f"{unit.name}.{task.name}", again=False)

    def show(self, unit: "Unit", task: "Task") -> None:
        """Draw what is wrong in a task, or the unit's milestone."""
        self._run("show", name=f"{unit.name}.{task.name}", out=Path(), solutions=False)

    def list_tasks(self, unit: "Unit") -> None:
        """List the unit's tasks."""
        self._run("list", unit=unit.name)

    def reset(self, unit: "Unit", task: "Task") -> None:
        """Restore a task's stub."""
        self._run("reset", task=f"{unit.name}.{task.name}")

    def _run(self, command: str, /, **values: object) -> None:
        group = self._context.find_root().command
        assert isinstance(group, click.Group)
        guarded(lambda: self._context.invoke(group.commands[command], **values))


class BackgroundRun:
    """A run of some tasks in the background.

    Parameters
    ----------
    warm : WarmUnit
    job : Job
    """

    def __init__(self, warm: "WarmUnit", job: "Job") -> None:
        from grader.cli.testing import Run
        from grader.judge.client import Stop

        self.job, self.run = job, Run()
        self.error: Exception | None = None
        self._stop = Stop()
        self._thread = threading.Thread(target=self._grade, args=(warm,), daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether the last test has ended."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End it early; nobody waits for it."""
        self._stop.ask()

    def _grade(self, warm: "WarmUnit") -> None:
        try:
            warm.grade(self.job, self.run.take, self._stop)
        except Exception as error:  # raised again where it can be reported
            self.error = error


class WatchLoop:
    """The loop: looks at files and keys, runs tests, prints.

    Parameters
    ----------
    course : Course
    screen : Screen
    keys : Keys
    actions : Actions
    open_unit : callable
        Makes a unit's judge ready.
    """

    def __init__(
        self,
        course: "Course",
        screen: "Screen",
        keys: Keys,
        actions: Actions,
        open_unit: "Callable[[Course, Unit], WarmUnit]",
    ) -> None:
        from grader.home.saves import Saves
        from grader.home.versions import Versions

        self._course, self._screen, self._keys, self._actions = course, screen, keys, actions
        self._open_unit = open_unit
        self._saves, self._saves_elsewhere = Saves([]), Saves([])
        self._versions = Versions(course.root)
        self._warm: WarmUnit | None = None
        self._task: Task | None = None
        self._attempt: BackgroundRun | None = None
        self._waiting: set[str] = set()
        self._ended = False
        self._clock, self._looked = time.monotonic, 0.0

    def run(self, unit: "Unit") -> int:
        """Watch until a key or Ctrl-C ends it."""
        self._go_to(unit)
        try:
            while not self._ended:
                self._look()
                self._take_over()
                self._press(self._keys.read(TICK))
        finally:
            self._leave()
        return 0

    @property
    def unit(self) -> "Unit":
        """The unit that is worked on."""
        assert self._warm is not None
        return self._warm.unit

    def _go_to(self, unit: "Unit") -> None:
        from grader.home.saves import Saves

        self._leave()
        self._warm = self._open_unit(self._course, unit)
        self._task = None
        here = _stubs(self._course, [unit])
        self._saves = Saves(here)
        self._saves_elsewhere = Saves([path for path in _stubs(self._course, self._course.units) if path not in here])
        self._screen.print(f"watching {unit.name}: save a file, and its tests run", style="bold")
        self._start(self._warm.touched(self._texts()), "starting")

    def _leave(self) -> None:
        if self._attempt is not None:
            self._attempt.stop()
            self._attempt = None
        self._waiting.clear()
        if self._warm is not None:
            self._warm.close()

    def _texts(self) -> Mapping[str, str]:
        from grader.cli.student_files import own_texts

        return own_texts(self._course, self.unit)

    def _look(self) -> None:
        """Start what a save asks for; what changes rarely is looked at less often."""
        saved = self._saves.poll()
        if saved:
            names = ", ".join(path.name for path in saved)
            guarded(lambda: self._run_touched(names))
        elif self._clock() - self._looked > SELDOM:
            self._looked = self._clock()
            self._look_elsewhere()

    def _look_elsewhere(self) -> None:
        from grader.cli.testing import unit_of_folder

        if saved := self._saves_elsewhere.poll():
            self._go_to(unit_of_folder(self._course, saved[-1]) or self.unit)
        elif self._versions.engine_changed():
            self._restart()
        elif self._versions.tests_changed():
            self._reload()

    def _run_touched(self, names: str) -> None:
        assert self._warm is not None
        touched = self._warm.touched(self._texts())
        if touched:
            self._start(touched, f"{names} saved")
        elif self._attempt is None:
            self._screen.print(f"{names} saved: no function has changed")

    def _start(self, tasks: Sequence[str], reason: str) -> None:
        """Run some tasks, and those that a run before has not come to."""
        from grader.cli.testing import Subject, jobs_for

        assert self._warm is not None
        if self._attempt is not None:
            self._attempt.stop()
        self._waiting |= set(tasks)
        chosen = [task.name for task in self.unit.tasks if task.name in self._waiting]
        (job,) = jobs_for(self._course, [f"{self.unit.name}.{name}" for name in chosen], Subject())
        self._clear()
        self._screen.print(f"{reason}: {_listed(chosen)}", style="dim")
        self._attempt = BackgroundRun(self._warm, job)

    def _take_over(self) -> None:
        """Print the run that has ended."""
        attempt = self._attempt
        if attempt is None or not attempt.has_ended:
            return
        self._attempt = None
        self._waiting.clear()
        guarded(lambda: self._report(attempt))
        self._print_keys()

    def _report(self, attempt: BackgroundRun) -> None:
        from grader.cli.at_hand import open_task
        from grader.cli.run import print_outcome
        from grader.home.memory import remember

        if attempt.error is not None:
            raise attempt.error
        remember(self._course, self.unit, attempt.job.submission.files, attempt.run.tests)
        self._clear()
        print_outcome(self._course, self._screen, attempt.job, attempt.run)
        self._task = open_task(self._course, self.unit)

    def _print_keys(self) -> None:
        if self._keys.are_there:
            self._screen.print("  ".join(f"{key} {name}" for key, name in KEYS.items()), style="dim")

    def _clear(self) -> None:
        if self._keys.are_there and self._screen.is_live:
            self._screen.clear()

    def _press(self, key: str) -> None:
        action = getattr(self, f"_key_{KEYS[key.lower()]}", None) if key.lower() in KEYS else None
        if action is not None:
            guarded(action)
        if action is not None and not self._ended and self._attempt is None:
            self._print_keys()

    def _current(self) -> "Task":
        from grader.cli.at_hand import open_task

        return self._task or open_task(self._course, self.unit)

    def _key_next(self) -> None:
        """Go to the open task after the current one, and run its tests."""
        from grader.cli.at_hand import open_tasks

        left = open_tasks(self._course, self.unit)
        if not left:
            self._screen.print(f"every task of {self.unit.name} is done")
            return
        names = [task.name for task in self.unit.tasks]
        place = names.index(self._current().name)
        self._task = next((task for task in left if names.index(task.name) > place), left[0])
        self._start([self._task.name], f"{self._task.title} ({self._task.minutes} min)")

    def _key_hint(self) -> None:
        self._actions.hint(self.unit, self._current())

    def _key_list(self) -> None:
        with self._keys.suspended():
            self._actions.list_tasks(self.unit)

    def _key_all(self) -> None:
        self._start([task.name for task in self.unit.tasks], "all")

    def _key_show(self) -> None:
        self._actions.show(self.unit, self._current())

    def _key_reset(self) -> None:
        task = self._current()
        self._screen.print(f"reset {task.name} to its stub? your version is kept as a backup: y or n")
        if self._answer() != "y":
            self._screen.print(f"{task.name} is left as it is")
            return
        with self._keys.suspended():
            self._actions.reset(self.unit, task)

    def _answer(self) -> str:
        while not (key := self._keys.read(TICK).lower()):
            pass
        return key

    def _key_diff(self) -> None:
        from grader.home.differences import changes_of

        task = self._current()
        lines = changes_of(self._course, self.unit, task)
        self._screen.print(f"{task.name}: what you changed" if lines else f"{task.name} is as in its stub")
        for line in lines:
            self._screen.print(line, style={"+": "green", "-": "red"}.get(line[:1], ""))

    def _key_quit(self) -> None:
        self._ended = True

    def _reload(self) -> None:
        """Start a new judge: the tests have changed."""
        from grader.course.registry import load_course

        self._course = load_course(self._course.root)
        self._screen.print("the tests have changed: starting anew", style="yellow")
        self._go_to(self._course.unit(self.unit.name))

    def _restart(self) -> None:
        """Start this command anew: the engine has changed."""
        from grader.home.restart import start_again

        self._screen.print("the engine has changed: starting anew", style="yellow")
        self._leave()
        with self._keys.suspended():
            start_again()


def _stubs(course: "Course", units: "Sequence[Unit]") -> list[Path]:
    from grader.course import layout

    return [layout.stub_path(course.root, unit.name, stem) for unit in units for stem in unit.files]


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return f"{', '.join(names[:MOST_NAMES])} and {more} more" if more > 1 else ", ".join(names)
