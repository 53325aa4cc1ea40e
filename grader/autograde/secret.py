"""The course secret, from which hidden seeds and pseudonyms are derived: the same for all students and regrades."""

import hashlib
import hmac
import os
import secrets
from collections import Counter
from collections.abc import Iterable

from grader.course import layout
from grader.course.registry import Course
from grader.errors import CourseError
from grader.judge.protocol import PUBLIC_SECRET

VARIABLE = "DEEPGRADE_SECRET"


def course_secret(course: Course) -> str:
    """Return the course's secret; in an author's checkout, it is created on first use.

    Parameters
    ----------
    course : Course

    Returns
    -------
    str
        From the environment variable ``DEEPGRADE_SECRET``, else from the file ``.course-secret``; in a student bundle,
        the public secret.

    Raises
    ------
    CourseError
        If the file is empty, unreadable or not writable.
    """
    stated = os.environ.get(VARIABLE, "").strip()
    if stated:
        return stated
    if course.is_bundle:
        return PUBLIC_SECRET
    try:
        return _read_or_make(course)
    except OSError as error:
        raise CourseError(
            f"the course secret {layout.secret_path(course.root)} cannot be used: {error.strerror}",
            f"mend its permissions, or set {VARIABLE}",
        ) from None


def _read_or_make(course: Course) -> str:
    path = layout.secret_path(course.root)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text(encoding="utf-8").strip()
        if not secret:
            raise CourseError(
                f"the course secret {path} is empty",
                "restore it from your backup; a new one (delete the file) changes the hidden tests' cases",
            ) from None
        return secret
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_hex(16)
        file.write(f"{secret}\n")
    return secret


# Fixed lists instead of a library such as coolname: pseudonyms must not change with its version.
_ADJECTIVES = """
agile amber bold brave bright brisk calm clear clever cosy crisp daring deft eager early fair fleet fond frank fresh
gallant gentle glad grand green happy hardy hazel honest jolly keen kind light lively loyal lucky mellow merry mild neat
nimble noble open patient plain polite proud quick quiet rapid ready royal smart snug spry steady sunny swift tidy vivid
warm witty young zesty
"""
_ANIMALS = """
badger beaver bison bittern bream buzzard camel carp cheetah crane cricket curlew deer dolphin dormouse eagle egret
eider elk falcon ferret finch fox gecko gibbon goose grouse hare hedgehog heron ibex ibis jackdaw jay kestrel kite
lapwing lark lemur linnet lizard lynx marten merlin mole moose newt osprey otter owl panda plover puffin quail raven
robin salmon seal shrew stork swan tapir tern wren
"""
ADJECTIVES, ANIMALS = tuple(_ADJECTIVES.split()), tuple(_ANIMALS.split())
NUMBERS = 90  # from 10 to 99


def pseudonyms(secret: str, students: Iterable[str]) -> dict[str, str]:
    """Return a pseudonym for each student.

    Parameters
    ----------
    secret : str
        The course's secret.
    students : iterable of str
        Students' ids. Students with the same pseudonym get longer ones.

    Returns
    -------
    dict of str to str
        Pseudonyms by id, such as ``brisk-otter-17``.
    """
    digests = {student: _digest(secret, student) for student in students}
    short = {student: _name(digest) for student, digest in digests.items()}
    taken = Counter(short.values())
    return {
        student: name if taken[name] == 1 else f"{name}-{digests[student].hex()[-8:]}"
        for student, name in short.items()
    }


def _digest(secret: str, student: str) -> bytes:
    return hmac.new(secret.encode(), b"pseudonym\0" + student.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _name(digest: bytes) -> str:
    rest = int.from_bytes(digest[:16], "big")
    rest, adjective = divmod(rest, len(ADJECTIVES))
    rest, animal = divmod(rest, len(ANIMALS))
    return f"{ADJECTIVES[adjective]}-{ANIMALS[animal]}-{10 + rest % NUMBERS}"
