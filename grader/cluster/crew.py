"""The workers of a run: who may grade, who is refused and why, and who has come or gone since the last look."""

from collections import Counter
from collections.abc import Callable, Mapping

from grader.cluster.fitness import Fitness, differences
from grader.cluster.sheets import BadAnswer, Introduction, read_introduction
from grader.errors import UnavailableError
from grader.printable import one_line

LONGEST = 300  # characters of a refusal in a line


class Crew:
    """Workers of a run.

    Parameters
    ----------
    wanted : Fitness
        What a worker must have in common with this machine.
    notify : callable
        Shows a line to the instructor.
    """

    def __init__(self, wanted: Fitness, notify: Callable[[str], None]) -> None:
        self._wanted, self._notify = wanted, notify
        self.fit: dict[str, Introduction] = {}
        self.refused: dict[str, tuple[str, str]] = {}
        self._machine: tuple[str, ...] | None = None

    def look(self, present: Mapping[str, object]) -> None:
        """Compare the workers that are there with those that were, and say what has changed.

        Parameters
        ----------
        present : mapping of str to object
            What each worker says of itself, by address.
        """
        gone = [address for address in self.fit if address not in present]
        for address in gone:
            del self.fit[address]
        for address in [*self.refused]:
            if address not in present:
                del self.refused[address]
        for address, text in present.items():
            if address not in self.fit and address not in self.refused:
                self._judge(address, text)
        for address in gone:
            self._notify(f"worker {address} is gone: its jobs go to others; {self._left()}")

    def _left(self) -> str:
        if not self.fit:
            return "none is left, waiting for one: grade worker on a machine starts it"
        return f"{len(self.fit)} left"

    def _judge(self, address: str, text: object) -> None:
        introduction, problem, hint = _read(text)
        if introduction.fitness is not None:
            problem = "; ".join(differences(self._wanted, introduction.fitness))
            hint = "bring the same commit, packages and secret there, and start its worker again"
        if problem:
            self.refused[address] = one_line(problem, LONGEST), hint
            self._notify(f"worker {address} is refused: {self.refused[address][0]}")
            return
        self.fit[address] = introduction
        other = (
            "" if self._machine in (None, introduction.devices) else ", but no timed tests (another processor or GPU)"
        )
        self._notify(f"worker {address}: {introduction.jobs} at a time{other}")

    @property
    def slots(self) -> int:
        """Submissions that all of them grade at a time."""
        return sum(introduction.jobs for introduction in self.fit.values())

    @property
    def machine(self) -> tuple[str, ...]:
        """Names of the processor and the GPUs on which timed tests run: the commonest, GPUs before none.

        They stay the same for the whole run, since medals of different machines do not compare.
        """
        if self._machine is None:
            kinds = Counter(introduction.devices for introduction in self.fit.values())
            self._machine = max(kinds, key=lambda devices: (len(devices) > 1, kinds[devices], devices))
        return self._machine

    def resources(self, *, timed: bool) -> dict[str, float]:
        """Return what a job takes of a worker."""
        needed = [self._wanted.seat, *([self._wanted.race(self.machine)] if timed else [])]
        return dict.fromkeys(needed, 1.0)

    def require_some(self) -> None:
        """Raise if workers are there and none of them may grade.

        Raises
        ------
        UnavailableError
            The message has each one's reason.
        """
        if self.refused and not self.fit:
            count = f"{len(self.refused)} worker{'s' * (len(self.refused) != 1)}"
            reasons = [f"{address}: {problem}" for address, (problem, _) in sorted(self.refused.items())]
            hints = dict.fromkeys(hint for _, hint in self.refused.values() if hint)
            raise UnavailableError("\n".join([f"none of the {count} can grade", *reasons]), "\n".join(hints))


def _read(text: object) -> tuple[Introduction, str, str]:
    """Return what a worker says of itself, or why that is no introduction."""
    if text is None:
        return Introduction(), "it is a worker of Dask that knows no course", "start it with grade worker"
    try:
        introduction = read_introduction(text)
    except BadAnswer as error:
        return Introduction(), error.message, "start it with grade worker of the same version"
    return introduction, introduction.problem, introduction.hint
