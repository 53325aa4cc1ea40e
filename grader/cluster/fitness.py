"""Fitness of a machine: what another one must have in common with it, so that both give the same grades.

The resources by which a scheduler hands out jobs are named after a digest of it. A job is thus never given to a worker
with another course, secret, version or tier, however late that worker comes.
"""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from grader.autograde.keys import digest, environment, unit_parts
from grader.course.registry import Course
from grader.records import Isolation

ROUNDS = 200_000  # of hashing: a short secret is not guessed from a name that a scheduler knows
SHORT = 20  # characters of a digest in a name


class Fitness(Struct, frozen=True):
    """Everything that a result depends on besides the submission and the processor.

    Attributes
    ----------
    software : tuple of str
        Version of deepgrade, digest of its sources, versions of Python and the libraries.
    secret : str
        Slow digest of the course's secret.
    tier : Isolation
    units : dict of str to str
        Digest of each unit's suite, data, limits and tasks.
    """

    software: tuple[str, ...]
    secret: str
    tier: Isolation
    units: dict[str, str]

    @property
    def seat(self) -> str:
        """Name of the resource of which a submission takes one."""
        return f"seat-{self._digest()[:SHORT]}"

    def race(self, devices: Sequence[str]) -> str:
        """Return the name of the resource of which a timed submission takes one besides.

        Parameters
        ----------
        devices : sequence of str
            Names of the processor and the GPUs.

        Returns
        -------
        str
        """
        return f"race-{digest(msgspec.json.encode([self._digest(), *devices]))[:SHORT]}"

    def _digest(self) -> str:
        return digest(msgspec.json.encode(self))


def fitness_of(course: Course, secret: str, tier: Isolation) -> Fitness:
    """Return the fitness of this machine for a course.

    Parameters
    ----------
    course : Course
    secret : str
        The course's secret.
    tier : Isolation

    Returns
    -------
    Fitness
    """
    environment.cache_clear()  # the files may have changed since this process began
    parts = {unit.name: unit_parts(course, unit.name, "", tier, machine=()) for unit in course.units}
    units = {name: digest(f"{part['suite']} {part['registry']}".encode()) for name, part in parts.items()}
    salt = digest(msgspec.json.encode(sorted(units.items()))).encode()
    return Fitness(environment(), hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, ROUNDS).hex(), tier, units)


def differences(wanted: Fitness, present: Fitness) -> tuple[str, ...]:
    """Return in which ways another machine differs from this one; empty if it may grade.

    Parameters
    ----------
    wanted : Fitness
        This machine's.
    present : Fitness
        The other one's.

    Returns
    -------
    tuple of str
    """
    return tuple(_differences(wanted, present))


def _differences(wanted: Fitness, present: Fitness) -> Iterator[str]:
    if wanted.tier is not present.tier:
        yield f"it grades in the tier {present.tier}, not {wanted.tier}"
    names = sorted(wanted.units.keys() | present.units.keys())
    changed = [name for name in names if wanted.units.get(name) != present.units.get(name)]
    if changed:
        yield f"it has another version of the course ({', '.join(changed)})"
    elif wanted.secret != present.secret:  # its digest depends on the course
        yield "it has another course secret"
    ours, others = _software(wanted), _software(present)
    for name in sorted(ours.keys() | others.keys()):
        if ours.get(name) != others.get(name):
            yield f"it has {name} {others.get(name, 'none')}, not {ours.get(name, 'none')}"


def _software(fitness: Fitness) -> dict[str, str]:
    version, sources, python, platform, *libraries = (*fitness.software, *[""] * 4)
    named = {
        "deepgrade": version,
        "deepgrade's sources": sources[:SHORT],
        "Python": python,
        "the platform": platform,
    }
    return named | {name: number for name, _, number in (library.partition(" ") for library in libraries) if name}
